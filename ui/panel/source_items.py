"""The rows of lists of sources."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QListWidgetItem

from ui.look.plain import plain_tip
from ui.session.source import Source

ROLE = Qt.ItemDataRole.UserRole


def source_item(source: Source) -> QListWidgetItem:
    """A row that is called like the source, and keeps it; its tip is the address."""
    item = QListWidgetItem(source.title)
    item.setToolTip(plain_tip(source.shown_address))
    item.setData(ROLE, source)
    return item


def said_item(words: str) -> QListWidgetItem:
    """A row that cannot be chosen and says why there is none."""
    item = QListWidgetItem(words)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def source_at(item: QListWidgetItem | None) -> Source | None:
    """What a row keeps."""
    source: Source | None = None if item is None else item.data(ROLE)
    return source
