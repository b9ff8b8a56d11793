"""Skeletons, boxes, ids and trails on the frames of a video file."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from core.palette import track_rgb
from core.skeleton import Skeleton, skeleton_of
from core.tracks.trails import Trails
from core.types import FloatArray, FrameResult, PoseBatch
from core.video.canvas import FONT, Canvas, Colour

_DARK: Colour = (16, 18, 22)
_LIGHT: Colour = (245, 247, 250)
_TRAIL_STEPS = 3  # shades of a trail
_TRAIL_POINTS = 13  # at most


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """What an annotated video shows."""

    # Confidence threshold of keypoints: weaker ones are not drawn (0 to 1)
    keypoint_threshold: float = 0.3
    boxes: bool = True  # Draw bounding boxes
    ids: bool = True  # Draw track ids above the boxes
    trail_s: float = 2.0  # Length of the motion trails; 0 draws none (s)
    line_scale: float = 1.0  # Factor on line widths, which follow the frame size

    def __post_init__(self) -> None:
        if not 0 <= self.keypoint_threshold <= 1:
            raise ValueError(f"keypoint_threshold must be in [0, 1], got {self.keypoint_threshold}")
        if self.trail_s < 0:
            raise ValueError(f"trail_s must not be negative, got {self.trail_s}")
        if not 0 < self.line_scale <= 10:
            raise ValueError(f"line_scale must be in (0, 10], got {self.line_scale}")


class Annotator:
    """Draws results, frame after frame; the trails make it remember."""

    def __init__(
        self, settings: DrawSettings | None = None, skeleton: Skeleton | None = None
    ) -> None:
        """Without a skeleton, limbs are those of the usual one of as many keypoints."""
        self._settings = settings or DrawSettings()
        self._skeleton = skeleton
        self._trails = Trails(self._settings.trail_s)
        self._drawn: NDArray[np.uint8] | av.VideoFrame | None = None  # its memory is reused

    def __call__(self, result: FrameResult) -> NDArray[np.uint8] | av.VideoFrame:
        """A copy of the frame with everyone who was seen in it, as a VideoWriter takes it.

        That is RGB (H, W, 3), or the planes of a decoded picture; the next call may draw over it.
        """
        settings = self._settings
        canvas = Canvas(result.frame, self._drawn)
        tracks = result.tracks[result.tracks.observed]
        width = max(1, round(settings.line_scale * min(result.frame.size) / 270))
        colours = [track_rgb(track_id) for track_id in tracks.ids.tolist()]
        if settings.trail_s > 0:
            self._trails.add(tracks, result.frame.time_s)
            for track_id, points in self._trails.positions(_TRAIL_POINTS).items():
                canvas.fading(points, track_rgb(track_id), width, _TRAIL_STEPS)
        boxes = tracks.poses.boxes
        # Far people keep their shape: their lines are thinner than those of near ones.
        widths = np.clip(((boxes[:, 3] - boxes[:, 1]) / 60).round(), 1, width).astype(np.intp)
        if settings.boxes:
            canvas.outlines(boxes.round(), colours, np.maximum(1, widths // 2))
        self._draw_poses(canvas, tracks.poses, colours, widths)
        if settings.ids:
            _label(canvas, [str(track_id) for track_id in tracks.ids], boxes, colours, width)
        self._drawn = canvas.result
        return canvas.result

    def _draw_poses(
        self, canvas: Canvas, poses: PoseBatch, colours: list[Colour], widths: NDArray[np.intp]
    ) -> None:
        """Limbs and joints; what has one colour in everybody is drawn at once."""
        scores = poses.keypoint_scores
        seen: NDArray[np.bool_] = (scores > 0) & (scores >= self._settings.keypoint_threshold)
        skeleton = self._skeleton or skeleton_of(scores.shape[1])
        ends = np.array(skeleton.limbs, np.intp).reshape(-1, 2)  # (L, 2)
        whole = seen[:, ends[:, 0]] & seen[:, ends[:, 1]]  # (N, L)
        limbs = poses.keypoints[:, ends]  # (N, L, 2, 2)
        groups = [(width, widths == width) for width in np.unique(widths).tolist()]
        for width, alike in groups:
            canvas.lines(limbs[whole & alike[:, None]], _DARK, width + 2)
        for row, (colour, width) in enumerate(zip(colours, widths.tolist(), strict=True)):
            canvas.lines(limbs[row, whole[row]], colour, width)
        for width, alike in groups:
            dots = poses.keypoints[seen & alike[:, None]]
            canvas.dots(dots, _DARK, 2 * width + 3)
            canvas.dots(dots, _LIGHT, round((2 * width + 3) * 2 / 3))


def _label(
    canvas: Canvas, texts: Sequence[str], boxes: FloatArray, colours: Sequence[Colour], width: int
) -> None:
    """Each text on a plate above its box, or inside it at the picture's upper edge."""
    scale = 0.28 + 0.14 * width
    margin = width + 2
    sizes = [_text_size(text, scale) for text in texts]
    plates = np.array(sizes, np.float32).reshape(-1, 2) + np.float32(2 * margin)
    corners = np.nan_to_num(boxes[:, :2]).round()
    corners[:, 0] = np.clip(corners[:, 0], 0, np.maximum(0, canvas.size[0] - plates[:, 0]))
    corners[:, 1] = np.maximum(corners[:, 1] - plates[:, 1], 0)
    canvas.fill(np.concatenate([corners, corners + plates], 1), colours)
    origins = corners + np.stack([np.full(len(texts), margin), plates[:, 1] - margin], 1)
    for text, origin in zip(texts, origins.astype(np.float32), strict=True):
        canvas.text(text, origin, _DARK, scale, max(1, width // 2))


@lru_cache(maxsize=1024)
def _text_size(text: str, scale: float) -> tuple[int, int]:
    (width, height), _ = cv2.getTextSize(text, FONT, scale, 1)
    return width, height
