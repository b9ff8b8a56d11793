"""Draws people over a picture: the same code for the screen, snapshots and exported video."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from core.skeleton import Skeleton
from core.types import FloatArray, FrameResult, Tracks, skeleton_of_tracks
from ui.look.colours import ColourBy, confidence_colour, side_colour, track_colour

Place = Callable[[NDArray[np.floating]], NDArray[np.float64]]  # picture px -> painter units

_SHADOW = QColor(0, 0, 0, 150)
_JOINT = QColor("white")
_TRAIL_STEPS = 4


@dataclass(frozen=True, slots=True)
class OverlayStyle:
    """What is drawn over the picture."""

    skeletons: bool = True
    boxes: bool = False
    ids: bool = True
    names: bool = True
    trails: bool = False
    confidence: bool = False  # joints coloured by their score, and the person's score as text
    colour_by: ColourBy = "track"
    least_score: float = 0.3  # joints below are not drawn


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Who is in the picture, and what is known about them."""

    tracks: Tracks
    trails: Mapping[int, FloatArray] = field(default_factory=dict)  # id -> (n, 2) px, oldest first
    names: Mapping[int, str] = field(default_factory=dict)
    selected: int | None = None
    hidden: frozenset[int] = frozenset()
    named: Skeleton | None = None  # where the network says which it finds

    @property
    def skeleton(self) -> Skeleton:
        """Of the tracks: the network's, else the usual one of as many keypoints."""
        return skeleton_of_tracks(self.tracks, self.named)


def scene_of_result(result: FrameResult) -> Scene:
    """The people of a frame, of whom nothing more is known."""
    return Scene(result.tracks, named=result.named)


def draw_people(
    painter: QPainter,
    scene: Scene,
    style: OverlayStyle,
    place: Place,
    height: float,
) -> None:
    """Draw a scene. `place` maps picture pixels to the painter; `height` is the shown picture's."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = line_width(height)
    tracks = scene.tracks
    skeleton = scene.skeleton
    for row in range(len(tracks)):
        track_id = int(tracks.ids[row])
        if track_id in scene.hidden:
            continue
        painter.setOpacity(1.0 if tracks.observed[row] else 0.45)
        colour = track_colour(track_id)
        chosen = track_id == scene.selected
        if style.trails and track_id in scene.trails:
            _draw_trail(painter, place(scene.trails[track_id]), colour, width)
        box = place(tracks.poses.boxes[row].reshape(2, 2))
        if style.boxes or chosen:
            _draw_box(painter, box, colour, width * (1.5 if chosen else 1.0))
        if style.skeletons:
            points = place(tracks.poses.keypoints[row])
            scores = tracks.poses.keypoint_scores[row]
            _draw_skeleton(painter, points, scores, style, colour, width, skeleton)
        text = _label(scene, style, track_id, float(tracks.poses.scores[row]))
        if text:
            _draw_label(painter, box, text, colour, height)
    painter.setOpacity(1.0)


def line_width(height: float) -> float:
    """The width of a limb for a picture shown `height` high: it grows with the picture."""
    return min(max(height / 220, 1.6), 7.0)


def _label(scene: Scene, style: OverlayStyle, track_id: int, score: float) -> str:
    parts = []
    if style.ids:
        parts.append(f"{track_id}")
    if style.names and scene.names.get(track_id):
        parts.append(scene.names[track_id])
    if style.confidence:
        parts.append(f"{score:.2f}")
    return "  ".join(parts)


def _draw_skeleton(
    painter: QPainter,
    points: NDArray[np.float64],
    scores: FloatArray,
    style: OverlayStyle,
    colour: QColor,
    width: float,
    skeleton: Skeleton,
) -> None:
    seen = (scores >= max(style.least_score, 1e-6)).tolist()
    by_side = style.colour_by == "side"
    places, names = points.tolist(), skeleton.names
    lines = [
        (QLineF(*places[a], *places[b]), side_colour(names[a], names[b]) if by_side else colour)
        for a, b in skeleton.limbs
        if seen[a] and seen[b]
    ]
    # A dark edge first: limbs stay visible on any shirt. Joints cover the flat ends of limbs; Qt
    # would fill round ones as paths, which takes half as long again.
    painter.setPen(_flat_pen(_SHADOW, width * 1.9))
    for line, _ in lines:
        painter.drawLine(line)
    for line, limb_colour in lines:
        painter.setPen(_flat_pen(limb_colour, width))
        painter.drawLine(line)
    # Two filled discs: an outline is costly.
    joints = [(joint, QPointF(*places[joint])) for joint in range(len(places)) if seen[joint]]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_SHADOW)
    for _, centre in joints:
        painter.drawEllipse(centre, width * 1.3, width * 1.3)
    for joint, centre in joints:
        painter.setBrush(_joint_colour(style, float(scores[joint]), names[joint]))
        painter.drawEllipse(centre, width * 0.9, width * 0.9)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _joint_colour(style: OverlayStyle, score: float, name: str) -> QColor:
    if style.confidence:
        return confidence_colour(score)
    return side_colour(name) if style.colour_by == "side" else _JOINT


def _draw_box(painter: QPainter, box: NDArray[np.float64], colour: QColor, width: float) -> None:
    rect = QRectF(QPointF(*box[0]), QPointF(*box[1])).normalized()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_SHADOW, width * 1.4))
    painter.drawRoundedRect(rect, width * 2, width * 2)
    painter.setPen(QPen(colour, width * 0.8))
    painter.drawRoundedRect(rect, width * 2, width * 2)


def _draw_trail(
    painter: QPainter, points: NDArray[np.float64], colour: QColor, width: float
) -> None:
    edges = np.linspace(0, len(points), _TRAIL_STEPS + 1).astype(int)
    for step, (start, end) in enumerate(itertools.pairwise(edges)):
        part = points[max(0, start - 1) : end]
        if len(part) < 2:
            continue
        faded = QColor(colour)
        faded.setAlphaF((step + 1) / _TRAIL_STEPS * 0.85)
        painter.setPen(_pen(faded, width * 0.9))
        painter.drawPolyline(QPolygonF([QPointF(*point) for point in part]))


def _draw_label(
    painter: QPainter, box: NDArray[np.float64], text: str, colour: QColor, height: float
) -> None:
    font = QFont(painter.font())
    font.setPixelSize(round(min(max(height / 38, 11.0), 26.0)))
    font.setBold(True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    pad = metrics.height() * 0.22
    rect = metrics.boundingRect(text).adjusted(-2 * pad, -pad, 2 * pad, pad)
    left, top = float(box[:, 0].min()), float(box[:, 1].min())
    rect.moveBottomLeft(QPointF(left, top - pad))
    if rect.top() < painter.viewport().top():
        rect.moveTop(max(top + pad, 0.0))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(rect, pad, pad)
    painter.setPen(QColor("#10141a"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _flat_pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(
        colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )
