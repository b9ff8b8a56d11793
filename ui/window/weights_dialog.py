"""The weights that were taught in the window: use one, remove one."""

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.errors import OutputError
from ui.look.plain import plain_label
from ui.look.theme import GAP, MARGIN
from ui.session.own_weights import own_weights, remove_weights

ROLE = Qt.ItemDataRole.UserRole


class WeightsDialog(QDialog):
    """Emits `chosen` with a path, or None for the default weights."""

    chosen = pyqtSignal(object)

    def __init__(
        self,
        folder: Path,
        in_use: Callable[[], Path | None],
        removed: Callable[[Path], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Own weights")
        self.resize(460, 360)
        self._folder, self._in_use, self._removed = folder, in_use, removed
        words = plain_label(
            "Weights taught here. The ones in use are remembered for the folder of the clip."
        )
        words.setProperty("kind", "muted")
        words.setWordWrap(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Own weights")
        self.list.currentItemChanged.connect(lambda *_: self._enable())
        self.problem = plain_label()
        self.problem.setProperty("level", "bad")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.use_button, self.remove_button = QPushButton("Use"), QPushButton("Remove")
        self.use_button.clicked.connect(self._use)
        self.remove_button.clicked.connect(self._remove)
        close = QPushButton("Close")
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self.use_button)
        buttons.addWidget(self.remove_button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(words)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.problem)
        layout.addLayout(buttons)
        self._fill()

    def _fill(self) -> None:
        self.list.clear()
        in_use = self._in_use()
        for name, path in [
            ("Default weights", None),
            *((weights.name, weights.path) for weights in own_weights(self._folder)),
        ]:
            item = QListWidgetItem(f"{name}   (in use)" if path == in_use else name)
            item.setData(ROLE, path)
            self.list.addItem(item)
            if path == in_use:
                self.list.setCurrentItem(item)
        self._enable()

    def _chosen(self) -> Path | None:
        item = self.list.currentItem()
        path: Path | None = None if item is None else item.data(ROLE)
        return path

    def _enable(self) -> None:
        there = self.list.currentItem() is not None
        self.use_button.setEnabled(there and self._chosen() != self._in_use())
        self.remove_button.setEnabled(there and self._chosen() is not None)

    def _use(self) -> None:
        self.chosen.emit(self._chosen())
        self._fill()

    def _remove(self) -> None:
        path = self._chosen()
        if path is None:
            return
        if path == self._in_use():
            self.chosen.emit(None)
        try:
            remove_weights(path)
        except OutputError as error:
            self.problem.setText(str(error))
            self.problem.show()
        self._removed(path)
        self._fill()
