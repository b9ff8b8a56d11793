"""What the window remembers from one start to the next."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import cast

from PyQt6.QtCore import QByteArray, QSettings

from core.part_file import is_there, output_errors
from core.secrets import hide_secrets
from ui.look.theme import THEMES, ThemeName
from ui.session.source import Kind, Source

MOST_RECENT = 12
_OBJECT = b"PyQt_PyObject"
_ESCAPE = re.compile(rb"\\(?:x(?P<hex>[0-9a-fA-F]+)|(?P<octal>[0-7]+)|\r?\n|(?P<other>.))")


def _key(folder: Path) -> str:
    """A folder as a key: its own name would be taken for groups of keys."""
    return hashlib.sha1(str(folder).encode(errors="surrogateescape")).hexdigest()


def _put_objects_aside(store: QSettings) -> None:
    """Give a file with Python objects another name: reading them would run what is in them.

    Nothing here is kept as one. Raises OutputError where the file cannot be moved.
    """
    file = Path(store.fileName())
    if not is_there(file):
        return
    with output_errors(file):
        data = file.read_bytes().replace(b'"', b"")
        # Letters may be written as escapes, and escapes that nobody knows as letters or as none.
        if any(_OBJECT in _ESCAPE.sub(unescaped, data) for unescaped in (_dropped, _kept)):
            file.replace(file.with_name(f"{file.name}.refused"))
            store.sync()


def _dropped(escape: re.Match[bytes]) -> bytes:
    if not (escape["hex"] or escape["octal"]):
        return b""
    number = int(escape["hex"], 16) if escape["hex"] else int(escape["octal"], 8)
    return bytes([number % 256])


def _kept(escape: re.Match[bytes]) -> bytes:
    return escape["other"] or _dropped(escape)


class Preferences:
    """Theme, window place, recent sources and the camera that was used last."""

    def __init__(self, store: QSettings) -> None:
        self._store = store
        _put_objects_aside(store)

    @property
    def theme(self) -> ThemeName:
        """The theme chosen last."""
        name = self._store.value("theme", "dark")
        return next((known for known in THEMES if known == name), "dark")

    @theme.setter
    def theme(self, name: ThemeName) -> None:
        self._store.setValue("theme", name)

    @property
    def geometry(self) -> QByteArray | None:
        """Where the window was."""
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)

    def weights_of(self, folder: Path) -> Path | None:
        """The weights that were last taught or chosen for the clips of a folder."""
        value = self._store.value(f"weights/{_key(folder)}")
        return Path(str(value)) if value else None

    def remember_weights(self, folder: Path, path: Path | None) -> None:
        """Use weights for the clips of a folder, or with None those of the settings."""
        if path is None:
            self._store.remove(f"weights/{_key(folder)}")
        else:
            self._store.setValue(f"weights/{_key(folder)}", str(path))

    @property
    def recent(self) -> list[Source]:
        """What was opened last, the newest first."""
        found = []
        for number in range(self._store.beginReadArray("recent")):
            self._store.setArrayIndex(number)
            values = [str(self._store.value(key, "")) for key in ("kind", "address", "title", "id")]
            kind, address, title, camera_id = values
            known = kind in ("camera", "screen", "stream", "file", "images")
            if known and "\0" not in address:  # no name of a file can hold it
                source = Source(cast(Kind, kind), address, title, camera_id)
                # An earlier version kept passwords.
                title = hide_secrets(source.title)
                found.append(replace(source, address=source.shown_address, title=title))
        self._store.endArray()
        return found

    def remember(self, source: Source) -> None:
        """Put a source on top of the recent ones. Passwords of addresses are not kept."""
        shown = source.shown_address
        recent = [source, *(old for old in self.recent if old.address != shown)]
        self._store.beginWriteArray("recent", min(len(recent), MOST_RECENT))
        for number, item in enumerate(recent[:MOST_RECENT]):
            self._store.setArrayIndex(number)
            self._store.setValue("kind", item.kind)
            self._store.setValue("address", item.shown_address)
            self._store.setValue("title", item.title)
            self._store.setValue("id", item.camera_id)
        self._store.endArray()
