"""Skeletons in space on their floor, turned with the mouse or the arrow keys."""

import math
from collections.abc import Mapping

import numpy as np
from PyQt6.QtCore import QEvent, QLineF, QPointF, QSize, Qt
from PyQt6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PyQt6.QtWidgets import QWidget

from core.machine import undisturbed
from core.skeleton import COCO_17
from core.space.camera import Array
from core.tracks.motion import is_known
from ui.look.colours import track_colour
from ui.look.theme import DARK, Theme

NOBODY = "Nobody is in space at this time."
HINT = "drag or arrows: turn   wheel, + −: zoom   0: as at first"
NEAREST_M = 0.2  # to the eye, of what is drawn
TURN_DEG = 5.0  # by an arrow key
ZOOM_STEP = 1.15
_START = (-60.0, 20.0, 1.0)  # azimuth and elevation in degrees, zoom
_KEYS = {
    Qt.Key.Key_Left: (-TURN_DEG, 0.0),
    Qt.Key.Key_Right: (TURN_DEG, 0.0),
    Qt.Key.Key_Up: (0.0, TURN_DEG),
    Qt.Key.Key_Down: (0.0, -TURN_DEG),
}
_ZOOMS = {
    Qt.Key.Key_Plus: ZOOM_STEP,
    Qt.Key.Key_Equal: ZOOM_STEP,
    Qt.Key.Key_Minus: 1 / ZOOM_STEP,
}


class SpaceView(QWidget):
    """A perspective drawing; the world is in metres with z up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(200, 160)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Skeletons in space")
        self._theme = DARK
        self._middle = np.array([0.0, 0.0, 0.9])
        self._reach_m = 3.0
        self.people: dict[int, Array] = {}
        self.azimuth_deg, self.elevation_deg, self.zoom = _START
        self._held: QPointF | None = None

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    def set_room(self, low: Array, high: Array) -> None:
        """What people fill, from corner to corner (3,) m: the middle of the drawing."""
        self._middle = np.array([*(low + high)[:2] / 2, 0.9])
        self._reach_m = max(1.5, float(np.linalg.norm((high - low)[:2])) / 2)
        self.reset()

    def show_people(self, people: Mapping[int, Array]) -> None:
        """By id, (K, 3) m; NaN for joints that are not known."""
        self.people = dict(people)
        listed = ", ".join(map(str, self.people))
        self.setAccessibleDescription(f"People {listed}. {HINT}" if listed else NOBODY)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.update()

    def reset(self) -> None:
        """The view as at first."""
        self.azimuth_deg, self.elevation_deg, self.zoom = _START
        self.update()

    def turn(self, azimuth_deg: float, elevation_deg: float) -> None:
        """Around the people, and higher."""
        self.azimuth_deg = (self.azimuth_deg + azimuth_deg + 180) % 360 - 180
        self.elevation_deg = min(max(self.elevation_deg + elevation_deg, -10.0), 89.0)
        self.update()

    def closer(self, factor: float) -> None:
        """Larger, or smaller below 1."""
        self.zoom = min(max(self.zoom * factor, 0.2), 12.0)
        self.update()

    def placed(self, points: Array) -> Array:
        """(..., 2) points of the widget where (..., 3) m are drawn; NaN behind the eye."""
        turn, tilt = math.radians(self.azimuth_deg), math.radians(self.elevation_deg)
        away = np.array(
            [math.cos(tilt) * math.cos(turn), math.cos(tilt) * math.sin(turn), math.sin(tilt)]
        )
        right = np.array([-math.sin(turn), math.cos(turn), 0.0])
        axes = np.stack([right, np.cross(away, right), -away])
        distance_m = 3.2 * self._reach_m + 1.5
        local = (points - self._middle - distance_m * away) @ axes.T
        depth = np.where(local[..., 2:] > NEAREST_M, local[..., 2:], np.nan)
        size = 1.7 * self.zoom * min(self.width(), 1.4 * self.height())
        across = local[..., :2] / depth * np.array([size, -size])
        middle: Array = across + np.array([self.width() / 2, self.height() / 2])
        return middle

    @undisturbed()
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.stage))
        self._draw_floor(painter)
        for person, points in self.people.items():
            self._draw_person(painter, person, points)
        painter.setPen(QColor(self._theme.muted))
        space = self.rect().adjusted(8, 6, -8, -6)
        bottom = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter
        painter.drawText(space, bottom | Qt.TextFlag.TextWordWrap, HINT)
        if not self.people:
            painter.drawText(space, Qt.AlignmentFlag.AlignCenter, NOBODY)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _draw_floor(self, painter: QPainter) -> None:
        """Squares of a metre."""
        half = math.ceil(self._reach_m) + 1
        x, y = np.round(self._middle[:2])
        steps = np.arange(-half, half + 1)
        columns, rows = np.meshgrid(x + steps, y + steps, indexing="ij")
        at = self.placed(np.stack([columns, rows, np.zeros_like(columns)], axis=2))
        faint = QColor(self._theme.muted)
        faint.setAlphaF(0.45)
        painter.setPen(QPen(faint, 1))
        ends = np.concatenate(
            [
                np.concatenate([at[:-1], at[1:]], axis=2).reshape(-1, 4),
                np.concatenate([at[:, :-1], at[:, 1:]], axis=2).reshape(-1, 4),
            ]
        )
        for line in ends[np.isfinite(ends).all(axis=1)].tolist():
            painter.drawLine(QLineF(*line))

    def _draw_person(self, painter: QPainter, person: int, points: Array) -> None:
        at = self.placed(points)
        known = is_known(at)
        if not known.any():
            return
        colour = track_colour(person)
        pen = QPen(colour, 3)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for first, second in COCO_17.limbs:
            if known[first] and known[second]:
                painter.drawLine(QPointF(*at[first].tolist()), QPointF(*at[second].tolist()))
        painter.setPen(QPen(QColor(self._theme.stage), 1))
        painter.setBrush(colour)
        for x, y in at[known].tolist():
            painter.drawEllipse(QPointF(x, y), 3.5, 3.5)
        painter.setPen(QColor(self._theme.text))
        top = at[known][at[known][:, 1].argmin()]
        painter.drawText(QPointF(top[0] + 8, top[1] - 8), str(person))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and self._held is not None:
            by = event.position() - self._held
            self._held = event.position()
            self.turn(-0.4 * by.x(), 0.4 * by.y())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        self.reset()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            self.closer(ZOOM_STEP ** (event.angleDelta().y() / 120))

    def event(self, event: QEvent | None) -> bool:
        # While the drawing has the focus its keys are its own, not commands of the window.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if plain and event.key() in (*_KEYS, *_ZOOMS, Qt.Key.Key_0):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        key = Qt.Key(event.key())
        if key in _KEYS:
            self.turn(*_KEYS[key])
        elif key in _ZOOMS:
            self.closer(_ZOOMS[key])
        elif key == Qt.Key.Key_0:
            self.reset()
        else:
            super().keyPressEvent(event)
