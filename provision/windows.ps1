# From a fresh Windows to `wslgpu doctor`: gets uv, installs wslgpu for this user and puts it on PATH, looks at the machine.
# Needs no administrator and changes no execution policy. In PowerShell, in the folder of wslgpu:
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File provision\windows.ps1
# -ExecutionPolicy Bypass holds for this one call. What follows the file's name goes to `wslgpu doctor`, such as: -v
$ErrorActionPreference = 'Stop'

function Find-Uv {
    # An .exe only: the words given to a .bat go through cmd.exe, for which the > in '>=3.10' names a file to write.
    $found = Get-Command -Name uv.exe -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($found) { return $found.Source }
    # A PowerShell that is already open does not see what was added to PATH. Without developer mode winget makes no link:
    # it adds the package's own folder to PATH (microsoft/winget-cli#4009). pip install --user adds nothing at all.
    $places = "$env:LOCALAPPDATA\Microsoft\WinGet\Links", "$env:USERPROFILE\.local\bin"
    $places += (Get-ItemProperty -Path 'HKCU:\Environment' -ErrorAction SilentlyContinue).Path -split ';'
    $there = $places | Where-Object { $_ -and (Test-Path -LiteralPath "$_\uv.exe" -ErrorAction SilentlyContinue) }
    if ($there) { return "$(@($there)[0])\uv.exe" }
    return Get-ChildItem -LiteralPath "$env:APPDATA\Python" -Filter uv.exe -Recurse -Depth 2 -ErrorAction SilentlyContinue |
        Select-Object -First 1 -ExpandProperty FullName
}

function Get-Source {
    # wslgpu is on no package index: it comes from the folder or the wheel that this script came with, never by its name.
    $root = Split-Path -Parent $PSScriptRoot
    if (Test-Path -LiteralPath "$root\pyproject.toml") { return $root }
    $wheel = Get-ChildItem -LiteralPath $PSScriptRoot, $root -Filter 'wslgpu-*.whl' -ErrorAction SilentlyContinue
    return $wheel | Sort-Object -Property Name | Select-Object -Last 1 -ExpandProperty FullName
}

function Invoke-Program([string]$Program, [string[]]$Words) {
    # Leaves $LASTEXITCODE; 1 where Windows does not start the program, as it is with winget in a session over ssh.
    # Where there is no console 'Stop' takes the first line on stderr for the end (PowerShell/PowerShell#3996), and uv
    # says all of its progress there.
    $ErrorActionPreference = 'Continue'
    $global:LASTEXITCODE = 1
    try { & $Program @Words } catch { Write-Host "wslgpu: $Program did not start: $_" }
}

function Show-WaysToUv {
    Write-Host 'One of these brings uv; then run this again:'
    Write-Host '  - install "App Installer" from the Microsoft Store: it brings winget'
    Write-Host '  - py -m pip install --user uv        (where Python is installed)'
}

$source = Get-Source
if (-not $source) {
    Write-Host 'wslgpu: neither its sources nor its wheel lie beside this script. Unpack all of the archive and try again.'
    exit 2
}
$uv = Find-Uv
if (-not $uv) {
    if (-not (Get-Command -Name winget.exe -ErrorAction SilentlyContinue)) {
        Write-Host 'wslgpu: uv is missing, and so is winget, which would install it.'
        Show-WaysToUv
        exit 1
    }
    Write-Host 'wslgpu: installing uv for this user by winget'
    Invoke-Program winget.exe @('install', '--id', 'astral-sh.uv', '--exact', '--source', 'winget', '--silent',
        '--accept-source-agreements', '--accept-package-agreements')
    $code = $LASTEXITCODE
    $uv = Find-Uv
    if (-not $uv) {
        Write-Host ('wslgpu: winget ended with 0x{0:X8} and did not bring uv; what it said stands above.' -f $code)
        Show-WaysToUv
        exit 1
    }
}
if (-not ($env:SSL_CERT_FILE -or $env:UV_SYSTEM_CERTS -or $env:UV_NATIVE_TLS)) {
    # uv trusts Mozilla's list alone; a company's network has its certificate in Windows' own. The second is the old name.
    $env:UV_SYSTEM_CERTS = 'true'
    $env:UV_NATIVE_TLS = 'true'
}
# Said to uv and not asked of it: PowerShell would read its answer in the console's code page, and no user's name with
# an umlaut survives that.
$folder = @($env:UV_TOOL_BIN_DIR, $env:XDG_BIN_HOME, "$env:USERPROFILE\.local\bin" | Where-Object { $_ })[0]
$env:UV_TOOL_BIN_DIR = $folder
Write-Host "wslgpu: installing wslgpu for this user from $source"
Invoke-Program $uv @('tool', 'install', '--force', '--python', '>=3.10', $source)
if ($LASTEXITCODE -ne 0) {
    Write-Host 'wslgpu: uv could not install it; what it said stands above. Behind a proxy set HTTPS_PROXY, then run this again.'
    exit 1
}
$known = ($env:Path -split ';') -contains $folder
$added = $false
if (-not $known) {
    # winget's uv leaves this folder off PATH, where nobody finds the command by its name (astral-sh/uv#11803).
    Invoke-Program $uv @('tool', 'update-shell')
    $added = $LASTEXITCODE -eq 0
}
Invoke-Program "$folder\wslgpu.exe" (@('doctor') + $args)
$code = $LASTEXITCODE
if ($added) { Write-Host "wslgpu: open a new PowerShell for what follows: this one does not know the command yet." }
elseif (-not $known) { Write-Host "wslgpu: its folder could not be put on PATH; where wslgpu is asked for, type $folder\wslgpu.exe" }
exit $code
