"""Clocks from geometry: at the right offset, the rays of two cameras to one joint meet."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from core.space.camera import Array, Camera
from core.space.resample import ClockMap, sampled
from core.space.sync import solve_offsets
from core.tracks.table import TrackTable

_REACH_S = 0.25  # around the offset that is known
_COARSE_S, _FINE_S = 0.025, 0.005
_FARTHEST_M = 0.1  # of two rays that are compared at all
_MOST_TIMES = 200
_FEWEST = 20  # meetings of two people that a pair of cameras needs


def refined(
    cameras: Sequence[Camera],
    tables: Sequence[TrackTable],
    clocks: Sequence[ClockMap],
    min_score: float = 0.3,
) -> tuple[ClockMap, ...]:
    """Clocks with better offsets; those of cameras without anybody in common stay as they are."""
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
        if found is not None:
            pairs.append((first, second))
            lags.append(found[0])
            weights.append(found[1])
    if len({camera for pair in pairs for camera in pair}) < len(cameras):
        return tuple(clocks)
    change = solve_offsets(pairs, np.array(lags), np.array(weights), len(cameras))
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
    """The change of the second clock under which rays meet best, s, and how much that is worth."""
    times_s = clocks[0].common(np.unique(tables[0].times_s))
    second_s = clocks[1].common(tables[1].times_s)
    times_s = times_s[(times_s >= second_s.min()) & (times_s <= second_s.max())]
    if len(times_s) < _FEWEST:
        return None
    times_s = times_s[np.linspace(0, len(times_s) - 1, min(len(times_s), _MOST_TIMES)).astype(int)]
    one = _ways(cameras[0], tables[0], clocks[0], times_s, min_score)

    def cost(change_s: float) -> tuple[float, int]:
        moved = replace(clocks[1], offset_s=clocks[1].offset_s + change_s)
        other = _ways(cameras[1], tables[1], moved, times_s, min_score)
        return _mean_distance(one, other, cameras[1].centre - cameras[0].centre)

    coarse = np.arange(-_REACH_S, _REACH_S + 1e-9, _COARSE_S)
    costs = [cost(float(change)) for change in coarse]
    best = int(np.argmin([value for value, _ in costs]))
    if costs[best][1] < _FEWEST:
        return None
    fine = coarse[best] + np.arange(-_COARSE_S, _COARSE_S + 1e-9, _FINE_S)
    values = np.array([cost(float(change))[0] for change in fine])
    low = int(values.argmin())
    # The truncated mean is rough at 5 ms: a parabola through all that is near finds its bottom.
    near = slice(max(low - 5, 0), low + 6)
    bend, slope, _ = np.polyfit(fine[near] - fine[low], values[near], 2)
    step = float(np.clip(-slope / (2 * bend), -_FINE_S * 2, _FINE_S * 2)) if bend > 0 else 0.0
    depth = float(np.median([value for value, _ in costs]) - values[low])
    return float(fine[low]) + step, max(depth, 1e-4) / _FARTHEST_M


def _ways(
    camera: Camera, table: TrackTable, clock: ClockMap, times_s: Array, min_score: float
) -> Array:
    """(T, P, K, 3) unit directions in the world of everybody at each time, padded with NaN.

    The table holds undistorted directions in place of pixels.
    """
    people = sampled(table, clock, times_s, min_score)
    counts = np.diff(people.starts)
    joints = people.keypoints.shape[1]
    ways = np.full((len(times_s), max(int(counts.max(initial=0)), 1), joints, 3), np.nan)
    flat = people.keypoints
    ahead = np.concatenate([flat, np.ones((*flat.shape[:2], 1))], axis=2) @ camera.rotation
    ahead /= np.linalg.norm(ahead, axis=2, keepdims=True)
    time_of = np.repeat(np.arange(len(times_s)), counts)
    ways[time_of, np.arange(len(time_of)) - people.starts[time_of]] = ahead
    return ways


def _mean_distance(one: Array, other: Array, between: Array) -> tuple[float, int]:
    """Mean over people of the first camera of how far the nearest person's rays pass, m."""
    across = np.cross(one[:, :, None], other[:, None])
    size = np.maximum(np.linalg.norm(across, axis=4), 0.02)
    apart = np.abs(across @ between) / size
    known = np.isfinite(apart)
    count = known.sum(axis=3)
    mean = np.where(known, np.minimum(apart, _FARTHEST_M), 0).sum(axis=3) / np.maximum(count, 1)
    mean[count < 5] = _FARTHEST_M
    nearest = mean.min(axis=2)
    there = (count >= 5).any(axis=2)
    met = there & (nearest < _FARTHEST_M * 0.9)
    return (float(nearest[there].mean()) if there.any() else _FARTHEST_M), int(met.sum())
