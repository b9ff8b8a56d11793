"""The first page: what the program does, and three ways to begin."""

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ui.look.icons import icon, pixmap, program_mark
from ui.look.plain import plain_label, plain_tip
from ui.look.theme import GAP, MARGIN, Theme
from ui.session.source import Source

CARDS = (
    ("camera", "Live camera", "Skeletons on the newest picture.", "Start camera"),
    ("folder", "Video file", "Analyse, look through and correct a clip.", "Open video …"),
    ("images", "Sample clip", "A short clip comes with the program.", "Show sample"),
)


class WelcomePage(QWidget):
    """Shown until a source is opened; also on a computer without a camera."""

    card_chosen = pyqtSignal(str)  # camera, folder or images
    source_chosen = pyqtSignal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = QLabel()
        title = QLabel("yolopose")
        title.setProperty("kind", "title")
        subtitle = QLabel("Everyone's pose, live and from clips, followed from frame to frame.")
        subtitle.setProperty("kind", "muted")
        head = QHBoxLayout()
        head.setSpacing(MARGIN)
        head.addStretch(1)
        head.addWidget(self._mark)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(subtitle)
        head.addLayout(words)
        head.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        self._pictures: dict[str, QLabel] = {}
        self.hint = plain_label()
        self.hint.setProperty("kind", "muted")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        cards = QHBoxLayout()
        cards.setSpacing(2 * MARGIN)
        cards.addStretch(1)
        for name, heading, text, action in CARDS:
            cards.addWidget(self._card(name, heading, text, action))
        cards.addStretch(1)
        self._recent = QGridLayout()
        self._recent.setSpacing(GAP)
        recent = QHBoxLayout()
        recent.addStretch(1)
        recent.addLayout(self._recent)
        recent.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(2 * MARGIN)
        layout.addStretch(2)
        layout.addLayout(head)
        layout.addSpacing(MARGIN)
        layout.addLayout(cards)
        layout.addWidget(self.hint)
        layout.addLayout(recent)
        layout.addStretch(3)
        self.set_theme(theme)

    def show_camera_count(self, count: int) -> None:
        """Say whether there is a camera; without one the other ways stay open."""
        self.buttons["camera"].setEnabled(count > 0)
        found = "No camera found. Plug one in, or open" if count == 0 else "Or open"
        self.hint.setText(
            f"{found} a video, an image folder or a stream; files can be dropped here."
        )

    def show_sample(self, available: bool) -> None:
        """Whether a sample clip came with the program."""
        self.buttons["images"].setEnabled(available)

    def show_recent(self, sources: Sequence[Source]) -> None:
        """Up to four of the last sources as buttons."""
        while self._recent.count():
            item = self._recent.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, source in enumerate(sources[:4]):
            button = QPushButton(source.title[:40])
            button.setToolTip(plain_tip(source.shown_address))
            button.clicked.connect(lambda _, source=source: self.source_chosen.emit(source))
            self._recent.addWidget(button, 0, number)

    def set_theme(self, theme: Theme) -> None:
        """Paint mark and pictures in the theme's colours."""
        ratio = max(1, round(self.devicePixelRatioF()))
        mark = program_mark(theme.accent, 56 * ratio)
        mark.setDevicePixelRatio(ratio)
        self._mark.setPixmap(mark)
        for name, label in self._pictures.items():
            picture = pixmap(name, theme.accent, 40 * ratio)
            picture.setDevicePixelRatio(ratio)
            label.setPixmap(picture)
            self.buttons[name].setIcon(icon(name, theme.on_accent))

    def _card(self, name: str, heading: str, text: str, action: str) -> QFrame:
        card = QFrame()
        card.setProperty("kind", "card")
        card.setFixedSize(240, 208)
        picture = QLabel()
        self._pictures[name] = picture
        title = QLabel(heading)
        title.setProperty("kind", "heading")
        body = QLabel(text)
        body.setProperty("kind", "muted")
        body.setWordWrap(True)
        button = QPushButton(action)
        button.setProperty("kind", "primary")
        button.clicked.connect(lambda: self.card_chosen.emit(name))
        self.buttons[name] = button
        layout = QVBoxLayout(card)
        layout.setContentsMargins(20, 20, 20, 20)
        layout.setSpacing(GAP)
        layout.addWidget(picture)
        layout.addWidget(title)
        layout.addWidget(body)
        layout.addStretch(1)
        layout.addWidget(button)
        return card
