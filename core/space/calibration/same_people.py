"""Who is who in cameras whose places are not known yet: by the geometry that their joints allow.

All joints of one person seen by two cameras obey one essential matrix; those of two different
people do not, unless they move alike. So matrices are fitted to pairs of tracks, and the one under
which the best pairing of all people has the most joints wins.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from core.space.camera import Array

_NEAR = 0.004  # of a ray from its epipolar line: 4 px in a camera of 1,000 px focal length
_FEWEST = 60  # joints that two tracks must share
_MOST_POINTS = 1500
_FITS = 0.5  # of the joints of one person, at least
_TRIED = 4  # pairs of tracks whose matrix is tried on everybody


@dataclass(frozen=True, slots=True, eq=False)
class People2D:
    """A camera's people at T common times."""

    rays: dict[int, Array]  # by track id: (T, K, 2), NaN where not seen
    weights: dict[int, Array]  # by track id: (T, K)


@dataclass(frozen=True, slots=True, eq=False)
class RelativePose:
    """Of a second camera to a first one: `x2 = R x1 + t`, t of length 1."""

    rotation: Array
    translation: Array
    pairs: tuple[tuple[int, int, int], ...]  # track ids and how many joints agree
    inliers: int


def relative_pose(one: People2D, other: People2D) -> RelativePose | None:
    """Where two cameras stand to each other and who is whom; None where nothing fits."""
    firsts, seconds = list(one.rays), list(other.rays)
    candidates = []
    for first in firsts:
        for second in seconds:
            points = _shared(one, other, [(first, second)])
            if len(points[0]) < _FEWEST:
                continue
            matrix, inside = _fitted(*points)
            if matrix is not None and inside.mean() > _FITS:
                candidates.append((int(inside.sum()), matrix))
    candidates.sort(key=lambda candidate: -candidate[0])
    best: tuple[int, list[tuple[int, int, int]]] = (0, [])
    for _, matrix in candidates[:_TRIED]:
        found = _paired(one, other, matrix)
        total = sum(count for _, _, count in found)
        if total > best[0]:
            best = (total, found)
    if not best[1]:
        return None
    points = _shared(one, other, [(first, second) for first, second, _ in best[1]])
    matrix, inside = _fitted(*points)
    if matrix is None:
        return None
    count, rotation, translation, _ = cv2.recoverPose(
        matrix, points[0][inside], points[1][inside], np.eye(3)
    )
    return RelativePose(
        np.asarray(rotation, np.float64),
        np.asarray(translation, np.float64).ravel(),
        tuple(best[1]),
        int(count),
    )


def _paired(one: People2D, other: People2D, matrix: Array) -> list[tuple[int, int, int]]:
    firsts, seconds = list(one.rays), list(other.rays)
    agree = np.zeros((len(firsts), len(seconds)))
    for row, first in enumerate(firsts):
        for column, second in enumerate(seconds):
            left, right = _shared(one, other, [(first, second)])
            if len(left) < _FEWEST:
                continue
            near = _distances(matrix, left, right) < _NEAR
            if near.mean() > _FITS:
                agree[row, column] = near.sum()
    rows, columns = linear_sum_assignment(-agree)
    return [
        (firsts[row], seconds[column], int(agree[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if agree[row, column] > 0
    ]


def _shared(one: People2D, other: People2D, pairs: list[tuple[int, int]]) -> tuple[Array, Array]:
    """(N, 2) directions of the joints that both saw, of these pairs of tracks."""
    left, right = [np.zeros((0, 2))], [np.zeros((0, 2))]
    for first, second in pairs:
        both = np.isfinite(one.rays[first]).all(axis=2) & np.isfinite(other.rays[second]).all(
            axis=2
        )
        left.append(one.rays[first][both])
        right.append(other.rays[second][both])
    points = np.concatenate(left), np.concatenate(right)
    if len(points[0]) > _MOST_POINTS:
        chosen = np.linspace(0, len(points[0]) - 1, _MOST_POINTS).astype(int)
        return points[0][chosen], points[1][chosen]
    return points


def _fitted(left: Array, right: Array) -> tuple[Array | None, NDArray[np.bool_]]:
    cv2.setRNGSeed(0)
    found, _ = cv2.findEssentialMat(
        left, right, np.eye(3), method=cv2.USAC_MAGSAC, prob=0.9999, threshold=_NEAR / 2
    )
    if np.shape(found) != (3, 3):  # nothing, or several
        return None, np.zeros(len(left), bool)
    matrix: Array = np.asarray(found, np.float64)
    return matrix, _distances(matrix, left, right) < _NEAR


def _distances(matrix: Array, left: Array, right: Array) -> Array:
    """(N,) Sampson distance (Hartley and Zisserman, 11.4.3), in units of the directions."""
    one = np.column_stack([left, np.ones(len(left))])
    two = np.column_stack([right, np.ones(len(right))])
    forward, backward = one @ matrix.T, two @ matrix
    across = np.abs((two * forward).sum(axis=1))
    size: Array = np.sqrt((forward[:, :2] ** 2).sum(axis=1) + (backward[:, :2] ** 2).sum(axis=1))
    distances: Array = across / np.maximum(size, 1e-12)
    return distances
