"""Chooses what is shown: cameras by name, files, folders, addresses, the screen, recent ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.video.camera import PluggedCamera, offered
from core.video.v4l2 import CameraMode
from ui.look.icons import icon
from ui.look.plain import plain_tip
from ui.look.theme import GAP, MARGIN, Theme
from ui.panel.mode_box import ModeBox
from ui.panel.source_items import said_item, source_at, source_item
from ui.session.source import Source, source_of

ICONS = {"camera": "camera", "screen": "screen", "stream": "stream", "images": "images"}


class SourcePanel(QWidget):
    """Emits `chosen` with a Source, or asks the window for a dialog."""

    chosen = pyqtSignal(object)
    file_asked = pyqtSignal()
    folder_asked = pyqtSignal()
    screen_asked = pyqtSignal()
    refresh_asked = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.cameras = QListWidget()
        self.cameras.setAccessibleName("Cameras")
        self.cameras.setMaximumHeight(120)
        self.cameras.itemActivated.connect(self._choose_camera)
        self.cameras.itemClicked.connect(self._choose_camera)
        self.cameras.currentItemChanged.connect(self._follow)
        self.mode = ModeBox()
        self.mode.setEnabled(False)  # until there is a camera
        self.mode.activated.connect(lambda: self._choose_camera(self.cameras.currentItem()))
        self._modes: Mapping[str, Sequence[CameraMode]] = {}  # by device
        self._device = ""  # that the box tells of
        self.recent = QListWidget()
        self.recent.setAccessibleName("Recent sources")
        self.recent.itemActivated.connect(self._choose)
        self.recent.itemClicked.connect(self._choose)
        self.address = QLineEdit()
        self.address.setAccessibleName("Stream address")
        self.address.setPlaceholderText("rtsp://, http://, udp:// …")
        self.address.returnPressed.connect(self._choose_address)
        self._buttons: dict[str, QPushButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        head = QHBoxLayout()
        head.addWidget(_heading("Cameras"), 1)
        head.addWidget(self._button("refresh", "Refresh", self.refresh_asked.emit))
        layout.addLayout(head)
        layout.addWidget(self.cameras)
        layout.addWidget(self.mode)
        layout.addWidget(_heading("Open"))
        grid = QGridLayout()
        grid.setSpacing(GAP)
        grid.addWidget(self._button("folder", "Video file …", self.file_asked.emit), 0, 0)
        grid.addWidget(self._button("images", "Images …", self.folder_asked.emit), 0, 1)
        self.screen_button = self._button("screen", "This screen", self.screen_asked.emit)
        grid.addWidget(self.screen_button, 1, 0, 1, 2)
        layout.addLayout(grid)
        layout.addWidget(_heading("Stream address"))
        row = QHBoxLayout()
        row.addWidget(self.address, 1)
        row.addWidget(self._button("stream", "Open", self._choose_address))
        layout.addLayout(row)
        layout.addWidget(_heading("Recent"))
        layout.addWidget(self.recent, 1)
        self.show_cameras([])
        self.set_theme(theme)

    def show_cameras(self, cameras: Sequence[PluggedCamera]) -> None:
        """List the cameras; a line says so when there is none."""
        self.cameras.clear()
        for camera in cameras:
            source = Source("camera", camera.device, camera.name, camera.stable_id)
            item = source_item(source)
            item.setIcon(icon("camera", self._theme.text))
            self.cameras.addItem(item)
        if not cameras:
            self.cameras.addItem(said_item("No camera found"))
        self._follow()

    def show_modes(self, modes: Mapping[str, Sequence[CameraMode]]) -> None:
        """Tell of each device what it offers."""
        self._modes = modes
        self._follow()
        for row in range(self.cameras.count()):
            item = self.cameras.item(row)
            source = source_at(item)
            if item is not None and source is not None and modes.get(source.address):
                told = f"{source.address}: {offered(modes[source.address])}"
                item.setToolTip(plain_tip(told))

    def show_recent(self, sources: Sequence[Source]) -> None:
        """List what was opened before, the newest first."""
        self.recent.clear()
        for source in sources:
            name = ICONS.get(source.kind, "folder")
            item = source_item(source)
            item.setIcon(icon(name, self._theme.muted))
            self.recent.addItem(item)

    def set_theme(self, theme: Theme) -> None:
        """Paint the icons in the theme's colours."""
        self._theme = theme
        for name, button in self._buttons.items():
            if name != "refresh":
                button.setIcon(icon(name, theme.text))
        for view, name in ((self.cameras, "camera"), (self.recent, "")):
            for row in range(view.count()):
                item = view.item(row)
                source = source_at(item)
                if item is not None and source is not None:
                    item.setIcon(icon(name or ICONS.get(source.kind, "folder"), theme.text))

    def _choose(self, item: QListWidgetItem) -> None:
        source = source_at(item)
        if source is not None:
            self.chosen.emit(source)

    def _choose_camera(self, item: QListWidgetItem | None) -> None:
        """Open a camera in the mode that is chosen, once more if it is open."""
        source = source_at(item)
        if source is not None:
            choice = self.mode.choice if source.address == self._device else None
            self.chosen.emit(replace(source, choice=choice))

    def _follow(self) -> None:
        """List what the camera offers that the list is at."""
        source = source_at(self.cameras.currentItem())
        device = "" if source is None else source.address
        chosen = self.mode.choice if device == self._device else None
        self._device = device
        self.mode.offer(self._modes.get(device, ()), chosen)
        self.mode.setEnabled(bool(device))

    def _choose_address(self) -> None:
        if self.address.text().strip():
            self.chosen.emit(source_of(self.address.text()))

    def _button(self, name: str, text: str, slot: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: slot())
        self._buttons[name] = button
        return button


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("kind", "heading")
    return label
