"""Points from rays of several cameras: robust, all points at once, with their uncertainty.

Residuals are angles in milliradians: pixels in a camera of 1,000 px focal length. So one limit
holds for all lenses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.space.camera import Array, Camera

_MRAD = 1000.0
_LIMITS_MRAD = (8.0, 40.0)  # of what counts as agreement, whatever the noise
_SIGMAS = 3.0
_STEPS = 5  # of Gauss-Newton; the third changes micrometres
_HUBER = 1.5  # standard deviations from which on a ray counts less
_CHUNK = 20_000  # points at a time: 50 MB
_FIRST_NOISE_MRAD = 5.0  # before the data said anything: 5 px of an ordinary camera


@dataclass(frozen=True, slots=True, eq=False)
class Triangulated:
    """P points seen by C cameras; NaN where no two cameras agree."""

    points: Array  # (P, 3) m
    covariance: Array  # (P, 3, 3) m^2
    used: NDArray[np.bool_]  # (C, P)
    residuals_mrad: Array  # (C, P) of every ray, used or not; NaN without one


def triangulate(
    cameras: Sequence[Camera], rays: Array, weights: Array, noise_mrad: Array
) -> Triangulated:
    """Points from undistorted directions `rays` (C, P, 2); NaN where a camera saw nothing.

    `weights` (C, P) in [0, 1] say how far a ray can be trusted: its standard deviation is
    `noise_mrad` (C, P) over the root of its weight. Rays that do not fit are left out: of three or
    more, the largest set that agrees is kept; two that contradict each other give NaN.
    """
    projections = np.stack([camera.projection for camera in cameras])
    parts = [
        _chunk(
            projections,
            rays[:, start : start + _CHUNK],
            weights[:, start : start + _CHUNK],
            noise_mrad[:, start : start + _CHUNK],
        )
        for start in range(0, max(rays.shape[1], 1), _CHUNK)
    ]
    return Triangulated(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.covariance for part in parts]),
        np.concatenate([part.used for part in parts], axis=1),
        np.concatenate([part.residuals_mrad for part in parts], axis=1),
    )


def noise_of(
    cameras: Sequence[Camera], rays: Array, weights: Array, joints: NDArray[np.intp]
) -> Array:
    """(C, J) mrad: the noise of a ray of full weight, by camera and joint, from the data.

    `joints` (P,) says which joint a point is. Robust: from the median of the residuals of points
    that three cameras or more see, of two where there are no others.
    """
    first = np.full(weights.shape, _FIRST_NOISE_MRAD)
    found = triangulate(cameras, rays, weights, first)
    count = found.used.sum(axis=0)
    enough = count >= (3 if (count >= 3).sum() > 100 else 2)
    # A point of n rays has 2 n - 3 freedoms of 2 n: residuals are smaller than the noise by that.
    freedom = np.sqrt(np.maximum(2 * count - 3, 1) / np.maximum(2 * count, 1))
    scaled = found.residuals_mrad * np.sqrt(weights) / freedom
    scaled[:, ~enough] = np.nan
    kinds = int(joints.max()) + 1 if len(joints) else 1
    usual = _rayleigh(scaled.ravel(), _FIRST_NOISE_MRAD)
    by_camera = [_rayleigh(row, usual) / usual for row in scaled]
    by_joint = [_rayleigh(scaled[:, joints == kind].ravel(), usual) for kind in range(kinds)]
    return np.outer(by_camera, by_joint)


def linear(projections: Array, rays: Array, weights: Array) -> Array:
    """(P, 3) weighted direct linear transform (Hartley and Zisserman, 12.2); NaN below two rays."""
    known = np.isfinite(rays).all(axis=2) & (weights > 0)
    rays = np.where(known[..., None], rays, 0)
    weight = np.where(known, weights, 0)[..., None]
    across = weight * (rays[..., :1] * projections[:, None, 2] - projections[:, None, 0])
    down = weight * (rays[..., 1:] * projections[:, None, 2] - projections[:, None, 1])
    square = np.einsum("cpi,cpj->pij", across, across) + np.einsum("cpi,cpj->pij", down, down)
    _, vectors = np.linalg.eigh(square)
    last = vectors[:, :, 0]
    enough = (known.sum(axis=0) >= 2) & (np.abs(last[:, 3]) > 1e-9)
    points = last[:, :3] / np.where(enough, last[:, 3], 1)[:, None]
    return np.where(enough[:, None], points, np.nan)


def residuals_of(projections: Array, points: Array, rays: Array) -> Array:
    """(C, P) mrad between rays and points; infinite for a point behind the camera."""
    local = np.einsum("cij,pj->cpi", projections[:, :, :3], points) + projections[:, None, :, 3]
    depth = local[..., 2]
    seen = local[..., :2] / np.where(depth > 0, depth, np.nan)[..., None]
    error: Array = np.linalg.norm(seen - rays, axis=2) * _MRAD
    missed = np.isfinite(rays).all(axis=2) & np.isfinite(points).all(axis=1) & ~(depth > 0)
    return np.where(missed, np.inf, error)


def _chunk(projections: Array, rays: Array, weights: Array, noise: Array) -> Triangulated:
    known = np.isfinite(rays).all(axis=2) & (weights > 0)
    limit = np.clip(_SIGMAS * noise, *_LIMITS_MRAD)
    points = linear(projections, rays, weights)
    error = residuals_of(projections, points, rays)
    used = known & (known.sum(axis=0) >= 2)
    doubtful = (used & ~(error <= limit)).any(axis=0)
    if doubtful.any():
        used[:, doubtful] = _agreeing(
            projections,
            rays[:, doubtful],
            np.where(known, weights, 0)[:, doubtful],
            limit[:, doubtful],
        )
        points[doubtful] = linear(
            projections, rays[:, doubtful], np.where(used, weights, 0)[:, doubtful]
        )
    points, covariance = _refined(projections, points, rays, np.where(used, weights, 0), noise)
    error = residuals_of(projections, points, rays)
    apart = (used & ~(error <= 2 * limit)).any(axis=0) & (used.sum(axis=0) == 2)
    lost = ~np.isfinite(points).all(axis=1) | apart
    points[lost], covariance[lost] = np.nan, np.nan
    used[:, lost] = False
    return Triangulated(points, covariance, used, np.where(known, error, np.nan))


def _agreeing(projections: Array, rays: Array, weights: Array, limit: Array) -> NDArray[np.bool_]:
    """(C, P) the rays that agree with the best point of any two: a consensus of all pairs."""
    cameras, count = weights.shape
    best = np.full(count, -1.0)
    chosen = np.zeros((cameras, count), bool)
    for first, second in combinations(range(cameras), 2):
        both = np.flatnonzero((weights[first] > 0) & (weights[second] > 0))
        if not len(both):
            continue
        pair = np.array([first, second])
        points = linear(projections[pair], rays[pair][:, both], weights[pair][:, both])
        error = residuals_of(projections, points, rays[:, both])
        near = np.nan_to_num(1 - (error / limit[:, both]) ** 2, nan=0, neginf=0).clip(0)
        score = (weights[:, both] * near).sum(axis=0)
        inside = (weights[:, both] > 0) & (near > 0)
        better = (score > best[both]) & (inside.sum(axis=0) >= 2)
        best[both[better]] = score[better]
        chosen[:, both[better]] = inside[:, better]
    return chosen


def _refined(
    projections: Array, points: Array, rays: Array, weights: Array, noise: Array
) -> tuple[Array, Array]:
    """Points (P, 3) at the smallest Huber loss, and their covariance (P, 3, 3)."""
    known = (weights > 0) & np.isfinite(rays).all(axis=2)
    trust = np.where(known, weights, 0) / noise**2  # one over the variance of a ray, mrad^-2
    rays = np.where(known[..., None], rays, 0)
    good = np.isfinite(points).all(axis=1) & (known.sum(axis=0) >= 2)
    points = np.where(good[:, None], points, 0)
    turn, shift = projections[:, :, :3], projections[:, None, :, 3]
    for step in range(_STEPS + 1):
        local = np.einsum("cij,pj->cpi", turn, points) + shift
        depth = np.where(np.abs(local[..., 2]) > 1e-6, local[..., 2], 1e-6)
        seen = local[..., :2] / depth[..., None]
        off = (rays - seen) * _MRAD
        slope = (
            (turn[:, None, :2] - seen[..., None] * turn[:, None, 2:])
            / depth[..., None, None]
            * _MRAD
        )
        size = np.sqrt(trust) * np.linalg.norm(off, axis=2)
        weight = trust * np.minimum(1, _HUBER / np.maximum(size, 1e-9))
        square = np.einsum("cp,cpai,cpaj->pij", weight, slope, slope)
        square[~good] = np.eye(3)
        if step == _STEPS:
            break
        right = np.einsum("cp,cpai,cpa->pi", weight, slope, off)
        move = np.linalg.solve(square + 1e-12 * np.eye(3), right[..., None])[..., 0]
        length = np.linalg.norm(move, axis=1, keepdims=True)
        points = points + move * np.minimum(1, 0.5 / np.maximum(length, 1e-9))
    loss = (trust * (off**2).sum(axis=2)).sum(axis=0)
    freedom = np.maximum(2 * known.sum(axis=0) - 3, 1)
    covariance = np.linalg.inv(square + 1e-12 * np.eye(3))
    covariance *= np.maximum(1, loss / freedom)[:, None, None]
    points = np.where(good[:, None], points, np.nan)
    covariance[~good] = np.nan
    return points, covariance


def _rayleigh(lengths: Array, otherwise: float) -> float:
    """The deviation of one coordinate, from the median of lengths of errors in a plane."""
    known = lengths[np.isfinite(lengths)]
    return float(np.median(known)) / 1.1774 if len(known) >= 20 else otherwise
