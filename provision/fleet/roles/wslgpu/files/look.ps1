# Doctor's report of this machine as JSON, one line of the output a line of it. Run by Ansible.
param([string]$Folder)
# The report is UTF-8. Where there is no console this cannot be set, and need not be.
try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false } catch { }
$wslgpu = Get-Command -Name wslgpu.exe -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
$wslgpu = if ($wslgpu) { $wslgpu.Source } else { "$env:USERPROFILE\.local\bin\wslgpu.exe" }
& $wslgpu doctor $Folder --format json
