"""Photos instead of a film: no tracking, everyone in every picture is somebody new."""

import numpy as np
from numpy.typing import NDArray

from core.types import CameraMotion, Looks, Picture, PoseBatch, Sight, Tracks


class EachAlone:
    """In place of a tracker: ids go up from picture to picture, and nobody has one twice."""

    def __init__(self) -> None:
        self._last_id = 0

    def see(self, picture: NDArray[np.uint8] | Picture, poses: PoseBatch) -> Sight:
        """No picture says anything about another one."""
        return Sight()

    def moved(self, camera: CameraMotion) -> None:
        """Not from one picture to the next."""

    def update(self, poses: PoseBatch, time_s: float, looks: Looks | None = None) -> Tracks:
        """Everyone in the picture, best first."""
        ids = self._last_id + 1 + np.arange(len(poses), dtype=np.int64)
        self._last_id += len(poses)
        return Tracks(ids, poses, np.ones(len(poses), np.bool_))

    def expected(self, time_s: float, picture: NDArray[np.uint8] | Picture | None = None) -> Tracks:
        """Nobody is expected in a picture that was not looked at."""
        return Tracks.empty()
