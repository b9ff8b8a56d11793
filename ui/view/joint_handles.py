"""Handles on the keypoints of one person: painted over the picture, dragged with the mouse."""

import math
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from core.tracks.edits.log import HIDDEN
from core.types import PoseBatch, Tracks
from ui.look.colours import side_colour
from ui.view.overlay import Scene
from ui.view.viewport import Viewport

REACH = 11.0  # widget points around a keypoint in which the mouse takes it
LEAST_DRAG = 3.0  # widget points; less was a click
_RADIUS = 4.5
_SURE = 0.5  # below, a keypoint that the network found is paler
_EDGE = QColor(0, 0, 0, 190)
_CHOSEN = QColor("#ffd54a")
_ABSENT = QColor(190, 195, 205, 170)

Place = tuple[float, float]  # picture px


class JointHandles:
    """Whose keypoints can be taken, which is chosen, and where one is being dragged."""

    def __init__(self) -> None:
        self.track_id: int | None = None  # None: there are no handles
        self.joint: int | None = None
        self._pressed: QPointF | None = None  # widget
        self._place: Place | None = None  # of the chosen keypoint while it is dragged, and after

    @property
    def dragging(self) -> bool:
        """Whether a keypoint follows the mouse."""
        return self._pressed is not None

    def press(self, viewport: Viewport, tracks: Tracks, at: QPointF) -> bool:
        """Take the keypoint under a point of the widget. -> whether there is one"""
        row = self._row(tracks)
        if row is None:
            return False
        points = viewport.to_widget(tracks.poses.keypoints[row])
        distances = np.hypot(points[:, 0] - at.x(), points[:, 1] - at.y())
        distances[~np.isfinite(distances)] = math.inf
        # Those that are seen come first: absent ones may lie anywhere.
        seen = tracks.poses.keypoint_scores[row] > 0
        best = int((distances + np.where(seen, 0.0, REACH / 2)).argmin())
        if distances[best] > REACH:
            return False
        self.joint, self._pressed, self._place = best, at, None
        return True

    def move(self, viewport: Viewport, at: QPointF) -> None:
        """The chosen keypoint follows the mouse."""
        if self._pressed is None:
            return
        way = at - self._pressed
        if self._place is not None or math.hypot(way.x(), way.y()) >= LEAST_DRAG:
            x, y = viewport.to_picture(at)
            width, height = viewport.picture.width(), viewport.picture.height()
            self._place = min(max(x, 0.0), width - 1), min(max(y, 0.0), height - 1)

    def release(self) -> Place | None:
        """Let go. -> where the keypoint is now, or None if it was only chosen"""
        self._pressed = None
        return self._place

    def forget(self) -> None:
        """Show the keypoint where it really is."""
        self._place = None

    def preview(self, scene: Scene) -> Scene:
        """The scene with the dragged keypoint at its new place."""
        tracks, row = scene.tracks, self._row(scene.tracks)
        if self._place is None or self.joint is None or row is None:
            return scene
        poses = tracks.poses
        keypoints, scores = poses.keypoints.copy(), poses.keypoint_scores.copy()
        keypoints[row, self.joint] = self._place
        scores[row, self.joint] = max(float(scores[row, self.joint]), HIDDEN)
        moved = PoseBatch(poses.boxes, poses.scores, keypoints, scores)
        return replace(scene, tracks=Tracks(tracks.ids, moved, tracks.observed))

    def paint(self, painter: QPainter, viewport: Viewport, scene: Scene) -> None:
        """A ring on every keypoint: filled where seen, hollow where hidden, dotted where absent."""
        row = self._row(scene.tracks)
        if row is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        points = viewport.to_widget(scene.tracks.poses.keypoints[row])
        scores = scene.tracks.poses.keypoint_scores[row]
        names = scene.skeleton.names
        for joint in range(len(points)):
            if not np.isfinite(points[joint]).all():
                continue
            at, score = QPointF(*points[joint]), float(scores[joint])
            colour = _ABSENT if score <= 0 else side_colour(names[joint])
            painter.setPen(QPen(_EDGE, 3.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, _RADIUS, _RADIUS)
            style = Qt.PenStyle.DotLine if score <= 0 else Qt.PenStyle.SolidLine
            painter.setPen(QPen(colour, 2, style))
            filling = QColor(colour)
            hollow = score <= 0 or score == HIDDEN
            filling.setAlpha(0 if hollow else 255 if score >= _SURE else 110)
            painter.setBrush(filling)
            painter.drawEllipse(at, _RADIUS, _RADIUS)
        if self.joint is not None and np.isfinite(points[self.joint]).all():
            _paint_chosen(
                painter,
                QPointF(*points[self.joint]),
                f"{names[self.joint].replace('_', ' ')}{_state(float(scores[self.joint]))}",
            )

    def _row(self, tracks: Tracks) -> int | None:
        if self.track_id is None:
            return None
        rows = np.flatnonzero(tracks.ids == self.track_id)
        return int(rows[0]) if len(rows) else None


def _state(score: float) -> str:
    if score <= 0:
        return ", absent"
    return ", hidden" if score == HIDDEN else ""


def _paint_chosen(painter: QPainter, at: QPointF, text: str) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_EDGE, 4.5), (_CHOSEN, 2.0)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(at, _RADIUS + 4, _RADIUS + 4)
    font = QFont(painter.font())
    font.setPixelSize(12)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    rect = QRectF(0, 0, metrics.horizontalAdvance(text) + 12, metrics.height() + 4)
    rect.moveTopLeft(at + QPointF(13, 6))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(12, 14, 18, 210))
    painter.drawRoundedRect(rect, 4, 4)
    painter.setPen(_CHOSEN)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.setBrush(Qt.BrushStyle.NoBrush)
