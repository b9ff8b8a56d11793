"""What a lesson changed: figures and pictures from before and after, to keep or discard."""

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPixmap
from PyQt6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.errors import OutputError
from core.tracks.improve.lesson import BeforeAfter, Lesson
from ui.look.plain import plain_label
from ui.look.theme import GAP, MARGIN

_PICTURE = (840, 300)  # px at most


class LessonDialog(QDialog):
    """`keep` gets the name, and raises OutputError for one that cannot be; `discard` is called
    where the weights are not kept. Weights that were refused cannot be kept; accepted ones are
    discarded by the button alone.
    """

    def __init__(
        self,
        lesson: Lesson,
        folder: Path,
        name: str,
        keep: Callable[[str], None],
        discard: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Before and after the lesson")
        self._keep, self._discard = keep, discard
        self._paths = [path for name_ in lesson.pictures if (path := folder / name_).is_file()]
        self._at = 0
        self._undecided = lesson.accepted
        sentence = plain_label(f"{lesson.sentence[:1].upper()}{lesson.sentence[1:]}.")
        sentence.setProperty("kind", "heading")
        sentence.setProperty("level", "good" if lesson.accepted else "bad")
        sentence.setWordWrap(True)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = QLineEdit(name)
        self.name.setMaxLength(60)
        self.name.setAccessibleName("Name of the weights")
        self.problem = plain_label()
        self.problem.setProperty("level", "bad")
        self.problem.setWordWrap(True)
        self.problem.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, MARGIN)
        layout.setSpacing(MARGIN)
        layout.addWidget(sentence)
        layout.addLayout(_figures(lesson))
        if lesson.about_look:
            layout.addWidget(_words(lesson.about_look))
        layout.addWidget(self.picture)
        layout.addLayout(self._pages())
        layout.addWidget(self.problem)
        layout.addLayout(self._choice(lesson.accepted))
        self._show()
        self.rejected.connect(discard)

    def _pages(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GAP)
        self.caption = plain_label()
        self.caption.setProperty("kind", "muted")
        row.addWidget(self.caption, 1)
        self.pages: list[QPushButton] = []
        for text, by in (("Before it", -1), ("Next picture", 1)):
            button = QPushButton("Previous picture" if by < 0 else text)
            button.clicked.connect(lambda _, by=by: self._turn(by))
            button.setVisible(len(self._paths) > 1)
            row.addWidget(button)
            self.pages.append(button)
        return row

    def _choice(self, accepted: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GAP)
        if accepted:
            row.addWidget(QLabel("Name"))
            row.addWidget(self.name, 1)
        else:
            row.addStretch(1)
        self.discard_button = QPushButton("Discard" if accepted else "Close")
        self.discard_button.clicked.connect(self._give_up)
        self.keep_button = QPushButton("Keep and use")
        self.keep_button.setProperty("kind", "primary")
        self.keep_button.clicked.connect(self._try_to_keep)
        self.keep_button.setVisible(accepted)
        self.keep_button.setDefault(accepted)
        row.addWidget(self.discard_button)
        row.addWidget(self.keep_button)
        return row

    def reject(self) -> None:
        """Escape, or the window's own button: nothing that was learned is lost by them."""
        if self._undecided:
            self.problem.setText("Keep the new weights, or discard them.")
            self.problem.show()
        else:
            super().reject()

    def _give_up(self) -> None:
        self._undecided = False
        self.reject()

    def _try_to_keep(self) -> None:
        try:
            self._keep(self.name.text())
        except OutputError as error:
            self.problem.setText(str(error))
            self.problem.show()
        else:
            self.accept()

    def _turn(self, by: int) -> None:
        self._at = (self._at + by) % max(len(self._paths), 1)
        self._show()

    def _show(self) -> None:
        if not self._paths:
            self.picture.hide()
            return
        ratio = self.devicePixelRatioF()
        picture = QPixmap(str(self._paths[self._at])).scaled(
            round(_PICTURE[0] * ratio),
            round(_PICTURE[1] * ratio),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        picture.setDevicePixelRatio(ratio)
        self.picture.setPixmap(picture)
        self.caption.setText(
            f"Picture {self._at + 1} of {len(self._paths)}: left before, right after; "
            "green what you said, orange what is found"
        )


def _words(sentence: str) -> QLabel:
    label = plain_label(f"{sentence[:1].upper()}{sentence[1:]}.")
    label.setProperty("kind", "muted")
    label.setWordWrap(True)
    return label


def _figures(lesson: Lesson) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(2 * MARGIN)
    grid.setVerticalSpacing(GAP)
    rows: list[tuple[str, ...]] = [("", "AP before", "AP after", "AP50 before", "AP50 after")]
    rows.append(_row("Frames drawn at random", lesson.held_out))
    if lesson.ordinary is not None:
        rows.append(_row("Ordinary pictures", lesson.ordinary))
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            label = plain_label(text)
            if not number:
                label.setProperty("kind", "muted")
            if column:
                label.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(label, number, column)
    grid.setColumnStretch(0, 1)
    return grid


def _row(title: str, looked: BeforeAfter) -> tuple[str, ...]:
    figures = (looked.ap_before, looked.ap_after, looked.ap50_before, looked.ap50_after)
    return (f"{title} ({looked.pictures})", *(f"{value:.3f}" for value in figures))
