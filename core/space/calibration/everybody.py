"""Cameras moved together once more, now by everybody whom they show.

Cameras that stand nearly right find people as calibrated ones do, frame by frame: those too who
were too short a time before two cameras to place them, and the parts of broken tracks. More people
in more places of the space bind cameras better than few of them do.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.space.calibration.bundle import adjusted
from core.space.camera import Array, Camera
from core.space.people.associate import Members, associate
from core.space.people.reconstruct import gathered
from core.space.people.view_distances import AssociationSettings
from core.space.resample import ClockMap, common_times, sampled
from core.space.triangulate import noise_of, triangulate
from core.tracks.table import TrackTable

_MIN_SCORE = 0.2  # as in `reconstruct`: a weak keypoint counts little
_MOST_TIMES = 3000  # half a minute of CPU; a longer clip gives stretches of its time
_STRETCH = 100
_MOST_POINTS = 6000
_USUAL_NOISE_MRAD = 3.0
_FEWEST_POINTS = 60


def bound_by_everybody(
    cameras: Sequence[Camera], tables: Sequence[TrackTable], clocks: Sequence[ClockMap]
) -> tuple[list[Camera], Array, float] | None:
    """The cameras, everybody (P, T, K, 3) in their world, and the median residual in mrad.

    `cameras` must be in metres and nearly right. None where they show too little together.
    """
    times_s = _stretches(common_times(tables, clocks))
    samples = [
        sampled(table, clock, times_s, _MIN_SCORE)
        for table, clock in zip(tables, clocks, strict=True)
    ]
    rays = [c.normalised(s.keypoints) for c, s in zip(cameras, samples, strict=True)]
    members = associate(cameras, samples, rays, times_s, AssociationSettings())
    if not len(members.ids):
        return None
    seen, weights = gathered(samples, rays, members)
    joints = np.arange(weights[0].size) % weights.shape[2]
    flat, trust = seen.reshape(len(cameras), -1, 2), weights.reshape(len(cameras), -1)
    noise = noise_of(cameras, flat, trust, joints)[:, joints]
    found = triangulate(cameras, flat, trust, noise)
    good = np.flatnonzero(np.isfinite(found.points).all(axis=1))
    if (found.used[:, good].sum(axis=1) < _FEWEST_POINTS).any():
        return None
    good = good[np.linspace(0, len(good) - 1, min(len(good), _MOST_POINTS)).astype(int)]
    views, rows = np.nonzero(found.used[:, good])
    at = views, good[rows]
    # A ray counts by how sure it is: its score, and what its camera and joint are known for.
    certainty = trust[at] * (_USUAL_NOISE_MRAD / noise[at]) ** 2
    turns, shifts, _, residual_mrad = adjusted(
        np.stack([camera.rotation for camera in cameras]),
        np.stack([camera.translation for camera in cameras]),
        found.points[good],
        (views, rows, flat[at], certainty),
    )
    moved = [
        camera.moved(turn, shift)
        for camera, turn, shift in zip(cameras, turns, shifts, strict=True)
    ]
    points = triangulate(moved, flat, trust, noise).points.reshape(*weights.shape[1:], 3)
    return moved, _by_person(points, members, len(times_s)), residual_mrad


def _stretches(times_s: Array) -> Array:
    """All times, or stretches without gaps from all over a long clip: people are followed."""
    if len(times_s) <= _MOST_TIMES:
        return times_s
    starts = np.linspace(0, len(times_s) - _STRETCH, _MOST_TIMES // _STRETCH).astype(int)
    chosen: NDArray[np.intp] = np.unique(starts[:, None] + np.arange(_STRETCH))
    return times_s[chosen]


def _by_person(points: Array, members: Members, count: int) -> Array:
    """(P, T, K, 3) from rows (R, K, 3); NaN where somebody was not seen."""
    people, person = np.unique(members.ids, return_inverse=True)
    result = np.full((len(people), count, *points.shape[1:]), np.nan)
    result[person, members.times] = points
    return result
