# Unpacks wslgpu's sources and installs them for this user, once for each version of them. Run by Ansible.
param([string]$Version)
$ErrorActionPreference = 'Stop'
$top = Join-Path $env:LOCALAPPDATA "wslgpu-fleet\$Version"
$done = Join-Path $top 'installed'
$Ansible.Changed = -not (Test-Path -LiteralPath $done)
if (-not $Ansible.Changed -or $Ansible.CheckMode) { return }
& tar.exe -xzf "$top.tar.gz" -C $top
if ($LASTEXITCODE -ne 0) { throw "tar.exe ended with $LASTEXITCODE" }
$script = Join-Path $top 'provision\windows.ps1'
& powershell.exe -NoProfile -ExecutionPolicy Bypass -File $script --format json | Out-Null
# Its exit code is doctor's: 1 says that something is to be mended, which setup does next.
if ($LASTEXITCODE -notin 0, 1, 4) { throw "provision\windows.ps1 ended with $LASTEXITCODE" }
New-Item -ItemType File -Path $done | Out-Null
