; The installer for Windows; packaging\windows\build.ps1 runs Inno Setup on it. It was never run.
; Without a certificate Windows warns before it starts: sign all programs with
; `signtool sign /fd SHA256 /tr TIMESTAMP_SERVER /td SHA256 FILE` first.
[Setup]
AppId=yolopose
AppName=yolopose
AppVersion=0.2.0
DefaultDirName={autopf}\yolopose
DefaultGroupName=yolopose
LicenseFile={#Folder}\LICENSE
OutputBaseFilename=yolopose-windows
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
Compression=lzma2
SolidCompression=yes
ChangesAssociations=yes

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\yolopose"; Filename: "{app}\yolopose-window.exe"

[Registry]
; "Open with" for videos, without taking them away from another program.
Root: HKA; Subkey: "Software\Classes\Applications\yolopose-window.exe\shell\open\command"; ValueType: string; ValueData: """{app}\yolopose-window.exe"" live ""%1"""; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\.mp4\OpenWithList\yolopose-window.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\.mov\OpenWithList\yolopose-window.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\.avi\OpenWithList\yolopose-window.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\.mkv\OpenWithList\yolopose-window.exe"; Flags: uninsdeletekey
