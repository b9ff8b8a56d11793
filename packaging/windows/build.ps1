# The program as a folder and an installer, for Windows. This recipe was never run.
#
#     powershell -File packaging\windows\build.ps1
#
# Needs Python 3.11 or newer and, for the installer, Inno Setup 6.3 or newer.
$ErrorActionPreference = "Stop"
$here = Split-Path -Parent $MyInvocation.MyCommand.Path
$root = Resolve-Path "$here\..\.."
$output = "$root\build"
python -m venv "$output\environment"
$python = "$output\environment\Scripts\python.exe"
& $python -m pip install --quiet "pyinstaller>=6.11,<7" "$root"
if ($LASTEXITCODE) { exit $LASTEXITCODE }
& $python -m PyInstaller --noconfirm --log-level WARN --distpath $output --workpath "$output\work" "$root\packaging\yolopose.spec"
if ($LASTEXITCODE) { exit $LASTEXITCODE }
New-Item -ItemType Directory -Force "$output\yolopose\licences" | Out-Null
Copy-Item "$root\packaging\texts\*.txt" "$output\yolopose\licences"
Copy-Item "$root\LICENSE", "$root\NOTICE" "$output\yolopose"
& "$output\yolopose\yolopose.exe" licences --output "$output\yolopose\licences\parts.txt"
if ($LASTEXITCODE) { exit $LASTEXITCODE }
& "$output\yolopose\yolopose.exe" demo --output "$output\demo"
if ($LASTEXITCODE) { exit $LASTEXITCODE }
$usual = Join-Path ${env:ProgramFiles(x86)} "Inno Setup 6\ISCC.exe"
$iscc = Get-Command iscc -ErrorAction SilentlyContinue
if (-not $iscc) { $iscc = Get-Command $usual -ErrorAction SilentlyContinue }
if ($iscc) {
    & $iscc "/O$output" "/DFolder=$output\yolopose" "$here\yolopose.iss"
    exit $LASTEXITCODE
}
Write-Warning "Inno Setup is not there: no installer, only the folder $output\yolopose"
