"""What people wear: colour histograms of torso and legs, to know someone again after long."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from trackers.track import Sighting

# Corners of a part in COCO-17 keypoints, and its share of the box (x1, y1, x2, y2) without them.
PARTS = (
    ((5, 6, 11, 12), (0.3, 0.2, 0.7, 0.5)),
    ((11, 12, 15, 16), (0.3, 0.55, 0.7, 0.95)),
)
SEEN = 0.3  # keypoint score
HUES, SATURATIONS, VALUES = 12, 4, 4
LENGTH = len(PARTS) * (HUES * SATURATIONS + VALUES)
SIDE = 24  # px, at most so many pixels a side are read


def describe(rgb: NDArray[np.uint8], seen: Sighting) -> FloatArray | None:
    """The square roots of the two parts' colour shares, (LENGTH,) with length 1, or None.

    The dot product of two descriptions is their Bhattacharyya coefficient, in [0, 1]. None where
    a part lies outside of the picture (H, W, 3) or is too small to have a colour.
    """
    histograms = []
    for corners, share in PARTS:
        pixels = _pixels(rgb, _area(seen, corners, share))
        if pixels is None:
            return None
        hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).reshape(-1, 3).astype(np.intp)
        hue, saturation = hsv[:, 0] * HUES // 180, hsv[:, 1] * SATURATIONS // 256
        # The hue of a grey pixel is noise, its brightness is not.
        colour = np.bincount(
            hue * SATURATIONS + saturation, hsv[:, 1] / 255, minlength=HUES * SATURATIONS
        )
        grey = np.bincount(hsv[:, 2] * VALUES // 256, 1 - hsv[:, 1] / 255, minlength=VALUES)
        histograms.append(np.concatenate([colour, grey]) / len(hsv))
    description: FloatArray = np.sqrt(np.concatenate(histograms) / len(PARTS)).astype(np.float32)
    return description


def _area(
    seen: Sighting, corners: tuple[int, ...], share: tuple[float, ...]
) -> NDArray[np.float64]:
    """x1, y1, x2, y2 px of a part."""
    box = seen.box.astype(np.float64)
    if len(seen.keypoint_scores) > max(corners):
        part = list(corners)
        if (seen.keypoint_scores[part] >= SEEN).all():
            points = seen.keypoints[part].astype(np.float64)
            low, high = points.min(axis=0), points.max(axis=0)
            thin = max(0.0, 0.25 * (box[2] - box[0]) - (high[0] - low[0])) / 2  # seen from a side
            return np.array([low[0] - thin, low[1], high[0] + thin, high[1]])
    area: NDArray[np.float64] = np.tile(box[:2], 2) + share * np.tile(box[2:] - box[:2], 2)
    return area


def _pixels(rgb: NDArray[np.uint8], area: NDArray[np.float64]) -> NDArray[np.uint8] | None:
    height, width = rgb.shape[:2]
    x1, x2 = np.clip(area[[0, 2]], 0, width).astype(int).tolist()
    y1, y2 = np.clip(area[[1, 3]], 0, height).astype(int).tolist()
    if x2 - x1 < 3 or y2 - y1 < 3:
        return None
    across, down = -(-(x2 - x1) // SIDE), -(-(y2 - y1) // SIDE)
    return np.ascontiguousarray(rgb[y1:y2:down, x1:x2:across])


class Wardrobe:
    """What the people of a run wore, by id; old ones are forgotten."""

    def __init__(self) -> None:
        self._looks: dict[int, FloatArray] = {}
        self._looked_s: dict[int, float] = {}

    def due(self, track_id: int, time_s: float, every_s: float) -> bool:
        """Whether it is time for another look at someone."""
        return time_s - self._looked_s.get(track_id, -np.inf) >= every_s

    def add(self, track_id: int, look: FloatArray, time_s: float) -> None:
        """Take in a description; the earlier ones fade by a fifth."""
        old = self._looks.get(track_id)
        mixed = look if old is None else 0.8 * old + 0.2 * look
        self._looks[track_id] = (mixed / np.linalg.norm(mixed)).astype(np.float32)
        self._looked_s[track_id] = time_s

    def forget(self, before_s: float) -> None:
        """Drop those last looked at before."""
        for track_id in [i for i, seen_s in self._looked_s.items() if seen_s < before_s]:
            del self._looks[track_id], self._looked_s[track_id]

    def recognise(
        self, look: FloatArray, absent: set[int], least: float, margin: float
    ) -> int | None:
        """Who of the absent looks like this: like enough, and clearly more than any other."""
        likeness = sorted((-float(self._looks[i] @ look), i) for i in self._looks if i in absent)
        if not likeness or -likeness[0][0] < least:
            return None
        if len(likeness) > 1 and likeness[1][0] - likeness[0][0] < margin:
            return None
        return likeness[0][1]

    @property
    def ids(self) -> set[int]:
        """Everyone whose look is known."""
        return set(self._looks)
