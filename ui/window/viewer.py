"""The working page: one picture or several, messages, panels at the side, controls below."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QFrame,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ui.look.theme import Theme
from ui.panel.message_bar import MessageBar
from ui.view.canvas import Renderer
from ui.view.tiles import Tiles
from ui.view.video_view import VideoView

SIDE_WIDTH = 340  # px at first


class Viewer(QWidget):
    """Puts the parts of the page in their places."""

    def __init__(self, renderer: Renderer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = VideoView(renderer)
        self.tiles = Tiles(renderer)
        self.pictures = QStackedWidget()
        self.pictures.addWidget(self.view)
        self.pictures.addWidget(self.tiles)
        self.messages = MessageBar()
        self.side = QTabWidget()
        self.side.setAccessibleName("Side panel")
        self.side.setDocumentMode(True)
        tabs = self.side.tabBar()
        assert tabs is not None
        tabs.setDrawBase(False)
        self.side.setMinimumWidth(280)
        frame = QFrame()
        frame.setProperty("kind", "side")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 0, 0, 0)
        inside.addWidget(self.side)
        self.side_frame = frame
        left = QWidget()
        self._column = QVBoxLayout(left)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.messages)
        self._beside = QSplitter(Qt.Orientation.Horizontal)
        self._beside.addWidget(self.pictures)
        self._beside.setCollapsible(0, False)
        self._column.addWidget(self._beside, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(frame)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setCollapsible(0, False)
        self.splitter.setSizes([1280 - SIDE_WIDTH, SIDE_WIDTH])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def set_theme(self, theme: Theme) -> None:
        """Paint what style sheets do not reach."""
        self.view.set_theme(theme)
        self.tiles.set_theme(theme)

    def show_tiles(self, on: bool) -> None:
        """Several pictures in place of the one, or the one again."""
        self.pictures.setCurrentWidget(self.tiles if on else self.view)

    @property
    def view_now(self) -> VideoView:
        """The picture that keys are for."""
        several = self.pictures.currentWidget() is self.tiles and self.tiles.views
        return self.tiles.view_now if several else self.view

    def add_beside(self, widget: QWidget) -> None:
        """Another view of the same moment; it shares the picture's place."""
        self._beside.addWidget(widget)
        self._beside.setCollapsible(1, False)
        self._beside.setSizes([1, 1])

    def add_below(self, widget: QWidget) -> None:
        """A part under the picture, such as the timeline."""
        self._column.addWidget(widget)
