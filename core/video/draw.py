"""Skeletons, boxes, ids and trails on the frames of a video file."""

from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from core.palette import track_rgb
from core.skeleton import COCO_17, Skeleton
from core.tracks.trails import Trails
from core.types import FloatArray, FrameResult, PoseBatch
from core.video.canvas import FONT, Canvas, Colour

_DARK: Colour = (16, 18, 22)
_LIGHT: Colour = (245, 247, 250)
_TRAIL_STEPS = 5  # shades of a trail
_TRAIL_POINTS = 25  # at most


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
        self._limbs = np.array(skeleton.limbs, np.intp)  # (L, 2)
        self._trails = Trails(self._settings.trail_s)
        self._drawn: NDArray[np.uint8] | av.VideoFrame | None = None  # its memory serves again

    def __call__(self, result: FrameResult) -> NDArray[np.uint8] | av.VideoFrame:
        """A copy of the frame with everyone who was seen in it, as a VideoWriter takes it.

        That is RGB (H, W, 3), or the planes of a decoded picture; the next call may draw over it.
        """
        settings = self._settings
        canvas = Canvas(result.frame, self._drawn)
        tracks = result.tracks[result.tracks.observed]
        width = max(1, round(settings.line_scale * min(result.frame.size) / 270))
        ids = tracks.ids.tolist()
        if settings.trail_s > 0:
            self._trails.add(tracks, result.frame.time_s)
            for track_id, points in self._trails.positions().items():
                _trail(canvas, points, track_rgb(track_id), width)
        for row, track_id in enumerate(ids):
            colour = track_rgb(track_id)
            box = tracks.poses.boxes[row]
            # Far people keep their shape: their lines are thinner than those of near ones.
            own_width = max(1, min(width, round(float(box[3] - box[1]) / 60)))
            if settings.boxes:
                canvas.rectangle(box.reshape(2, 2).round(), colour, max(1, own_width // 2))
            self._draw_pose(canvas, tracks.poses, row, colour, own_width)
        if settings.ids:
            for row, track_id in enumerate(ids):
                _label(canvas, str(track_id), tracks.poses.boxes[row], track_rgb(track_id), width)
        self._drawn = canvas.result
        return canvas.result

    def _draw_pose(
        self, canvas: Canvas, poses: PoseBatch, row: int, colour: Colour, width: int
    ) -> None:
        scores = poses.keypoint_scores[row]
        seen = (scores > 0) & (scores >= self._settings.keypoint_threshold)
        points = poses.keypoints[row]
        limbs = self._limbs[seen[self._limbs].all(axis=1)]
        if len(limbs):
            canvas.lines(points[limbs], _DARK, width + 2)
            canvas.lines(points[limbs], colour, width)
        if seen.any():
            canvas.dots(points[seen], _DARK, 2 * width + 3)
            canvas.dots(points[seen], _LIGHT, round((2 * width + 3) * 2 / 3))


def _trail(canvas: Canvas, points: FloatArray, colour: Colour, width: int) -> None:
    if len(points) > _TRAIL_POINTS:
        points = points[np.linspace(0, len(points) - 1, _TRAIL_POINTS).round().astype(np.intp)]
    canvas.fading(points, colour, width, _TRAIL_STEPS)


def _label(canvas: Canvas, text: str, box: FloatArray, colour: Colour, width: int) -> None:
    """A number on a plate above the box, or inside it at the picture's upper edge."""
    scale = 0.28 + 0.14 * width
    (text_width, text_height), _ = cv2.getTextSize(text, FONT, scale, 1)
    margin = width + 2
    left, top = np.nan_to_num(box[:2]).round().tolist()
    plate = np.array([text_width + 2 * margin, text_height + 2 * margin], np.float32)
    left = min(max(left, 0), max(0, canvas.size[0] - float(plate[0])))
    corner = np.array([left, max(top - float(plate[1]), 0)], np.float32)
    canvas.rectangle(np.stack([corner, corner + plate]), colour, -1)
    origin = corner + np.array([margin, float(plate[1]) - margin], np.float32)
    canvas.text(text, origin, _DARK, scale, max(1, width // 2))
