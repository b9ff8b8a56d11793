"""Left and right of a limb exchanged in one camera: found because the other cameras disagree."""

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton
from core.space.camera import Array
from core.space.triangulate import residuals_of

_FARTHEST_MRAD = 60.0  # a joint speaks at most this loudly
_SIGMAS_SQUARED = 2.0  # a joint must gain this on average
_LONGEST_BLINK = 2  # times; shorter exchanges are noise
_LIMBS = (
    ("left_elbow", "left_wrist"),
    ("left_knee", "left_ankle"),
    ("left_shoulder", "left_elbow", "left_wrist"),
    ("left_hip", "left_knee", "left_ankle"),
    ("left_shoulder", "left_elbow", "left_wrist", "left_hip", "left_knee", "left_ankle"),
)


def exchanges(
    projections: Array,
    points: Array,
    rays: Array,
    noise_mrad: Array,
    ids: NDArray[np.int64],
    skeleton: Skeleton,
) -> NDArray[np.intp]:
    """(C, R, K) which joint of the view each joint really is: its own index, or its mirror's.

    `points` (R, K, 3) are from all cameras, `rays` (C, R, K, 2), `noise_mrad` (C, K), rows in order
    of time. A limb is exchanged where that fits better for more than two times on end.
    """
    cameras, rows, joints = rays.shape[:3]
    order = np.broadcast_to(np.arange(joints), (cameras, rows, joints)).copy()
    for limb in _LIMBS:
        if not set(limb) <= set(skeleton.names):
            continue
        left = np.array([skeleton.names.index(name) for name in limb])
        both = np.concatenate([left, skeleton.flip[left]])
        mirror = skeleton.flip[both]
        for camera in range(cameras):
            as_is = _loss(projections[camera], points[:, both], rays[camera][:, both])
            swapped = _loss(projections[camera], points[:, both], rays[camera][:, mirror])
            known = np.isfinite(as_is) & np.isfinite(swapped)
            gain = np.where(known, as_is - swapped, 0) / noise_mrad[camera, both] ** 2
            count = known.sum(axis=1)
            better = (count >= 2) & (gain.sum(axis=1) > _SIGMAS_SQUARED * np.maximum(count, 1))
            for person in np.unique(ids):
                own = np.flatnonzero(ids == person)
                for start, stop in _runs(better[own]):
                    if stop - start > _LONGEST_BLINK:
                        order[camera, own[start:stop, None], both] = mirror
    return order


def _loss(projection: Array, points: Array, rays: Array) -> Array:
    """(R, J) squared mrad."""
    error = residuals_of(projection[None], points.reshape(-1, 3), rays.reshape(1, -1, 2))
    squared: Array = np.minimum(error, _FARTHEST_MRAD).reshape(points.shape[:2]) ** 2
    return squared


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and stop of each stretch of True."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True))
