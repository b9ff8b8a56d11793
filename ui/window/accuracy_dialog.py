"""Every figure of how good a clip is, with its interval, and those of each joint."""

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.tracks.improve.accuracy import Accuracy
from core.tracks.improve.bootstrap import LEVEL, Estimate
from core.tracks.improve.match import NEAR
from ui.look.plain import plain_label, unbroken
from ui.look.theme import GAP, MARGIN

_ROW = 25  # px
_JOINT_COLUMNS = ("Joint", "Labelled", "Near", "Off, px", "Off, cm")
_FIGURES = {
    "ap": ("OKS AP", 1.0, "", 3),
    "near": (f"Joints within {100 * NEAR:.0f} % of the torso", 100.0, " %", 0),
    "error_px": ("Mean distance", 1.0, " px", 1),
    "error_cm": ("Mean distance", 1.0, " cm", 1),
    "miss": ("People who were missed", 100.0, " %", 0),
    "false": ("Found people who are nobody", 100.0, " %", 0),
}


class AccuracyDialog(QDialog):
    """Emits `height_chosen`, in m or None; shows what it is given."""

    height_chosen = pyqtSignal(object)

    def __init__(self, height_m: float | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("How good it is here")
        self.resize(560, 680)
        self._shown: Accuracy | None = None
        self.sentence = plain_label()
        self.sentence.setProperty("kind", "heading")
        self.sentence.setWordWrap(True)
        self.figures = _table("Figures", ("Figure", "Here", f"{100 * LEVEL:.0f} % interval"))
        self.joints = _table("Joints", _JOINT_COLUMNS)
        self.height_field = QDoubleSpinBox()
        self.height_field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.height_field.setRange(0.0, 2.5)
        self.height_field.setSingleStep(0.01)
        self.height_field.setSuffix(" m")
        self.height_field.setSpecialValueText("not known")
        self.height_field.setValue(height_m or 0.0)
        self.height_field.setToolTip("Of the person who is in the clip longest: gives errors in cm")
        self.height_field.valueChanged.connect(self._choose)
        form = QFormLayout()
        form.addRow("Height of the person who is there longest", self.height_field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(self.sentence)
        layout.addWidget(self.figures, 2)
        layout.addWidget(self.joints, 3)
        layout.addLayout(form)
        layout.addWidget(buttons)

    def show_accuracy(self, accuracy: Accuracy | None) -> None:
        """Other figures."""
        if accuracy is self._shown and accuracy is not None:
            return
        self._shown = accuracy
        if accuracy is None:
            self.sentence.setText("Nothing was checked yet.")
            return
        self.sentence.setText(unbroken(accuracy.sentence))
        rows = []
        for name, (title, factor, unit, digits) in _FIGURES.items():
            estimate: Estimate | None = getattr(accuracy, name)
            if estimate is not None:
                here, low, high = (
                    f"{factor * value:.{digits}f}"
                    for value in (estimate.value, estimate.low, estimate.high)
                )
                rows.append((title, f"{here}{unit}", f"{low} to {high}{unit}"))
        _fill(self.figures, rows)
        _fill(
            self.joints,
            [
                (
                    joint.name.replace("_", " "),
                    str(joint.labelled),
                    "" if joint.near is None else f"{100 * joint.near:.0f} %",
                    "" if joint.error_px is None else f"{joint.error_px:.1f}",
                    "" if joint.error_cm is None else f"{joint.error_cm:.1f}",
                )
                for joint in accuracy.joints
            ],
        )

    def _choose(self, height_m: float) -> None:
        self.height_chosen.emit(height_m or None)


def _table(name: str, columns: tuple[str, ...]) -> QTableWidget:
    table = QTableWidget(0, len(columns))
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(columns)
    title = table.horizontalHeaderItem(0)
    assert title is not None
    title.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.setShowGrid(False)
    for header in (table.horizontalHeader(), table.verticalHeader()):
        assert header is not None
        if header.orientation() == Qt.Orientation.Vertical:
            header.hide()
            header.setDefaultSectionSize(_ROW)
        else:
            _fit_columns(header)
            header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return table


def _fit_columns(header: QHeaderView) -> None:
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


def _fill(table: QTableWidget, rows: Sequence[tuple[str, ...]]) -> None:
    # Qt fits the columns anew for each cell that is put into a table on the screen.
    header = table.horizontalHeader()
    assert header is not None
    header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.setRowCount(len(rows))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            cell = QTableWidgetItem(text)
            if column:
                cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(row, column, cell)
    _fit_columns(header)
