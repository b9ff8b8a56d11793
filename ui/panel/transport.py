"""The row of controls under the picture of a clip."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QWidget,
)

from core.run.recorded import Progress
from ui.look.theme import GAP, MARGIN
from ui.panel.timeline import clock_text

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)


class Transport(QWidget):
    """Buttons for the given actions, the place in the clip, speed, and the analysis."""

    speed_chosen = pyqtSignal(float)
    analyse_asked = pyqtSignal()
    cancel_asked = pyqtSignal()

    def __init__(self, actions: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 6, MARGIN, 6)
        row.setSpacing(4)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(18, 18))
            button.setProperty("kind", "flat")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys belong to the picture
            row.addWidget(button)
        self.place = QLabel()
        self.place.setMinimumWidth(250)
        self.speed = QComboBox()
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.setToolTip("Speed")
        self.speed.setAccessibleName("Speed")
        self.speed.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.speed.currentIndexChanged.connect(
            lambda index: self.speed_chosen.emit(float(self.speed.itemData(index)))
        )
        self.bar = QProgressBar()
        self.bar.setFixedWidth(150)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the analysis")
        self.button = QPushButton("Analyse")
        self.button.setMinimumWidth(130)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.clicked.connect(self._pressed)
        row.addSpacing(GAP)
        row.addWidget(self.speed)
        row.addSpacing(GAP)
        row.addWidget(self.place)
        row.addStretch(1)
        row.addWidget(self.bar)
        row.addWidget(self.button)
        self._busy = False
        self.show_progress(None, False)

    def show_place(self, number: int, count: int, time_s: float, length_s: float) -> None:
        """Where the screen is."""
        now, end = clock_text(time_s, True), clock_text(length_s, True)
        self.place.setText(f"{now} / {end}   frame {number} of {max(count - 1, 0)}")

    def show_progress(self, progress: Progress | None, busy: bool) -> None:
        """How far the analysis is, and whether it goes on."""
        self._busy = busy
        done, total = (0, 1) if progress is None else (progress.done, max(progress.total, 1))
        percent = 100 * done // total
        if self.bar.value() != percent:
            self.bar.setValue(percent)
        complete = progress is not None and done == total and not busy
        idle = "Analysed" if complete else "Analyse"
        self.button.setText(f"Cancel at {percent} %" if busy else idle)
        self.button.setEnabled(busy or not complete)

    def step_speed(self, by: int) -> None:
        """The next faster or slower speed."""
        index = min(max(self.speed.currentIndex() + by, 0), len(SPEEDS) - 1)
        self.speed.setCurrentIndex(index)

    def _pressed(self) -> None:
        (self.cancel_asked if self._busy else self.analyse_asked).emit()
