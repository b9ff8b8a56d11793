"""Switches for what is drawn over the picture."""

from dataclasses import replace
from typing import cast

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QSlider, QVBoxLayout, QWidget

from ui.look.colours import ColourBy
from ui.look.theme import GAP, MARGIN
from ui.view.overlay import OverlayStyle

SWITCHES = {
    "skeletons": "Skeletons",
    "boxes": "Boxes",
    "ids": "Ids",
    "names": "Names",
    "trails": "Trails of the last two seconds",
    "confidence": "Confidence",
}


class OverlayPanel(QWidget):
    """Edits an `OverlayStyle`, and whether the figures are shown."""

    style_changed = pyqtSignal(object)
    figures_changed = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = OverlayStyle()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(_heading("Show"))
        self.switches: dict[str, QCheckBox] = {}
        for name, text in SWITCHES.items():
            switch = QCheckBox(text)
            switch.setChecked(getattr(self._style, name))
            switch.toggled.connect(lambda on, name=name: self._change(**{name: on}))
            self.switches[name] = switch
            layout.addWidget(switch)
        self.figures = QCheckBox("Figures: rates, latency, drops")
        self.figures.setChecked(True)
        self.figures.toggled.connect(self.figures_changed)
        layout.addWidget(self.figures)
        layout.addSpacing(GAP)
        layout.addWidget(_heading("Look"))
        self.colour = QComboBox()
        self.colour.addItem("A colour a person", "track")
        self.colour.addItem("Left and right side", "side")
        self.colour.currentIndexChanged.connect(self._change_colour)
        self.least = QSlider(Qt.Orientation.Horizontal)
        self.least.setRange(0, 95)
        self.least.setValue(round(100 * self._style.least_score))
        self.least.valueChanged.connect(self._change_least)
        self._least_text = QLabel()
        rows = QFormLayout()
        rows.setVerticalSpacing(GAP)
        rows.addRow("Colours", self.colour)
        rows.addRow("Hide joints below", self.least)
        rows.addRow("", self._least_text)
        layout.addLayout(rows)
        layout.addStretch(1)
        self._change_least(self.least.value())

    def _change_colour(self, index: int) -> None:
        self._change(colour_by=cast(ColourBy, self.colour.itemData(index)))

    def _change_least(self, percent: int) -> None:
        self._least_text.setText(f"confidence {percent / 100:.2f}")
        self._change(least_score=percent / 100)

    def _change(self, **changes: bool | float | str) -> None:
        self._style = replace(self._style, **changes)  # type: ignore[arg-type]
        self.style_changed.emit(self._style)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("kind", "heading")
    return label
