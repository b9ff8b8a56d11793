"""Shows the region that is looked at, and lets it be drawn with the mouse or moved with keys."""

from PyQt6.QtCore import QEvent, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen

from ui.view.joint_keys import WAYS, is_return
from ui.view.viewport import Viewport

Region = tuple[float, float, float, float]  # x1, y1, x2, y2 as shares of width and height

LEAST_SHARE = 0.02  # a smaller one was a click
_STEP = 0.02  # share of width and height, for an arrow
_SHADE = QColor(0, 0, 0, 120)
_EDGE = QColor("#ffd54a")


class RegionPicker:
    """The region in use, and the one that is being drawn."""

    def __init__(self) -> None:
        self.region: Region | None = None
        self.active = False  # whether the next drag draws a region
        self._by_keys: Region | None = None  # what keys move, until the mouse draws
        self._start: QPointF | None = None  # picture px
        self._end = QPointF()

    def begin(self, first: Region) -> None:
        """Let a region be drawn, or moved from a first one by keys."""
        self.active, self._by_keys = True, first

    def take_key(self, event: QKeyEvent, mirrored: bool) -> Region | bool:
        """Arrows move what is drawn, with Shift its end; Return takes it, and gives it back.

        Otherwise whether the key was for it.
        """
        region, pressed = self._by_keys, event.type() == QEvent.Type.KeyPress
        away = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)  # to pan the view
        if region is None or away or not (is_return(event) or event.key() in WAYS):
            return False
        if not pressed:
            return True
        if is_return(event):
            self.cancel()
            return region
        x, y = (_STEP * way for way in WAYS[event.key()])
        end_only = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        x1, y1, x2, y2 = region
        if mirrored:
            x1, x2 = 1 - x2, 1 - x1
        x1, x2 = _moved(x1, x2, x, end_only)
        y1, y2 = _moved(y1, y2, y, end_only)
        if mirrored:
            x1, x2 = 1 - x2, 1 - x1
        self._by_keys = round(x1, 4), round(y1, 4), round(x2, 4), round(y2, 4)
        return True

    def press(self, viewport: Viewport, at: QPointF) -> None:
        """Begin at a point of the widget."""
        self._by_keys = None
        self._start = QPointF(*viewport.to_picture(at))
        self._end = self._start

    def move(self, viewport: Viewport, at: QPointF) -> None:
        """Go on to a point of the widget."""
        self._end = QPointF(*viewport.to_picture(at))

    def release(self, viewport: Viewport) -> Region | None:
        """End the drag; None if it was too small to mean a region."""
        drawn = self._drawn(viewport)
        self.cancel()
        if drawn is None or min(drawn[2] - drawn[0], drawn[3] - drawn[1]) < LEAST_SHARE:
            return None
        return drawn

    def cancel(self) -> None:
        """Draw nothing any more; the region in use stays."""
        self.active = False
        self._start = self._by_keys = None

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Darken what is not looked at."""
        region = self._drawn(viewport) or self._by_keys or self.region
        picture = viewport.rect
        if region is None or picture.isEmpty():
            return
        x1, y1, x2, y2 = region
        if viewport.mirrored:
            x1, x2 = 1 - x2, 1 - x1
        inside = QRectF(
            picture.left() + x1 * picture.width(),
            picture.top() + y1 * picture.height(),
            (x2 - x1) * picture.width(),
            (y2 - y1) * picture.height(),
        )
        outside = QPainterPath()
        outside.addRect(picture)
        outside.addRect(inside)  # a path inside a path is a hole
        painter.fillPath(outside, _SHADE)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_EDGE, 1.5, Qt.PenStyle.DashLine))
        painter.drawRect(inside)

    def _drawn(self, viewport: Viewport) -> Region | None:
        if self._start is None or viewport.picture.isEmpty():
            return None
        width, height = viewport.picture.width(), viewport.picture.height()
        x1, x2 = sorted(_share(point.x(), width) for point in (self._start, self._end))
        y1, y2 = sorted(_share(point.y(), height) for point in (self._start, self._end))
        return x1, y1, x2, y2


def _moved(low: float, high: float, by: float, end_only: bool) -> tuple[float, float]:
    """Both ends or the second, as far as the picture and the least size allow."""
    if end_only:
        return low, min(max(high + by, low + LEAST_SHARE), 1.0)
    by = min(max(by, -low), 1 - high)
    return low + by, high + by


def _share(value: float, whole: float) -> float:
    return round(min(max(value / whole, 0.0), 1.0), 4)
