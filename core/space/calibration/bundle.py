"""Bundle adjustment: cameras and points moved together until all rays fit best.

Soft L1 keeps single wrong observations from pulling (with Huber's loss SciPy's solver does not
leave its start).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.sparse import coo_matrix

from core.space.camera import Array, rotation_of, vector_of

_KINK_MRAD = 3.0
_MOST_STEPS = 200


def adjusted(
    rotations: Array,
    translations: Array,
    points: Array,
    seen: tuple[NDArray[np.intp], NDArray[np.intp], Array, Array],
) -> tuple[Array, Array, Array, float]:
    """Rotations (C, 3, 3), translations (C, 3), points (N, 3), and the median residual in mrad.

    `seen` is the camera (M,) and point (M,) of each observation, its direction (M, 2), and its
    weight (M,). The first camera stays where it is, and so does the distance of the second.
    """
    cameras, joints, rays, weights = seen
    count = len(rotations)
    vectors = np.stack([vector_of(rotation) for rotation in rotations])
    start = np.concatenate([np.hstack([vectors, translations])[1:].ravel(), points.ravel()])
    free = 6 * (count - 1)
    baseline = float(
        np.linalg.norm(translations[1] - rotations[1] @ rotations[0].T @ translations[0])
    )
    root = np.sqrt(weights)[:, None]

    def unpacked(values: Array) -> tuple[Array, Array, Array]:
        poses = values[:free].reshape(-1, 6)
        turns = np.stack([rotations[0], *(rotation_of(pose[:3]) for pose in poses)])
        shifts = np.concatenate([translations[:1], poses[:, 3:]])
        return turns, shifts, values[free:].reshape(-1, 3)

    def misfit(values: Array) -> Array:
        turns, shifts, places = unpacked(values)
        local = np.einsum("mij,mj->mi", turns[cameras], places[joints]) + shifts[cameras]
        depth = np.maximum(local[:, 2:], 1e-3 * baseline)
        return np.ravel((local[:, :2] / depth - rays) * 1000 * root)

    found = least_squares(
        misfit,
        start,
        jac_sparsity=_pattern(cameras, joints, count, len(points)),
        loss="soft_l1",
        f_scale=_KINK_MRAD,
        x_scale="jac",
        max_nfev=_MOST_STEPS,
        ftol=1e-7,
    )
    turns, shifts, places = unpacked(found.x)
    # Nothing holds the scale of the world: bring the second camera back to its distance.
    centres = [-turn.T @ shift for turn, shift in zip(turns[:2], shifts[:2], strict=True)]
    first = -rotations[0].T @ translations[0]
    grow = baseline / max(float(np.linalg.norm(centres[1] - centres[0])), 1e-12)
    places = first + grow * (places - first)
    all_centres = np.stack([-turn.T @ shift for turn, shift in zip(turns, shifts, strict=True)])
    all_centres = first + grow * (all_centres - first)
    shifts = np.stack([-turn @ centre for turn, centre in zip(turns, all_centres, strict=True)])
    off = np.linalg.norm(misfit(found.x).reshape(-1, 2) / root, axis=1)
    return turns, shifts, places, float(np.median(off))


def _pattern(
    cameras: NDArray[np.intp], joints: NDArray[np.intp], count: int, points: int
) -> coo_matrix:
    """Which value moves which residual."""
    free = 6 * (count - 1)
    rows, columns = [], []
    observation = np.arange(len(cameras))
    moving = cameras > 0
    for part in range(6):
        for axis in range(2):
            rows.append(2 * observation[moving] + axis)
            columns.append(6 * (cameras[moving] - 1) + part)
    for part in range(3):
        for axis in range(2):
            rows.append(2 * observation + axis)
            columns.append(free + 3 * joints + part)
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (2 * len(cameras), free + 3 * points)
    return coo_matrix((np.ones(len(row)), (row, column)), shape=shape)
