"""Looks for people in a part of the picture only."""

from dataclasses import replace

import numpy as np

from core.run.stages import Estimator
from core.types import Frame, PoseBatch

Region = tuple[float, float, float, float]  # x1, y1, x2, y2 as shares of width and height


class RegionEstimator:
    """Hands the network a cut-out, which it then sees larger; poses are in frame pixels.

    `region` may be replaced while running; None is the whole picture.
    """

    def __init__(self, estimate: Estimator, region: Region | None = None) -> None:
        self.estimate = estimate
        self.region = region

    def __call__(self, frame: Frame) -> PoseBatch:
        """Everyone found in the region."""
        region = self.region
        if region is None:
            return self.estimate(frame)
        left, top, right, bottom = pixels_of(region, frame.size)
        cut = np.ascontiguousarray(frame.rgb[top:bottom, left:right])
        poses = self.estimate(replace(frame, picture=cut))
        shift = np.array([left, top], np.float32)
        return PoseBatch(
            poses.boxes + np.tile(shift, 2),
            poses.scores,
            poses.keypoints + shift,
            poses.keypoint_scores,
        )


def check_region(region: Region) -> None:
    """Raises ValueError for shares that are no part of a picture."""
    x1, y1, x2, y2 = region
    if not (0 <= x1 < x2 <= 1 and 0 <= y1 < y2 <= 1):
        raise ValueError(
            f"region must be x1, y1, x2, y2 between 0 and 1, with x1 < x2 and y1 < y2, got {region}"
        )


def pixels_of(region: Region, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The region in a picture of `size` (width, height), at least one pixel large."""
    width, height = size
    left = min(round(region[0] * width), width - 1)
    top = min(round(region[1] * height), height - 1)
    return (
        left,
        top,
        max(left + 1, round(region[2] * width)),
        max(top + 1, round(region[3] * height)),
    )
