"""Curves of the selected person under the picture, with a line where the screen is."""

import numpy as np
import pyqtgraph
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPen
from PyQt6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent

from core.skeleton import COCO_17
from core.tracks.clean.segments import GAPLESS_STEPS
from core.tracks.measure.measures import conventions
from ui.look.colours import LEFT, MIDDLE, RIGHT
from ui.look.plain import plain_label
from ui.look.theme import DARK, GAP, MARGIN, Theme
from ui.session.series import CHOICES, PersonSeries

HEIGHT = 170  # px
CONVENTIONS = conventions(COCO_17)  # what each angle means, by the name of its column


class Plots(QFrame):
    """One chosen pair of curves; left and right in the colours of the body sides."""

    sought = pyqtSignal(float)  # s

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "foot")
        self.setFixedHeight(HEIGHT)
        self._theme = DARK
        self._series: PersonSeries | None = None
        self.choice = QComboBox()
        self.choice.addItems(list(CHOICES))
        self.choice.setAccessibleName("What the curves show")
        self.choice.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.choice.currentIndexChanged.connect(self._draw)
        self.title = plain_label("Select a person")
        self.title.setProperty("kind", "muted")
        self._legend = QLabel()
        self.convention = QLabel()
        self.convention.setProperty("kind", "muted")
        self.plot = pyqtgraph.PlotWidget(background=None)
        self.plot.setAccessibleName("Curves of the selected person")
        self.plot.viewport().setAccessibleName("Curves of the selected person")
        self.plot.setMenuEnabled(False)
        self.plot.setMouseEnabled(x=True, y=False)
        self.plot.hideButtons()
        self.plot.showGrid(x=True, y=True, alpha=0.15)
        self.plot.getAxis("left").setWidth(46)
        self._now = pyqtgraph.InfiniteLine(angle=90)
        self.plot.addItem(self._now)
        self._curves = [self.plot.plot(connect="finite") for _ in range(2)]
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        head = QHBoxLayout()
        head.addWidget(self.choice)
        head.addWidget(self._legend)
        head.addWidget(self.convention)
        head.addStretch(1)
        head.addWidget(self.title)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 6, MARGIN, 2)
        column.setSpacing(GAP // 2)
        column.addLayout(head)
        column.addWidget(self.plot, 1)
        self.hide()

    def show_series(self, series: PersonSeries | None, title: str) -> None:
        """Other curves."""
        self._series = series
        if self.title.text() != title:
            self.title.setText(title)
        self._draw()

    def show_time(self, time_s: float) -> None:
        """Where the screen is."""
        self._now.setValue(time_s)

    def show_next(self) -> None:
        """The next kind of curves."""
        self.choice.setCurrentIndex((self.choice.currentIndex() + 1) % self.choice.count())

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.plot.setBackground(theme.panel)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(_pen(theme.line, 1))
            axis.setTextPen(_pen(theme.muted, 1))
        self._now.setPen(_pen(theme.text, 1))
        self._draw()

    @property
    def drawn(self) -> dict[str, np.ndarray]:
        """What the curves show, by name."""
        names, _ = CHOICES[self.choice.currentText()]
        return {
            name: np.asarray(curve.getData()[1])
            for name, curve in zip(names, self._curves, strict=False)
            if curve.getData()[1] is not None
        }

    def _draw(self) -> None:
        names, unit = CHOICES[self.choice.currentText()]
        self.plot.setLabel("left", units=None, text=unit)
        legend = []
        for number, curve in enumerate(self._curves):
            name = names[number] if number < len(names) else ""
            values = self._series.curves.get(name) if self._series is not None and name else None
            if values is None or self._series is None or not np.isfinite(values).any():
                curve.setData([], [])
            else:
                times_s = self._series.times_s
                curve.setData(times_s, values, connect=_joined(times_s, values))
            colour = self._colour(name)
            curve.setPen(_pen(colour, 2))
            if name:
                legend.append(f'<span style="color:{colour}">■</span> {name.replace("_", " ")}')
        self._legend.setText("&nbsp;&nbsp; ".join(legend))
        self.convention.setText(CONVENTIONS.get(f"{names[0]}_deg", ""))

    def _colour(self, name: str) -> str:
        if name.startswith("left") and not name.endswith(" x"):
            return LEFT
        if name.startswith("right"):
            return RIGHT
        return MIDDLE if self._theme.name == "dark" else self._theme.accent

    def _clicked(self, event: MouseClickEvent) -> None:
        place = event.scenePos()
        view = self.plot.getPlotItem().vb
        if view.sceneBoundingRect().contains(place):
            self.sought.emit(float(view.mapSceneToView(place).x()))


def _joined(times_s: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Which points have a line to the next one: known neighbours without a gap between."""
    steps_s = np.diff(times_s)
    near = steps_s <= GAPLESS_STEPS * np.median(steps_s) if len(steps_s) else np.zeros(0, np.bool_)
    known = np.isfinite(values)
    return np.append(near & known[:-1] & known[1:], False).astype(np.int32)


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    return pen
