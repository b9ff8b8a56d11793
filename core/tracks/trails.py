"""Where people have been during the last seconds."""

from collections import deque
from collections.abc import Iterable

import numpy as np

from core.types import FloatArray, Tracks

_Point = tuple[float, tuple[float, float]]  # s, px


class Trails:
    """Positions of each person's feet (the middle of the box's lower edge) over `length_s`."""

    def __init__(self, length_s: float = 2.0, most: int = 256) -> None:
        self._length_s = length_s
        self._most = most
        self._points: dict[int, deque[_Point]] = {}

    def add(self, tracks: Tracks, time_s: float) -> None:
        """Take in a frame; a step back in time begins anew."""
        newest = max((points[-1][0] for points in self._points.values() if points), default=time_s)
        if time_s < newest:
            self._points.clear()
        for track_id, box in zip(tracks.ids, tracks.poses.boxes, strict=True):
            points = self._points.setdefault(int(track_id), deque(maxlen=self._most))
            points.append((time_s, (float(box[0] + box[2]) / 2, float(box[3]))))
        for track_id, points in list(self._points.items()):
            while points and points[0][0] < time_s - self._length_s:
                points.popleft()
            if not points:
                del self._points[track_id]

    def positions(self, most: int | None = None) -> dict[int, FloatArray]:
        """id -> (n, 2) px, oldest first; at most so many, evenly chosen, both ends among them."""
        return {
            track_id: np.array([place for _, place in _chosen(points, most)], np.float32)
            for track_id, points in self._points.items()
        }


def _chosen(points: deque[_Point], most: int | None) -> Iterable[_Point]:
    if most is None or len(points) <= most:
        return points
    last = len(points) - 1
    return [points[round(n * last / (most - 1))] for n in range(most)]
