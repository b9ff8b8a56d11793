"""Asks what is exported: which part, who, and in which format."""

from collections.abc import Mapping

from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QWidget,
)

from core.tracks.measure.scale import SHORTEST_M, TALLEST_M
from ui.look.theme import MARGIN
from ui.session.export import Offer, Part

STEP_M = 0.01  # of the height that is shown


class ExportDialog(QDialog):
    """The whole clip or the part between the marks; everyone or the selected person.

    `formats` are those that can be chosen; some take somebody's height, to write metres.
    """

    def __init__(
        self,
        title: str,
        frame_count: int,
        marks: tuple[int, int],
        selected: int | None,
        formats: Mapping[str, Offer] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.frames = QComboBox()
        self.frames.addItem(f"Whole clip ({frame_count} frames)", (0, frame_count - 1))
        if marks != (0, frame_count - 1):
            first, last = marks
            self.frames.addItem(f"Marked part (frames {first} to {last})", marks)
            self.frames.setCurrentIndex(1)
        self.people = QComboBox()
        self.people.addItem("Everyone who is not hidden", None)
        if selected is not None:
            self.people.addItem(f"Only person {selected}", selected)
        self.formats = QComboBox()
        self._offers = formats or {}
        for name, offer in self._offers.items():
            self.formats.addItem(f"{name}: {offer.summary}", name)
        self.height_box = QDoubleSpinBox()
        # The lower limit is no height, and so stands for none; nor is the upper one.
        self.height_box.setRange(SHORTEST_M, TALLEST_M - STEP_M)
        self.height_box.setSingleStep(0.05)
        self.height_box.setSuffix(" m")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        self._save = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.formats.currentIndexChanged.connect(self._follow_format)
        self.height_box.valueChanged.connect(self._follow_format)
        self._follow_format()
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, MARGIN)
        form.setVerticalSpacing(MARGIN)
        form.addRow("Frames", self.frames)
        form.addRow("People", self.people)
        if formats:
            form.addRow("Format", self.formats)
            form.addRow("Height of the person", self.height_box)
        form.addRow(buttons)

    @property
    def format_name(self) -> str:
        """Which format was chosen, where some were offered."""
        return str(self.formats.currentData())

    @property
    def height_m(self) -> float | None:
        """Of the person with the longest track, where the format takes it and it is known."""
        box = self.height_box
        return box.value() if box.isEnabled() and box.value() > box.minimum() else None

    def _follow_format(self) -> None:
        offer = self._offers.get(self.format_name)
        self.height_box.setEnabled(offer is not None and offer.takes_height)
        needed = offer is not None and offer.needs_height
        self.height_box.setSpecialValueText("needed: metres" if needed else "not known: pixels")
        if self._save is not None:
            self._save.setEnabled(not needed or self.height_m is not None)

    @property
    def part(self) -> Part:
        """What was chosen."""
        first, last = self.frames.currentData()
        return Part(first, last, self.people.currentData())
