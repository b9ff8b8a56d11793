"""Skeletons, boxes, ids and trails on the frames of a video file."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from core.palette import track_rgb
from core.skeleton import COCO_17, Skeleton
from core.tracks.trails import Trails
from core.types import FloatArray, FrameResult, PoseBatch

Colour = tuple[int, int, int]

_DARK: Colour = (16, 18, 22)
_LIGHT: Colour = (245, 247, 250)
_FONT = cv2.FONT_HERSHEY_DUPLEX
_BITS = 4  # of a pixel: cv2 takes coordinates as integers


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """What an annotated video shows."""

    keypoint_threshold: float = 0.3  # weaker keypoints are not drawn
    boxes: bool = True
    ids: bool = True
    trail_s: float = 2.0  # length of the trails; 0 draws none
    line_scale: float = 1.0  # widths follow the picture's size, times this

    def __post_init__(self) -> None:
        if not 0 <= self.keypoint_threshold <= 1:
            raise ValueError(f"keypoint_threshold must be in [0, 1], got {self.keypoint_threshold}")
        if self.trail_s < 0:
            raise ValueError(f"trail_s must not be negative, got {self.trail_s}")
        if not 0 < self.line_scale <= 10:
            raise ValueError(f"line_scale must be in (0, 10], got {self.line_scale}")


class Annotator:
    """Draws results, frame after frame; the trails make it remember."""

    def __init__(self, settings: DrawSettings | None = None, skeleton: Skeleton = COCO_17) -> None:
        self._settings = settings or DrawSettings()
        self._skeleton = skeleton
        self._trails = Trails(self._settings.trail_s)

    def __call__(self, result: FrameResult) -> NDArray[np.uint8]:
        """A copy of the frame, RGB (H, W, 3), with everyone who was seen in it."""
        settings = self._settings
        image = result.frame.rgb.copy()
        tracks = result.tracks[result.tracks.observed]
        width = max(1, round(settings.line_scale * min(result.frame.size) / 270))
        ids = tracks.ids.tolist()
        if settings.trail_s > 0:
            self._trails.add(tracks, result.frame.time_s)
            for track_id, points in self._trails.positions().items():
                _trail(image, points, track_rgb(track_id), width)
        for row, track_id in enumerate(ids):
            colour = track_rgb(track_id)
            box = tracks.poses.boxes[row]
            # Far people keep their shape: their lines are thinner than those of near ones.
            own_width = max(1, min(width, round(float(box[3] - box[1]) / 60)))
            if settings.boxes:
                cv2.rectangle(image, *_corners(box), colour, max(1, own_width // 2), cv2.LINE_AA)
            self._draw_pose(image, tracks.poses, row, colour, own_width)
        if settings.ids:
            for row, track_id in enumerate(ids):
                _label(image, str(track_id), tracks.poses.boxes[row], track_rgb(track_id), width)
        return image

    def _draw_pose(
        self, image: NDArray[np.uint8], poses: PoseBatch, row: int, colour: Colour, width: int
    ) -> None:
        scores = poses.keypoint_scores[row]
        seen = (scores > 0) & (scores >= self._settings.keypoint_threshold)
        points = _fixed(poses.keypoints[row])
        limbs = [(a, b) for a, b in self._skeleton.limbs if seen[a] and seen[b]]
        for shade, thickness in ((_DARK, width + 2), (colour, width)):
            for a, b in limbs:
                cv2.line(image, points[a], points[b], shade, thickness, cv2.LINE_AA, _BITS)
        radius = (width + 1) << _BITS
        for index in np.flatnonzero(seen).tolist():
            cv2.circle(image, points[index], radius, _DARK, -1, cv2.LINE_AA, _BITS)
            cv2.circle(image, points[index], radius * 2 // 3, _LIGHT, -1, cv2.LINE_AA, _BITS)


def _fixed(points: FloatArray) -> list[tuple[int, int]]:
    """Pixels -> cv2's whole numbers of 1/16 pixel, kept from overflowing."""
    scaled = np.clip(np.nan_to_num(points), -1e5, 1e5) * (1 << _BITS)
    return [(x, y) for x, y in scaled.round().astype(int).tolist()]


def _corners(box: FloatArray) -> tuple[tuple[int, int], tuple[int, int]]:
    x1, y1, x2, y2 = np.clip(np.nan_to_num(box), -1e5, 1e5).round().astype(int).tolist()
    return (x1, y1), (x2, y2)


def _trail(image: NDArray[np.uint8], points: FloatArray, colour: Colour, width: int) -> None:
    """A line that grows from thin and dark, long ago, to full width and colour, now."""
    fixed = _fixed(points)
    for age, (start, end) in enumerate(pairwise(fixed), start=1):
        share = age / len(fixed)
        shade = tuple(round(channel * (0.35 + 0.65 * share)) for channel in colour)
        thickness = max(1, round(width * share))
        cv2.line(image, start, end, shade, thickness, cv2.LINE_AA, _BITS)


def _label(
    image: NDArray[np.uint8], text: str, box: FloatArray, colour: Colour, width: int
) -> None:
    """A number on a plate above the box, or inside it at the picture's upper edge."""
    scale = 0.28 + 0.14 * width
    (text_width, text_height), _ = cv2.getTextSize(text, _FONT, scale, 1)
    margin = width + 2
    (left, top), _ = _corners(box)
    plate_height = text_height + 2 * margin
    left = min(max(left, 0), max(0, image.shape[1] - text_width - 2 * margin))
    top = max(top - plate_height, 0)
    right, bottom = left + text_width + 2 * margin, top + plate_height
    cv2.rectangle(image, (left, top), (right, bottom), colour, -1)
    origin = (left + margin, bottom - margin)
    cv2.putText(image, text, origin, _FONT, scale, _DARK, max(1, width // 2), cv2.LINE_AA)
