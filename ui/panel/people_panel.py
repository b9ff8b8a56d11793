"""The people of the clip, or those on the screen: select, name, follow, hide, correct."""

from collections.abc import Mapping
from dataclasses import dataclass

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PyQt6.QtWidgets import (
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.look.colours import track_colour
from ui.look.theme import GAP, MARGIN

ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A line of the list."""

    track_id: int
    detail: str  # such as `0:03 to 0:09`


class PeoplePanel(QWidget):
    """Emits `selected`; the buttons are the window's commands."""

    selected = pyqtSignal(object)

    def __init__(self, actions: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget()
        self.list.setAccessibleName("People")
        self.list.currentItemChanged.connect(self._choose)
        self._shown: tuple[object, ...] = ()
        self._hint = QLabel("Click a person in the picture or in this list.")
        self._hint.setProperty("kind", "muted")
        self._hint.setWordWrap(True)
        grid = QGridLayout()
        grid.setSpacing(6)
        for number, action in enumerate(actions):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setSizePolicy(
                button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed
            )
            grid.addWidget(button, number // 2, number % 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(self._hint)
        layout.addWidget(self.list, 1)
        layout.addLayout(grid)

    def show_people(
        self,
        people: list[PersonLine],
        names: Mapping[int, str],
        hidden: frozenset[int],
        selected: int | None,
    ) -> None:
        """Replace the list where it differs."""
        now = (tuple(people), tuple(sorted(names.items())), hidden, selected)
        if now == self._shown:
            return
        self._shown = now
        self.list.blockSignals(True)
        self.list.clear()
        for person in people:
            track_id = person.track_id
            name = names.get(track_id, "")
            text = f"{track_id}  {name}".rstrip()
            item = QListWidgetItem(_chip(track_colour(track_id)), f"{text}   {person.detail}")
            item.setData(ROLE, track_id)
            if track_id in hidden:
                item.setText(f"{item.text()}  (hidden)")
            self.list.addItem(item)
            if track_id == selected:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)

    def _choose(self, item: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        if item is not None:
            self.selected.emit(item.data(ROLE))


def _chip(colour: QColor) -> QIcon:
    picture = QPixmap(28, 28)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(4, 4, 20, 20, 5, 5)
    painter.end()
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)  # Qt would tint it in the chosen row
    return icon
