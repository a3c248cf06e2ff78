# From a fresh Windows to `wslgpu doctor`: gets uv, installs wslgpu for this user and puts it on PATH, looks at the machine.
# Needs no administrator and changes no execution policy. In PowerShell, in the folder of wslgpu:
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File provision\windows.ps1
# -ExecutionPolicy Bypass holds for this one call. What follows the file's name goes to `wslgpu doctor`, such as: -v
$ErrorActionPreference = 'Stop'

function Find-Uv {
    $found = Get-Command -Name uv -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($found) { return $found.Source }
    # winget and uv's own installer put it there; a PowerShell that is already open does not see the new PATH.
    $places = "$env:LOCALAPPDATA\Microsoft\WinGet\Links\uv.exe", "$env:USERPROFILE\.local\bin\uv.exe"
    return $places | Where-Object { Test-Path -LiteralPath $_ } | Select-Object -First 1
}

function Get-Source {
    # wslgpu is on no package index: it comes from the folder or the wheel that this script came with, never by its name.
    $root = Split-Path -Parent $PSScriptRoot
    if (Test-Path -LiteralPath "$root\pyproject.toml") { return $root }
    $wheel = Get-ChildItem -Path $PSScriptRoot, $root -Filter 'wslgpu-*.whl' -ErrorAction SilentlyContinue
    return $wheel | Sort-Object -Property Name | Select-Object -Last 1 -ExpandProperty FullName
}

$source = Get-Source
if (-not $source) {
    Write-Host 'wslgpu: neither its sources nor its wheel lie beside this script. Unpack all of the archive and try again.'
    exit 2
}
$uv = Find-Uv
if (-not $uv) {
    if (-not (Get-Command -Name winget -ErrorAction SilentlyContinue)) {
        Write-Host 'wslgpu: uv is missing, and so is winget, which would install it. One of these does, then run this again:'
        Write-Host '  - install "App Installer" from the Microsoft Store: it brings winget'
        Write-Host '  - py -m pip install --user uv        (where Python is installed)'
        exit 1
    }
    Write-Host 'wslgpu: installing uv for this user by winget'
    & winget install --id astral-sh.uv --exact --source winget --silent --accept-source-agreements --accept-package-agreements
    $uv = Find-Uv
    if (-not $uv) {
        Write-Host 'wslgpu: winget did not bring uv. Close this window, open a new PowerShell and run this again.'
        exit 1
    }
}
Write-Host "wslgpu: installing wslgpu for this user from $source"
& $uv tool install --force --python '>=3.10' $source
if ($LASTEXITCODE -ne 0) { exit 1 }
$folder = & $uv tool dir --bin
$known = ($env:Path -split ';') -contains $folder
$added = $false
if (-not $known) {
    # winget's uv leaves this folder off PATH, where nobody finds the command by its name (astral-sh/uv#11803).
    & $uv tool update-shell
    $added = $LASTEXITCODE -eq 0
}
& "$folder\wslgpu.exe" doctor @args
$code = $LASTEXITCODE
if ($added) { Write-Host "wslgpu: open a new PowerShell for what follows: this one does not know the command yet." }
elseif (-not $known) { Write-Host "wslgpu: its folder could not be put on PATH; where wslgpu is asked for, type $folder\wslgpu.exe" }
exit $code
