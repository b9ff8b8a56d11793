"""A crowd of known size: people who walk to and fro, cross and are missed at times."""

from collections.abc import Callable

import numpy as np

from core.run.stages import Estimator
from core.types import Frame, PoseBatch

RATE_HZ = 30.0
_HALL = np.array([1850.0, 800.0])  # px
_BODY = np.array([70.0, 190.0])  # px
_MISSED = 0.05  # share of sightings
# Somebody who stands, seen from ahead: nose, eyes, ears, arms and legs as shares of the box.
_HEAD = [(0.50, 0.09), (0.54, 0.07), (0.46, 0.07), (0.60, 0.09), (0.40, 0.09)]
_ARMS = [(0.76, 0.21), (0.24, 0.21), (0.88, 0.36), (0.12, 0.36), (0.94, 0.50), (0.06, 0.50)]
_LEGS = [(0.66, 0.52), (0.34, 0.52), (0.66, 0.74), (0.34, 0.74), (0.68, 0.96), (0.32, 0.96)]
_STANDING = np.array([*_HEAD, *_ARMS, *_LEGS])
_STRIDE = 0.06  # of the box: how far keypoints are from there in somebody who moves


def walking(people: int) -> Callable[[int], PoseBatch]:
    """Frame number -> what a network would find of so many people in a 1080p hall."""
    random = np.random.default_rng(people)
    start = random.uniform(0, 1, (people, 2)) * _HALL
    speed = random.uniform(-200, 200, (people, 2)) * (1.0, 0.3)  # px / s
    shape = _STANDING + random.normal(0, _STRIDE, (people, 17, 2))

    def poses(index: int) -> PoseBatch:
        noise = np.random.default_rng((people, index))
        way = start + speed * index / RATE_HZ
        # Walls turn people back: distance travelled, folded into the hall.
        place = _HALL - np.abs(way % (2 * _HALL) - _HALL)
        corner = place + noise.normal(0, 1.5, (people, 2))
        keypoints = corner[:, None] + shape * _BODY + noise.normal(0, 2, (people, 17, 2))
        return PoseBatch(
            np.concatenate([corner, corner + _BODY], 1).astype(np.float32),
            noise.uniform(0.6, 0.95, people).astype(np.float32),
            keypoints.astype(np.float32),
            noise.uniform(0.3, 1.0, (people, 17)).astype(np.float32),
        )[np.flatnonzero(noise.random(people) >= _MISSED)]

    return poses


class CrowdEstimator:
    """Runs a network on every frame for what it costs, and finds the crowd instead."""

    def __init__(self, estimate: Estimator, people: int) -> None:
        self._estimate = estimate
        self._poses = walking(people)

    def __call__(self, frame: Frame) -> PoseBatch:
        """The crowd of this frame."""
        self._estimate(frame)
        return self._poses(frame.index)
