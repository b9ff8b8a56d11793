"""Camera motion from the picture: sparse optical flow of the background."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, Picture
from trackers.small_grey import small_grey

WIDTH = 320  # px, about the width of the picture in which flow is looked for
CORNERS = 150  # points followed
LEAST_CORNERS = 12  # fewer say nothing
CHANGED = 12  # grey levels by which a moving edge changes a pixel
CHANGED_SHARE = 0.02  # of the background; less is a still camera and noise
LEAST_MOVE = 0.3  # px of the small picture, at its corners


class CameraFlow:
    """Compares each picture with the one before."""

    def __init__(self) -> None:
        self._grey: NDArray[np.uint8] | None = None
        self._people = np.zeros((0, 4), np.float32)

    def follow(
        self, picture: NDArray[np.uint8] | Picture, boxes: FloatArray
    ) -> NDArray[np.float64] | None:
        """The warp (2, 3) from pixels of the last picture to this one, None for a still camera.

        A picture is RGB (H, W, 3) or gives its brightness, `boxes` (N, 4) are the people in it,
        who do not belong to the background.
        A turn, a zoom and a shift are told apart; RANSAC leaves out what moves by itself.
        """
        small, step = small_grey(picture, WIDTH)
        grey = cv2.blur(small, (3, 3)).astype(np.uint8, copy=False)
        before, people = self._grey, self._people
        self._grey, self._people = grey, boxes / np.float32(step)
        if before is None or before.shape != grey.shape:
            return None
        background = np.full(grey.shape, 255, np.uint8)
        for box in np.concatenate([people, self._people]):
            x1, y1, x2, y2 = (max(0, int(value)) for value in box.tolist())
            background[y1 : y2 + 1, x1 : x2 + 1] = 0
        changed = (cv2.absdiff(grey, before) > CHANGED) & (background > 0)
        if changed.sum() < CHANGED_SHARE * np.count_nonzero(background):
            return None
        warp = _flow(before, grey, background)
        if warp is not None:
            warp[:, 2] *= step
        return warp


def _flow(
    before: NDArray[np.uint8], grey: NDArray[np.uint8], background: NDArray[np.uint8]
) -> NDArray[np.float64] | None:
    corners: Any = cv2.goodFeaturesToTrack(before, CORNERS, 0.01, 7, mask=background)
    if corners is None or len(corners) < LEAST_CORNERS:
        return None
    moved, found, _ = cv2.calcOpticalFlowPyrLK(before, grey, corners, np.empty_like(corners))
    kept = found.ravel() > 0
    if kept.sum() < LEAST_CORNERS:
        return None
    fit: tuple[Any, Any] = cv2.estimateAffinePartial2D(
        corners[kept], moved[kept], method=cv2.RANSAC, ransacReprojThreshold=1.0
    )
    warp, inliers = fit
    if warp is None or inliers.mean() < 0.5:
        return None
    height, width = grey.shape
    ends = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    moves = ends @ warp[:, :2].T + warp[:, 2] - ends
    return np.asarray(warp, np.float64) if np.abs(moves).max() >= LEAST_MOVE else None
