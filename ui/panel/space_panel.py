"""Skeletons in space beside the picture."""

from PyQt6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.look.plain import plain_label
from ui.look.theme import GAP, MARGIN, Theme
from ui.view.space_view import SpaceView


class SpacePanel(QFrame):
    """The drawing, and which file it shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "side")
        self.setMinimumWidth(240)
        self.title = plain_label("")
        self.title.setProperty("kind", "muted")
        self.title.setWordWrap(True)
        self.view = SpaceView()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, MARGIN, 0, 0)
        column.setSpacing(GAP)
        self.title.setContentsMargins(MARGIN, 0, MARGIN, 0)
        column.addWidget(self.title)
        column.addWidget(self.view, 1)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self.view.set_theme(theme)
