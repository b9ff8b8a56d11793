"""What the window remembers, as it may be found: of other versions, damaged, or hostile."""

import os
from pathlib import Path

import pytest
from PyQt6.QtCore import QByteArray, QSettings
from window_engine import WindowEngine, WindowSettings

from ui.session.source import Source
from ui.window.preferences import Preferences
from ui.window.projects import Projects

# What versions of PyQt write for None, text, lists, numbers, bytes, sizes and dictionaries.
VALUES = (
    "@Invalid()",
    '""',
    "light",
    "a, b",
    "7",
    "true",
    "@ByteArray(abc)",
    "@Size(2 3)",
    "@Rect(1 2 3 4)",
    r"@Variant(\0\0\0\b\0\0\0\x1\0\0\0\x2\0\x61\0\0\0\x2\0\0\0\x1)",
    r"@DateTime(\0\0\0\x10\0\0\0\0\0\0%\x8b\x35\x1\x32/\x90\0)",
    "@String(x)",
)
KEYS = ("theme", "geometry", r"recent\size", r"recent\1\kind", r"recent\1\address", "weights")
PLACES = {"as it is": b"P", "as an escape": rb"\x50", "octal": rb"\120", "in quotes": b'""P'}


def read_all(store: QSettings) -> Preferences:
    preferences = Preferences(store)
    assert preferences.theme in ("dark", "light")
    assert preferences.geometry is None or isinstance(preferences.geometry, QByteArray)
    assert all(isinstance(source.address, str) for source in preferences.recent)
    preferences.weights_of(Path("/clips"))
    preferences.remember(Source("file", "/clips/a.mp4", "a.mp4", "a"))
    assert preferences.recent[0].address == "/clips/a.mp4"
    return preferences


@pytest.mark.parametrize("value", VALUES)
def test_every_value_at_every_place(tmp_path: Path, value: str) -> None:
    for number, key in enumerate(KEYS):
        file = tmp_path / f"{number}.ini"
        group, _, rest = key.partition("\\")
        lines = ("[General]", f"{key}={value}") if not rest else (f"[{group}]", f"{rest}={value}")
        file.write_text("\n".join(("[recent]", "1\\kind=file", "size=1", *lines)) + "\n")
        read_all(QSettings(str(file), QSettings.Format.IniFormat))


@pytest.mark.parametrize("name", ["9" * 5000, "a\0b"])
def test_names_that_no_file_has(tmp_path: Path, name: str) -> None:
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    preferences = Preferences(store)
    preferences.remember_weights(Path("/clips"), Path(name))
    preferences.remember(Source("file", f"/clips/{name}", "a.mp4", ""))
    settings = WindowSettings()
    clip = Source("file", "/clips/a.mp4", "a.mp4", "")
    for source in (clip, *preferences.recent):
        projects = Projects(preferences, WindowEngine().with_weights)
        assert projects.settings_for(source, settings) == settings


class Opens:
    """Runs a command where it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.open, (str(self.path), os.O_CREAT | os.O_WRONLY)


@pytest.mark.parametrize("place", PLACES)
def test_objects_are_not_run(tmp_path: Path, place: str) -> None:
    """Qt's binding for Python runs the pickles in a store; no version of this program wrote any."""
    ran, file = tmp_path / "ran", tmp_path / "window.ini"
    store = QSettings(str(file), QSettings.Format.IniFormat)
    store.setValue("theme", [Opens(ran)])
    store.sync()
    del store
    content = file.read_bytes()
    assert b"ePyQt_PyObject" in content
    file.write_bytes(content.replace(b"ePyQt_", b"e" + PLACES[place] + b"yQt_"))
    preferences = read_all(QSettings(str(file), QSettings.Format.IniFormat))
    assert not ran.exists()
    assert preferences.theme == "dark"
    assert (tmp_path / "window.ini.refused").exists()
    (tmp_path / "other.ini").write_bytes((tmp_path / "window.ini.refused").read_bytes())
    QSettings(str(tmp_path / "other.ini"), QSettings.Format.IniFormat).value("theme")
    assert ran.exists(), "it would have run"
