"""Where people have been during the last seconds."""

from collections import deque

import numpy as np

from core.types import FloatArray, Tracks


class Trails:
    """Positions of each person's feet (the middle of the box's lower edge) over `length_s`."""

    def __init__(self, length_s: float = 2.0, most: int = 256) -> None:
        self._length_s = length_s
        self._most = most
        self._points: dict[int, deque[tuple[float, float, float]]] = {}

    def add(self, tracks: Tracks, time_s: float) -> None:
        """Take in a frame; a step back in time begins anew."""
        newest = max((points[-1][0] for points in self._points.values() if points), default=time_s)
        if time_s < newest:
            self._points.clear()
        for track_id, box in zip(tracks.ids, tracks.poses.boxes, strict=True):
            points = self._points.setdefault(int(track_id), deque(maxlen=self._most))
            points.append((time_s, float(box[0] + box[2]) / 2, float(box[3])))
        for track_id, points in list(self._points.items()):
            while points and points[0][0] < time_s - self._length_s:
                points.popleft()
            if not points:
                del self._points[track_id]

    def positions(self) -> dict[int, FloatArray]:
        """id -> (n, 2) px, oldest first."""
        return {
            track_id: np.array([point[1:] for point in points], np.float32)
            for track_id, points in self._points.items()
        }
