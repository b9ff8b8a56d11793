"""Bundle adjustment over cameras and the poses of a rigid board, in pixels of the real pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.sparse import coo_matrix

from core.space.calibration.board_start import Pose
from core.space.camera import Array, Camera, rotation_of, vector_of

_KINK_SIGMAS = 5.0  # a corner further off than this counts less
_FIRST_SIGMA_PX = 1.0
_LEAST_SIGMA_PX = 0.1
_NEAREST_M = 0.01  # a board that the solver moves behind a camera is shown at this depth
_WRONG_SIGMAS = 8.0
_ROUNDS = 2  # of leaving out what does not fit
_MOST_STEPS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """N corners in pictures."""

    cameras: NDArray[np.intp]  # (N,)
    boards: NDArray[np.intp]  # (N,) which of the moments
    points: Array  # (N, 3) m on the board
    pixels: Array  # (N, 2)

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Observed":
        return Observed(self.cameras[rows], self.boards[rows], self.points[rows], self.pixels[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """Cameras and boards where all corners fit best."""

    cameras: list[Camera]
    boards: list[Pose]
    off_px: Array  # (N,) of every corner, kept or not
    kept: NDArray[np.bool_]  # (N,)


def adjusted_by_board(
    cameras: Sequence[Camera], boards: Sequence[Pose], observed: Observed
) -> Adjusted:
    """Move cameras and boards together; the first camera stays. Lenses are not changed.

    How far corners may be off comes from the data: those beyond eight robust deviations are left
    out, twice. A board that moved between the pictures of free-running cameras is not wrong.
    """
    placed, poses = list(cameras), list(boards)
    kept, sigma = np.ones(len(observed.pixels), bool), _FIRST_SIGMA_PX
    for _ in range(_ROUNDS + 1):
        placed, poses = _moved(placed, poses, observed[kept], _KINK_SIGMAS * sigma)
        off = np.linalg.norm(_misfit(placed, poses, observed), axis=1)
        # Of one coordinate, from the median of a Rayleigh distribution.
        sigma = max(float(np.median(off[kept])) / 1.1774, _LEAST_SIGMA_PX)
        near = off <= _WRONG_SIGMAS * sigma
        if (near == kept).all():
            break
        before, kept = kept, near
    else:
        kept = before  # what the last round used
    return Adjusted(placed, poses, off, kept)


def _moved(
    cameras: Sequence[Camera], boards: Sequence[Pose], observed: Observed, kink_px: float
) -> tuple[list[Camera], list[Pose]]:
    start = np.concatenate(
        [
            *(np.r_[vector_of(c.rotation), c.translation] for c in cameras[1:]),
            *(np.r_[vector_of(pose.rotation), pose.translation] for pose in boards),
        ]
    )

    def unpacked(values: Array) -> tuple[list[Camera], list[Pose]]:
        rows = values.reshape(-1, 6)
        moved = [
            camera.moved(rotation_of(row[:3]), row[3:])
            for camera, row in zip(cameras[1:], rows, strict=False)
        ]
        poses = [Pose(rotation_of(row[:3]), row[3:]) for row in rows[len(cameras) - 1 :]]
        return [cameras[0], *moved], poses

    found = least_squares(
        lambda values: _misfit(*unpacked(values), observed).ravel(),
        start,
        jac_sparsity=_pattern(observed, len(cameras), len(boards)),
        loss="soft_l1",
        f_scale=kink_px,
        x_scale="jac",
        max_nfev=_MOST_STEPS,
        ftol=1e-7,
    )
    return unpacked(found.x)


def _misfit(cameras: Sequence[Camera], boards: Sequence[Pose], observed: Observed) -> Array:
    """(N, 2) px."""
    turns = np.stack([pose.rotation for pose in boards])[observed.boards]
    shifts = np.stack([pose.translation for pose in boards])[observed.boards]
    world = np.einsum("nij,nj->ni", turns, observed.points) + shifts
    off = np.zeros((len(world), 2))
    for number, camera in enumerate(cameras):
        own = observed.cameras == number
        if own.any():
            local = world[own] @ camera.rotation.T + camera.translation
            local[:, 2] = np.maximum(local[:, 2], _NEAREST_M)
            off[own] = camera.pixels_of(local) - observed.pixels[own]
    return off


def _pattern(observed: Observed, cameras: int, boards: int) -> coo_matrix:
    """Which value moves which residual."""
    number = np.arange(len(observed.cameras))
    moving = observed.cameras > 0
    rows, columns = [], []
    for part in range(6):
        for axis in range(2):
            rows += [2 * number[moving] + axis, 2 * number + axis]
            columns += [
                6 * (observed.cameras[moving] - 1) + part,
                6 * (cameras - 1 + observed.boards) + part,
            ]
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (2 * len(number), 6 * (cameras - 1 + boards))
    return coo_matrix((np.ones(len(row)), (row, column)), shape=shape)
