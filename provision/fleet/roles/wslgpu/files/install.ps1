# Unpacks wslgpu's sources and installs them for this user, once for each version of them. Run by Ansible.
param([string]$Version)
$ErrorActionPreference = 'Stop'
$top = Join-Path $env:LOCALAPPDATA "wslgpu-fleet\$Version"
$done = Join-Path $top 'installed'
$Ansible.Changed = -not (Test-Path -LiteralPath $done)
if (-not $Ansible.Changed -or $Ansible.CheckMode) { return }
# Under 'Stop' the first line that a program says on stderr would end this where there is no console.
$ErrorActionPreference = 'Continue'
& tar.exe -xzf "$top.tar.gz" -C $top
if ($LASTEXITCODE -ne 0) { throw "tar.exe ended with $LASTEXITCODE" }
$script = Join-Path $top 'provision\windows.ps1'
# --help goes to doctor, which then looks at nothing: the exit code says whether wslgpu is installed and starts.
$said = & powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $script --help 2>&1 | ForEach-Object { "$_" }
if ($LASTEXITCODE -ne 0) { throw "provision\windows.ps1 ended with $LASTEXITCODE`: $(@($said | Select-Object -Last 12) -join "`n")" }
New-Item -ItemType File -Path $done | Out-Null
