"""Clocks from geometry: at the right offset, the rays of two cameras to one joint meet."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from core.errors import TableError
from core.space.camera import Array, Camera
from core.space.resample import ClockMap, Sampled, sampled
from core.space.sync.by_motion import HELPS, solve_offsets
from core.tracks.table import TrackTable

_REACH_S = 0.25  # around the offset that is known
_COARSE_S = 0.025
_STEP_S = 0.02  # before and after, between which it is seen how fast rays approach each other
_CONTRADICTION_S = 0.1  # joint speeds are not off by so much
_ENOUGH_S = 0.0002  # a smaller change ends the search
_FARTHEST_M = 0.1  # of two rays that are compared at all
_DOUBT_M = 0.03  # the distance of two rays at which they count half
_PARALLEL = 0.05  # sine of the angle of two rays below which their distance says nothing
_MOST_TIMES = 400
_FEWEST = 20  # meetings of two people that a pair of cameras needs
_FEWEST_JOINTS = 5  # of two people who are compared
_ROUNDS = 4
_FITS = 15  # of one round, by the weights that the last one gave


def refined(
    cameras: Sequence[Camera],
    tables: Sequence[TrackTable],
    clocks: Sequence[ClockMap],
    min_score: float = 0.3,
) -> tuple[ClockMap, ...]:
    """Clocks with better offsets; those of cameras without anybody in common stay as they are.

    Raises TableError where rays meet at quite another offset than the one given.
    """
    pairs, lags, weights = [], [], []
    rays = [
        replace(
            table,
            keypoints=camera.normalised(table.keypoints.astype(np.float64)).astype(np.float32),
        )
        for camera, table in zip(cameras, tables, strict=True)
    ]
    for first, second in combinations(range(len(cameras)), 2):
        found = _pair(
            (cameras[first], cameras[second]),
            (rays[first], rays[second]),
            (clocks[first], clocks[second]),
            min_score,
        )
        if found is not None and found[1] > 0:
            pairs.append((first, second))
            lags.append(found[0])
            weights.append(found[1])
    if len({camera for pair in pairs for camera in pair}) < len(cameras):
        return tuple(clocks)
    worth = np.array(weights) / max(weights)
    change = solve_offsets(pairs, np.array(lags), worth, len(cameras))
    worst = int(np.abs(change).argmax())
    if abs(change[worst]) > _CONTRADICTION_S:
        offset_s = clocks[worst].offset_s
        raise TableError(
            f"{cameras[worst].name} cannot be set: joints move alike at {offset_s:.3f} s, but rays "
            f"meet at {offset_s + change[worst]:.3f} s; is it the calibration of these clips? "
            f"If so, {HELPS}"
        )
    return tuple(
        replace(clock, offset_s=clock.offset_s + float(step), method="rays")
        for clock, step in zip(clocks, change, strict=True)
    )


def _pair(
    cameras: tuple[Camera, Camera],
    tables: tuple[TrackTable, TrackTable],
    clocks: tuple[ClockMap, ClockMap],
    min_score: float,
) -> tuple[float, float] | None:
    """The change of the second clock under which rays meet best, s, and how much that is worth.

    First whose rays are near is counted in coarse steps; then the distance of the rays of those
    people, which has a sign, is brought to one value by how fast it changes (Gauss-Newton, with
    weights of a Cauchy loss): what is off by chance then has a mean of 0, as it would not without
    the sign, and what a calibration is off by has the same sign.
    """
    times_s = clocks[0].common(np.unique(tables[0].times_s))
    second_s = clocks[1].common(tables[1].times_s)
    times_s = times_s[(times_s >= second_s.min()) & (times_s <= second_s.max())]
    if len(times_s) < _FEWEST:
        return None
    times_s = times_s[np.linspace(0, len(times_s) - 1, min(len(times_s), _MOST_TIMES)).astype(int)]
    people = sampled(tables[0], clocks[0], times_s, min_score)
    one = _by_time(people, people.keypoints, cameras[0])
    between = cameras[1].centre - cameras[0].centre

    def others(change_s: float) -> Sampled:
        moved = replace(clocks[1], offset_s=clocks[1].offset_s + change_s)
        return sampled(tables[1], moved, times_s, min_score)

    def gaps(people: Sampled, keypoints: Array) -> Array:
        return _gaps(one, _by_time(people, keypoints, cameras[1]), between)

    coarse = np.arange(-_REACH_S, _REACH_S + 1e-9, _COARSE_S).tolist()
    distances = []
    for change_s in coarse:
        there = others(change_s)
        distances.append(_distances(gaps(there, there.keypoints)))
    costs = [_mean_of_nearest(distance) for distance in distances]
    best = int(np.argmin(costs))
    if int((distances[best].min(axis=2) < _FARTHEST_M * 0.9).sum()) < _FEWEST:
        return None
    change_s, worth = coarse[best], 0.0
    for _ in range(_ROUNDS):
        there = others(change_s)
        now = gaps(there, there.keypoints)
        before, after = (
            gaps(there, _same_rows(there, others(change_s + step_s)))
            for step_s in (-_STEP_S, _STEP_S)
        )
        step_s, worth = _newton_step(now, (after - before) / (2 * _STEP_S))
        change_s += step_s
        if abs(step_s) < _ENOUGH_S:
            break
    return change_s, worth


def _by_time(people: Sampled, keypoints: Array, camera: Camera) -> Array:
    """(T, P, K, 3) unit directions in the world of everybody at each time, padded with NaN.

    `keypoints` (R, K, 2) are undistorted directions in place of pixels, a row a person.
    """
    ahead = np.concatenate([keypoints, np.ones((*keypoints.shape[:2], 1))], axis=2)
    ahead = ahead @ camera.rotation
    ahead /= np.linalg.norm(ahead, axis=2, keepdims=True)
    counts = np.diff(people.starts)
    ways = np.full((len(counts), max(int(counts.max(initial=0)), 1), *ahead.shape[1:]), np.nan)
    time_of = np.repeat(np.arange(len(counts)), counts)
    ways[time_of, np.arange(len(time_of)) - people.starts[time_of]] = ahead
    return ways


def _same_rows(people: Sampled, moved: Sampled) -> Array:
    """(R, K, 2) keypoints of the rows of `people` in `moved`, NaN for who is not there."""

    def keys(of: Sampled) -> Array:
        time_of = np.repeat(np.arange(len(of.starts) - 1), np.diff(of.starts))
        return np.asarray(time_of * (1 + max_id) + of.ids, np.float64)

    max_id = int(max(people.ids.max(initial=0), moved.ids.max(initial=0)))
    wanted, there = keys(people), keys(moved)
    found = np.full_like(people.keypoints, np.nan)
    _, rows, moved_rows = np.intersect1d(wanted, there, return_indices=True)
    found[rows] = moved.keypoints[moved_rows]
    return found


def _gaps(one: Array, other: Array, between: Array) -> Array:
    """(T, P, Q, K) m by which rays pass each other, with a sign; NaN where that is not known."""
    across = np.cross(one[:, :, None], other[:, None])
    size = np.linalg.norm(across, axis=4)
    gaps: Array = np.where(size > _PARALLEL, across @ between / np.maximum(size, _PARALLEL), np.nan)
    return gaps


def _distances(gaps: Array) -> Array:
    """(T, P, Q) m: mean over joints of how far the rays of two people pass, at most the farthest;
    infinite where too little is known."""
    known = np.isfinite(gaps)
    count = known.sum(axis=3)
    limited = np.where(known, np.minimum(np.abs(gaps), _FARTHEST_M), 0)
    mean: Array = limited.sum(axis=3) / np.maximum(count, 1)
    mean[count < _FEWEST_JOINTS] = np.inf
    return mean


def _mean_of_nearest(distances: Array) -> float:
    """Mean over people of the first camera of the distance of the nearest one, m."""
    nearest = distances.min(axis=2)
    there = np.isfinite(nearest)
    return float(nearest[there].mean()) if there.any() else _FARTHEST_M


def _newton_step(gaps: Array, speeds: Array) -> tuple[float, float]:
    """The change in s that brings (T, P, Q, K) gaps to 0, and the information behind it.

    Only people count who are nearest to each other; `speeds` are in m/s. What all gaps have in
    common is left out: it is the calibration's error, which is no matter of time.
    """
    distances = _distances(gaps)
    nearest = distances.argmin(axis=2)
    back = np.take_along_axis(distances.argmin(axis=1), nearest, axis=1)
    mutual = (back == np.arange(distances.shape[1])) & (distances.min(axis=2) < _FARTHEST_M * 0.9)
    chosen = nearest[:, :, None, None]
    gap, speed = (np.take_along_axis(part, chosen, axis=2)[:, :, 0] for part in (gaps, speeds))
    used = mutual[:, :, None] & np.isfinite(gap) & np.isfinite(speed)
    gap, speed = gap[used], speed[used]
    step_s = bias_m = information = 0.0
    for _ in range(_FITS):
        weight = 1 / (1 + ((gap + speed * step_s - bias_m) / _DOUBT_M) ** 2)
        if weight.sum() <= 0:
            return 0.0, 0.0
        middle_m, middle_m_s = np.average(gap, weights=weight), np.average(speed, weights=weight)
        information = float((weight * (speed - middle_m_s) ** 2).sum())
        if information <= 0:
            return 0.0, 0.0
        slope = float((weight * (gap - middle_m) * (speed - middle_m_s)).sum()) / information
        step_s, bias_m = -slope, float(middle_m - slope * middle_m_s)
    return float(np.clip(step_s, -_COARSE_S, _COARSE_S)), information
