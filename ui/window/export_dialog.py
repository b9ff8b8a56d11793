"""Asks what is exported: which part, and who."""

from PyQt6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QWidget

from ui.look.theme import MARGIN
from ui.session.export import Part


class ExportDialog(QDialog):
    """The whole clip or the part between the marks; everyone or the selected person."""

    def __init__(
        self,
        title: str,
        frame_count: int,
        marks: tuple[int, int],
        selected: int | None,
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
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, MARGIN)
        form.setVerticalSpacing(MARGIN)
        form.addRow("Frames", self.frames)
        form.addRow("People", self.people)
        form.addRow(buttons)

    @property
    def part(self) -> Part:
        """What was chosen."""
        first, last = self.frames.currentData()
        return Part(first, last, self.people.currentData())
