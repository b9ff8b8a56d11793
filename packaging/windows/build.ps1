# The program as a folder and an installer, for Windows. This recipe was never run.
#
#     powershell -File packaging\windows\build.ps1
#
# Needs Python 3.11 or newer and, for the installer, Inno Setup 6 (iscc on the PATH).
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
& "$output\yolopose\yolopose.exe" demo --output "$output\demo"
if ($LASTEXITCODE) { exit $LASTEXITCODE }
if (Get-Command iscc -ErrorAction SilentlyContinue) {
    iscc "/O$output" "/DFolder=$output\yolopose" "$here\yolopose.iss"
}
