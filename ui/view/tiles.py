"""Several pictures side by side; a double click shows one of them alone, and another all again."""

import math
from collections.abc import Callable

from PyQt6.QtWidgets import QGridLayout, QWidget

from ui.look.theme import DARK, Theme
from ui.view.canvas import Renderer
from ui.view.overlay import OverlayStyle
from ui.view.video_view import VideoView

GAP = 2  # px between tiles


class Tiles(QWidget):
    """A grid of views, as near to a square as their number allows."""

    def __init__(self, renderer: Renderer = "raster", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.views: list[VideoView] = []
        self._renderer: Renderer = renderer
        self._style = OverlayStyle()
        self._theme = DARK
        self._mirrored = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)

    def clear(self) -> None:
        """Take all tiles away."""
        for view in self.views:
            self._grid.removeWidget(view)
            view.deleteLater()
        self.views = []

    def add(self) -> VideoView:
        """An empty tile after the others, all of which are shown; the grid is laid out anew."""
        view = VideoView(self._renderer)
        view.set_style(self._style)
        view.set_theme(self._theme)
        view.set_mirrored(self._mirrored)
        view.double_clicked.connect(lambda: self.show_alone(view))
        self.views.append(view)
        columns = math.ceil(math.sqrt(len(self.views)))
        for number, placed in enumerate(self.views):
            self._grid.addWidget(placed, number // columns, number % columns)
            placed.setVisible(True)
        return view

    def show_alone(self, view: VideoView) -> None:
        """Hide the other tiles, or show them again."""
        others = [other for other in self.views if other is not view]
        alone = any(other.isVisibleTo(self) for other in others)
        for other in others:
            other.setVisible(not alone)

    def show_next_alone(self) -> None:
        """The first tile alone, then the next one, after the last all of them."""
        seen = [view.isVisibleTo(self) for view in self.views]
        alone = 0 if all(seen) else seen.index(True) + 1
        for number, view in enumerate(self.views):
            view.setVisible(alone in (number, len(seen)))
        if self.views:
            self.view_now.setFocus()

    @property
    def view_now(self) -> VideoView:
        """The tile with the focus, else the first that is seen. There must be one."""
        seen = [view for view in self.views if view.isVisibleTo(self)]
        return next((view for view in seen if view.hasFocus()), seen[0])

    def set_style(self, style: OverlayStyle) -> None:
        """What is drawn over the pictures from now on."""
        self._style = style
        self._each(lambda view: view.set_style(style))

    def set_theme(self, theme: Theme) -> None:
        """The colour around the pictures."""
        self._theme = theme
        self._each(lambda view: view.set_theme(theme))

    def set_mirrored(self, mirrored: bool) -> None:
        """Left and right as in a mirror; text stays readable."""
        self._mirrored = mirrored
        self._each(lambda view: view.set_mirrored(mirrored))

    def _each(self, change: Callable[[VideoView], None]) -> None:
        for view in self.views:
            change(view)
