"""Joints between two inferences, from the pictures: sparse optical flow.

Lucas-Kanade from picture to picture (Bouguet, Pyramidal implementation of the Lucas Kanade feature
tracker, 2001); a joint counts while the way back ends where it began.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, Picture, PoseBatch
from trackers.small_grey import small_grey

WIDTH = 640  # px, about the width of the picture in which flow is looked for
WINDOW = (15, 15)  # px of that picture around a joint
LEVELS = 3  # of the pyramid above it
WAY_BACK = 1.0  # px by which the way back may miss
LEAST_JOINTS = 3  # of a person, for the others to go with them

AnyPicture = NDArray[np.uint8] | Picture


class JointFlow:
    """Follows the joints of the last look through the pictures since."""

    def __init__(self) -> None:
        self._picture: AnyPicture | None = None  # of the look, until its brightness is wanted
        self._grey: NDArray[np.uint8] | None = None  # of the last picture
        self._begin: FloatArray = np.zeros((0, 0, 2), np.float32)  # px
        self._now = self._begin
        self._followed = np.zeros((0, 0), np.bool_)

    def look(self, picture: AnyPicture | None, poses: PoseBatch) -> None:
        """Begin anew: these people, (N, K) joints, were found in this picture."""
        self._picture, self._grey = picture, None
        self._begin = self._now = poses.keypoints.astype(np.float32, copy=False)
        self._followed = poses.keypoint_scores > 0

    def follow(self, picture: AnyPicture) -> tuple[FloatArray, NDArray[np.bool_]]:
        """How far each joint went since the look, (N, K, 2) px, and whether that is known (N, K).

        Joints that are lost go with the median of their person's others.
        """
        grey, step = small_grey(picture, WIDTH)
        if self._picture is not None:
            self._grey = small_grey(self._picture, WIDTH)[0]
            self._picture = None
        before, self._grey = self._grey, grey
        if before is None or before.shape != grey.shape or not self._followed.any():
            self._followed = np.zeros_like(self._followed)
            return np.zeros_like(self._begin), self._followed
        self._step(before, grey, step)
        moved = self._now - self._begin
        known = self._followed.copy()
        for shifts, followed, told in zip(moved, self._followed, known, strict=True):
            if followed.sum() >= LEAST_JOINTS:
                shifts[~followed] = np.median(shifts[followed], axis=0)
                told[:] = True
        return moved, known

    def _step(self, before: NDArray[np.uint8], grey: NDArray[np.uint8], step: int) -> None:
        """From one picture to the next."""
        rows = np.nonzero(self._followed)
        old = (self._now[rows] / np.float32(step)).reshape(-1, 1, 2)
        new, found, _ = cv2.calcOpticalFlowPyrLK(
            before, grey, old, np.empty_like(old), winSize=WINDOW, maxLevel=LEVELS
        )
        back, also, _ = cv2.calcOpticalFlowPyrLK(
            grey, before, new, np.empty_like(old), winSize=WINDOW, maxLevel=LEVELS
        )
        missed = np.linalg.norm(back - old, axis=2).ravel()
        good = (found.ravel() > 0) & (also.ravel() > 0) & (missed < WAY_BACK)
        self._followed = np.zeros_like(self._followed)
        self._followed[rows] = good
        now = self._now.copy()
        now[rows] = new.reshape(-1, 2) * step
        self._now = now
