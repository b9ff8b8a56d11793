"""Asks what is exported: which part, who, and in which format."""

from collections.abc import Mapping

from PyQt6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QWidget

from ui.look.theme import MARGIN
from ui.session.export import Part


class ExportDialog(QDialog):
    """The whole clip or the part between the marks; everyone or the selected person.

    `formats` says what each is that can be chosen.
    """

    def __init__(
        self,
        title: str,
        frame_count: int,
        marks: tuple[int, int],
        selected: int | None,
        formats: Mapping[str, str] | None = None,
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
        for name, summary in (formats or {}).items():
            self.formats.addItem(f"{name}: {summary}", name)
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
        if formats:
            form.addRow("Format", self.formats)
        form.addRow(buttons)

    @property
    def format_name(self) -> str:
        """Which format was chosen, where some were offered."""
        return str(self.formats.currentData())

    @property
    def part(self) -> Part:
        """What was chosen."""
        first, last = self.frames.currentData()
        return Part(first, last, self.people.currentData())
