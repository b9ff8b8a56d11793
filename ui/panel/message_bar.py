"""One message at a time over the picture; the rest of the window stays usable."""

from collections.abc import Callable
from typing import Literal

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from ui.look.icons import icon
from ui.look.plain import plain_label
from ui.look.theme import DARK, GAP, MARGIN

MessageLevel = Literal["info", "warning", "bad"]


class MessageBar(QFrame):
    """A sentence with a button that closes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "message")
        self._text = plain_label()
        self._text.setWordWrap(True)
        self._close = QToolButton()
        self._close.setIcon(icon("close", DARK.muted))
        self._close.setProperty("kind", "flat")
        self._close.setToolTip("Close this message")
        self._close.setAccessibleName("Close this message")
        self._close.clicked.connect(self.clear)
        self.offer = QPushButton()
        self.offer.setProperty("kind", "primary")
        self.offer.setAccessibleName("What the message offers")
        self._act: Callable[[], None] = self.clear
        self.offer.clicked.connect(self._take_offer)
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, GAP, GAP, GAP)
        row.addWidget(self._text, 1)
        row.addWidget(self.offer)
        row.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        """The message that is shown, empty when there is none."""
        return self._text.text() if not self.isHidden() else ""

    def show_message(
        self,
        text: str,
        level: MessageLevel = "info",
        offer: str = "",
        act: Callable[[], None] | None = None,
    ) -> None:
        """Replace the message; an offer is a button beside it."""
        self._text.setText(text)
        self.offer.setText(offer)
        self.offer.setVisible(bool(offer))
        self._act = act or self.clear
        self.setProperty("level", level)
        style = self.style()
        if style is not None:
            style.unpolish(self)
            style.polish(self)
        self.show()

    def clear(self) -> None:
        """Take the message away."""
        self.hide()

    def _take_offer(self) -> None:
        self.hide()
        self._act()
