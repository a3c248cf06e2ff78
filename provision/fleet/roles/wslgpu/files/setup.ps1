# Runs `wslgpu setup` on Windows and says how it ended. Run by Ansible.
# $Ansible.Result: code (wslgpu's exit code), said (what it wrote), administrator (the words of doctor's own command).
param([string]$Folder, [string[]]$Options = @(), [bool]$Offline = $false)
$ErrorActionPreference = 'Continue'
# What wslgpu and the distribution say is UTF-8. Where there is no console this cannot be set, and need not be.
try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false } catch { }
# PATH, else where provision\windows.ps1 has uv put it: the user's own PATH may be older than that.
$wslgpu = Get-Command -Name wslgpu.exe -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
$wslgpu = if ($wslgpu) { $wslgpu.Source } else { "$env:USERPROFILE\.local\bin\wslgpu.exe" }
$fleet = Join-Path $env:LOCALAPPDATA 'wslgpu-fleet'
$consent = if ($Ansible.CheckMode) { '--plan' } else { '--yes' }

function Copy-TeamFiles {
    # Into the distribution, where there is one: its setup then installs just what the lock says.
    # Where this user has none, wsl.exe might wait for a key. PowerShell 5.1 loses the double quotes inside a word, so
    # the scripts for sh have none: with IFS= a name with spaces stays one word without them.
    $team = Join-Path $fleet 'team'
    if ($Ansible.CheckMode -or -not (Test-Path -LiteralPath $team)) { return $false }
    if (-not (Test-Path -LiteralPath 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Lxss')) { return $false }
    $from = & wsl.exe -e wslpath -a $team.Replace('\', '/')
    if ($LASTEXITCODE -ne 0) { return $false }
    $copy = 'IFS=; to=$(eval echo $1); mkdir -p $to/requirements; cp -u $0/wslgpu.toml $to/ 2>/dev/null;' +
        ' cp -u $0/requirements/* $to/requirements/'
    & wsl.exe -e sh -c $copy $from $Folder
    return $LASTEXITCODE -eq 0
}

$before = Copy-TeamFiles
$said = & $wslgpu setup $Folder $consent @Options 2>&1 | ForEach-Object { "$_" }
$code = $LASTEXITCODE
if ($code -eq 0 -and -not $before -and (Copy-TeamFiles)) {
    # The distribution was made just now; the second run is made of the team's lock.
    $said = & $wslgpu setup $Folder $consent @Options 2>&1 | ForEach-Object { "$_" }
    $code = $LASTEXITCODE
}
if ($Offline -and $code -eq 0 -and -not $Ansible.CheckMode) {
    $wheels = & wsl.exe -e wslpath -a (Join-Path $fleet 'wheels').Replace('\', '/')
    $said = & wsl.exe -e sh -c 'IFS=; ~/.local/bin/wslgpu setup $(eval echo $0) --yes --offline $1' $Folder $wheels 2>&1
    $code = $LASTEXITCODE
}
$administrator = @()
if ($code -eq 5) {
    $report = & $wslgpu doctor $Folder --format json | Out-String | ConvertFrom-Json
    $open = $report.findings | Where-Object { $_.status -eq 'fail' -and -not $_.cause }
    $remedy = $open.remedy | Where-Object { $_.where -eq 'powershell-admin' } | Select-Object -First 1
    if ($remedy) { $administrator = @($remedy.argv) }
}
$Ansible.Changed = -not ("$said" -match 'nothing to do')
$Ansible.Result = @{ code = $code; said = ($said -join "`n"); administrator = $administrator }
