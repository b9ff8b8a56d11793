"""What the window remembers from one start to the next."""

from dataclasses import replace
from typing import cast

from PyQt6.QtCore import QByteArray, QSettings

from core.address import hide_secrets
from ui.look.theme import THEMES, ThemeName
from ui.session.source import Kind, Source

MOST_RECENT = 12


class Preferences:
    """Theme, window place, recent sources and the camera that was used last."""

    def __init__(self, store: QSettings) -> None:
        self._store = store

    @property
    def theme(self) -> ThemeName:
        """The theme chosen last."""
        name = self._store.value("theme", "dark")
        return cast(ThemeName, name) if name in THEMES else "dark"

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

    @property
    def recent(self) -> list[Source]:
        """What was opened last, the newest first."""
        found = []
        for number in range(self._store.beginReadArray("recent")):
            self._store.setArrayIndex(number)
            values = [str(self._store.value(key, "")) for key in ("kind", "address", "title", "id")]
            if values[0] in ("camera", "screen", "stream", "file", "images"):
                source = Source(cast(Kind, values[0]), *values[1:])
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
