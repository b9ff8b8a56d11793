"""Asks which camera or stream is shown beside those that are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from core.secrets import HIDDEN
from core.video.v4l2 import CameraMode
from ui.look.theme import GAP, MARGIN
from ui.panel.mode_box import ModeBox
from ui.panel.source_items import said_item, source_at, source_item
from ui.session.source import Source, source_of


class CameraDialog(QDialog):
    """Emits `chosen` with the Source that was taken from the list, or whose address was typed.

    One without its password is not handed over: its address is put up to be completed. A camera
    goes with what was chosen of what it offers.
    """

    chosen = pyqtSignal(object)

    def __init__(self, offered: Sequence[Source], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add a camera")
        self.cameras = QListWidget()
        self.cameras.setAccessibleName("Cameras and streams")
        for source in offered:
            self.cameras.addItem(source_item(source))
        if not offered:
            self.cameras.addItem(said_item("No other camera found"))
        self.cameras.itemActivated.connect(self.accept)
        self.cameras.currentItemChanged.connect(self._follow)
        self.mode = ModeBox()
        self._modes: Mapping[str, Sequence[CameraMode]] = {}  # by device
        self._device = ""  # that the box tells of
        self.address = QLineEdit()
        self.address.setAccessibleName("Address")
        self.address.setPlaceholderText("rtsp://, http://, udp://, or a file")
        self.address.textChanged.connect(self._follow)
        self.note = QLabel(f"Passwords are not kept: put it in place of {HIDDEN}.")
        self.note.setVisible(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        add = buttons.addButton("Add", QDialogButtonBox.ButtonRole.AcceptRole)
        assert add is not None
        self.add_button = add
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(self.cameras)
        layout.addWidget(self.mode)
        layout.addWidget(QLabel("Or an address:"))
        layout.addWidget(self.address)
        layout.addWidget(self.note)
        layout.addWidget(buttons)
        self._follow()

    def show_modes(self, modes: Mapping[str, Sequence[CameraMode]]) -> None:
        """List of each device what it offers."""
        self._modes = modes
        self.mode.offer(modes.get(self._device, ()), self.mode.choice)

    @property
    def source(self) -> Source | None:
        """What is chosen now; an address that was typed goes before the list."""
        source = self._source()
        if source is None or source.kind != "camera":
            return source
        return replace(source, choice=self.mode.choice)

    def accept(self) -> None:
        """Hand the choice over and close, unless its password must be typed first."""
        source = self.source
        if source is not None and source.lacks_secret:
            self.address.setText(source.address)
            self.address.setFocus()
            self.address.setSelection(source.address.index(HIDDEN), len(HIDDEN))
            self.note.setVisible(True)
        elif source is not None:
            super().accept()
            self.chosen.emit(source)

    def _source(self) -> Source | None:
        if self.address.text().strip():
            return source_of(self.address.text())
        return source_at(self.cameras.currentItem())

    def _follow(self) -> None:
        """Bring the box and the button in line with what is chosen."""
        source = self._source()
        device = source.address if source is not None and source.kind == "camera" else ""
        if device != self._device:
            self._device = device
            self.mode.offer(self._modes.get(device, ()))
        self.mode.setEnabled(bool(device))
        self.add_button.setEnabled(source is not None)
