"""The bar over the picture: what is shown, and the commands used most."""

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from ui.look.icons import program_mark
from ui.look.plain import plain_label
from ui.look.theme import GAP, MARGIN, Theme


class TopBar(QFrame):
    """The program's mark, the source's title and buttons for actions."""

    def __init__(self, actions: list[QAction], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "bar")
        self._mark = QLabel()
        self._title = plain_label("yolopose")
        self._title.setProperty("kind", "heading")
        self._detail = plain_label()
        self._detail.setProperty("kind", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, GAP, MARGIN, GAP)
        row.setSpacing(GAP)
        row.addWidget(self._mark)
        row.addWidget(self._title)
        row.addWidget(self._detail, 1)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(20, 20))
            button.setProperty("kind", "flat")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys belong to the picture
            row.addWidget(button)
        self.set_theme(theme)

    def show_source(self, title: str, detail: str) -> None:
        """Name what is shown."""
        self._title.setText(title)
        self._detail.setText(detail)

    def set_theme(self, theme: Theme) -> None:
        """Paint the mark in the theme's colours."""
        ratio = max(1, round(self.devicePixelRatioF()))
        mark = program_mark(theme.accent, 22 * ratio)
        mark.setDevicePixelRatio(ratio)
        self._mark.setPixmap(mark)
