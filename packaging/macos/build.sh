#!/bin/sh
# The program as a folder and as yolopose.app, for macOS. This recipe was never run.
#
#     sh packaging/macos/build.sh
#
# Signing: Gatekeeper refuses what is not signed and notarised. With a Developer ID in the key
# chain, set IDENTITY to its name and PROFILE to what `xcrun notarytool store-credentials` made.
# The camera needs NSCameraUsageDescription, which is in Info.plist below.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
output=$root/build
python3 -m venv "$output/environment"
python=$output/environment/bin/python
"$python" -m pip install --quiet "pyinstaller>=6.11,<7" "$root"
"$python" -m PyInstaller --noconfirm --log-level WARN --distpath "$output" --workpath "$output/work" \
    "$root/packaging/yolopose.spec"
folder=$output/yolopose
mkdir -p "$folder/licences"
cp "$root"/packaging/texts/*.txt "$folder/licences"
cp "$root/LICENSE" "$root/NOTICE" "$folder"
"$folder/yolopose" licences --output "$folder/licences/parts.txt"
"$folder/yolopose" demo --output "$output/demo"

app=$output/yolopose.app
rm -rf "$app"
mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources"
cp -R "$folder/" "$app/Contents/MacOS/"
cp "$here/Info.plist" "$app/Contents/Info.plist"
QT_QPA_PLATFORM=offscreen "$python" "$here/icns.py" "$root/packaging/linux/yolopose.svg" \
    "$app/Contents/Resources/yolopose.icns"
if [ -n "${IDENTITY:-}" ]; then
    codesign --force --deep --options runtime --timestamp \
        --entitlements "$here/entitlements.plist" --sign "$IDENTITY" "$app"
    ditto -c -k --keepParent "$app" "$output/yolopose-macos.zip"
    xcrun notarytool submit "$output/yolopose-macos.zip" --keychain-profile "$PROFILE" --wait
    xcrun stapler staple "$app"
fi
ditto -c -k --keepParent "$app" "$output/yolopose-macos.zip"
