"""Frames worth correcting, how good the clip is, and what the network can learn from it."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.run.recorded import Progress
from core.tracks.improve.accuracy import Accuracy
from core.tracks.improve.proposals import MEANINGS
from core.tracks.improve.truth import ListedFrame
from ui.look.icons import icon
from ui.look.plain import plain_label, unbroken
from ui.look.theme import DARK, GAP, MARGIN, Theme
from ui.panel.timeline import clock_text

ROLE = Qt.ItemDataRole.UserRole
_NOTHING = (
    "Frames in which the network was unsure teach it most; frames drawn at random tell how good it "
    "is. Correct everybody in each, then say that it is right."
)


class ImprovePanel(QWidget):
    """Emits `frame_chosen` and `cancelled`; the buttons are the window's commands."""

    frame_chosen = pyqtSignal(int)
    cancelled = pyqtSignal()

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._shown: tuple[object, ...] = ()
        self._lines: tuple[tuple[ListedFrame, ...], int] = ((), 0)
        self._hint = _muted(_NOTHING)
        self.list = _Frames()
        self.list.setAccessibleName("Frames to correct")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(lambda item: self.frame_chosen.emit(item.data(ROLE)))
        self.list.itemActivated.connect(lambda item: self.frame_chosen.emit(item.data(ROLE)))
        self.figure = plain_label()
        self.figure.setWordWrap(True)
        self.more_figures = _muted("")
        self.state = _muted("")
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress of teaching")
        self.bar.setTextVisible(False)
        self._cancel = QPushButton("Cancel")
        self._cancel.clicked.connect(self.cancelled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(_heading("Frames to correct"))
        layout.addWidget(self._hint)
        layout.addWidget(self.list, 1)
        layout.addLayout(_row(actions, "propose", "more_random"))
        layout.addLayout(_row(actions, "frame_right", "next_frame"))
        layout.addWidget(_heading("How good it is here"))
        layout.addWidget(self.figure)
        layout.addWidget(self.more_figures)
        layout.addLayout(_row(actions, "accuracy"))
        layout.addWidget(_heading("Teach"))
        layout.addWidget(self.state)
        progress = QHBoxLayout()
        progress.addWidget(self.bar, 1)
        progress.addWidget(self._cancel)
        layout.addLayout(progress)
        layout.addLayout(_row(actions, "teach", "own_weights"))
        self.show_progress("", None)
        self.show_accuracy(None)

    def show_listed(
        self, listed: Sequence[ListedFrame], times_s: NDArray[np.float64], number: int
    ) -> None:
        """The frames, which of them are checked, and which one is on the screen."""
        now = (tuple(listed), len(times_s), number, self._theme)
        if now == self._shown:
            return
        self._shown = now
        self._hint.setVisible(not listed)
        lines = (tuple(listed), len(times_s))
        if lines != self._lines:
            self._lines = lines
            self.list.clear()
            for item in listed:
                time_s = times_s[item.frame] if item.frame < len(times_s) else 0.0
                added = QListWidgetItem(
                    f"{clock_text(float(time_s), fine=True)}   {MEANINGS[item.proposal.why]}"
                )
                added.setToolTip(f"Frame {item.frame}")
                added.setData(ROLE, item.frame)
                self.list.addItem(added)
        for row, item in enumerate(listed):
            line = self.list.item(row)
            assert line is not None
            picture = "check" if item.truth is not None else "dot"
            colour = self._theme.good if item.truth is not None else self._theme.muted
            if item.frame == number:
                colour = self._theme.on_accent
                self.list.setCurrentItem(line)
            line.setIcon(icon(picture, colour))
        if number not in [item.frame for item in listed]:
            self.list.setCurrentItem(None)

    def show_accuracy(self, accuracy: Accuracy | None) -> None:
        """What the frames drawn at random say."""
        if accuracy is None or accuracy.near is None:
            self.figure.setText("")
            self.more_figures.setText(
                "Check at least two of the frames that were drawn at random; they alone measure."
            )
        else:
            self.figure.setText(unbroken(accuracy.sentence))
            self.more_figures.setText(unbroken(short_figures(accuracy)))
        self.figure.setVisible(bool(self.figure.text()))

    def show_progress(self, state: str, progress: Progress | None) -> None:
        """How far a search or a lesson is; None where nothing goes on."""
        self.state.setText(state)
        for part in (self.bar, self._cancel):
            part.setVisible(progress is not None)
        if progress is not None:
            self.bar.setMaximum(max(progress.total, 1))
            self.bar.setValue(progress.done)

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self._shown = ()


class _Frames(QListWidget):
    """Keeps the frame on the screen in view where other parts of the panel take its room."""

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self._show_current)  # the list is laid out after its size is known

    def _show_current(self) -> None:
        current = self.currentItem()
        if current is not None:
            self.scrollToItem(current)


def short_figures(accuracy: Accuracy) -> str:
    """The other figures in a line."""
    parts = []
    if accuracy.ap is not None:
        parts.append(
            f"AP {accuracy.ap.value:.2f} ({accuracy.ap.low:.2f} to {accuracy.ap.high:.2f})"
        )
    if accuracy.error_px is not None:
        parts.append(f"{accuracy.error_px.value:.1f} px off")
    if accuracy.error_cm is not None:
        parts.append(f"{accuracy.error_cm.value:.1f} cm off")
    if accuracy.miss is not None:
        parts.append(f"{100 * accuracy.miss.value:.0f} % of the people missed")
    if accuracy.false is not None:
        parts.append(f"{100 * accuracy.false.value:.0f} % false")
    return ", ".join(parts)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("kind", "heading")
    return label


def _muted(text: str) -> QLabel:
    label = plain_label(text)
    label.setProperty("kind", "muted")
    label.setWordWrap(True)
    return label


def _row(actions: Mapping[str, QAction], *names: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for name in names:
        button = QToolButton()
        button.setDefaultAction(actions[name])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
        row.addWidget(button)
    return row
