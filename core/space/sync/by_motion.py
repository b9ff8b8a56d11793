"""Clocks of several cameras from how people move: offsets finer than a frame, and their confidence.

A joint moves fast in all views at the same moment. The speeds of all joints of all people of two
cameras are correlated at every lag; ids need not agree, since at each lag the best pairing of
people counts. Then one offset a camera is found that fits all pairs; what does not close in a
circle tells how far to trust it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import least_squares

from core.errors import TableError
from core.skeleton import COCO_17
from core.space.camera import Array
from core.space.resample import ClockMap, usual_step_s
from core.space.sync.joint_speeds import GRID_S, SHORTEST_S, PersonSpeeds, people_speeds
from core.space.sync.lag_curve import LagCurve, lag_curve
from core.tracks.table import TrackTable

_PEAK = 0.3  # correlation below which nothing was found
_MARGIN = 0.05  # by which the peak must stand above the next one
_ROBUST_S = 0.005
_HILL_S = 0.12  # around the common solution, where a pair's own peak is taken
_OPEN_CIRCLE_S = 0.06
SURE_S = 2.0  # of tracks: offsets of shorter ones may be wrong though they stand out
HELPS = (
    "film somebody who claps or jumps, seen by all cameras, use a longer part, or give the "
    "offset by hand (--offset NAME=SECONDS)"
)
_LONG_S = 180.0  # clips longer than this show how clocks drift


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """Where and how the offset is looked for."""

    max_offset_s: float = 30.0
    min_score: float = 0.3  # of keypoints

    def __post_init__(self) -> None:
        if not 0 < self.max_offset_s <= 3600:
            raise ValueError(f"max_offset_s must be in (0, 3600], got {self.max_offset_s}")


@dataclass(frozen=True, slots=True, eq=False)
class Synchronised:
    """Clocks of C cameras; the first one's is the common clock."""

    clocks: tuple[ClockMap, ...]
    curves: dict[tuple[int, int], LagCurve]  # by pair of cameras
    circle_s: float  # largest disagreement of a pair with the offsets


def synchronise(
    names: Sequence[str],
    tables: Sequence[TrackTable],
    settings: SyncSettings = SyncSettings(),
    progress: Callable[[int, int], None] | None = None,
) -> Synchronised:
    """Offsets from joint speeds alone; `progress` is told how many pairs of how many are compared.

    Raises TableError where they cannot be trusted, with what was found and what would help.
    """
    if len(tables) < 2:
        raise TableError("nothing to synchronise: give the tracks of two cameras or more")
    speeds = [people_speeds(table, settings.min_score, COCO_17) for table in tables]
    for name, table, people in zip(names, tables, speeds, strict=True):
        if not people:
            raise TableError(
                f"{name}: nobody is seen for {SHORTEST_S:g} s, which comparing movements takes "
                f"(the longest track lasts {longest_s(table):.2f} s); {HELPS}"
            )
    pairs = list(combinations(range(len(tables)), 2))
    curves: dict[tuple[int, int], LagCurve] = {}
    for first, second in pairs:
        if progress is not None:
            progress(len(curves), len(pairs))
        curves[first, second] = lag_curve(speeds[first], speeds[second], settings.max_offset_s)
    if progress is not None:
        progress(len(pairs), len(pairs))
    start = _together(curves, len(tables))
    _refuse(names, curves, start)
    offsets, circle_s = _solved(curves, start)
    frame_s = max(usual_step_s(np.unique(table.times_s)) for table in tables)
    if circle_s > max(1.5 * frame_s, _OPEN_CIRCLE_S):
        raise TableError(
            f"the offsets of the cameras contradict each other by {circle_s:.3f} s; {HELPS}"
        )
    rates = _rates(speeds, offsets, settings)
    clocks = tuple(
        ClockMap(float(offset), rate, _confidence(curves, camera), "joint speeds")
        for camera, (offset, rate) in enumerate(zip(offsets, rates, strict=True))
    )
    return Synchronised(clocks, curves, circle_s)


def longest_s(table: TrackTable) -> float:
    """How long the longest track of a camera lasts."""
    own = [table.times_s[table.ids == track_id] for track_id in table.track_ids]
    return max((float(np.ptp(times_s)) for times_s in own), default=0.0)


def _together(curves: dict[tuple[int, int], LagCurve], cameras: int) -> Array:
    """(C,) offsets on the grid under which all pairs agree most, the first 0.

    Camera after camera is joined where it agrees best with all that are known; then each is
    looked for again, given all others, until nothing moves.
    """
    offsets = np.zeros(cameras)
    known = [0]
    while len(known) < cameras:
        open_ones = [camera for camera in range(cameras) if camera not in known]
        found = {camera: combined(curves, offsets, camera, known).peak for camera in open_ones}
        best = max(open_ones, key=lambda camera: found[camera][1])
        offsets[best] = found[best][0]
        known.append(best)
    for _ in range(5):
        before = offsets.copy()
        for camera in range(1, cameras):
            others = [other for other in range(cameras) if other != camera]
            offsets[camera] = combined(curves, offsets, camera, others).peak[0]
        if np.abs(offsets - before).max() < GRID_S / 2:
            break
    return offsets


def combined(
    curves: dict[tuple[int, int], LagCurve], offsets: Array, camera: int, others: Sequence[int]
) -> LagCurve:
    """The mean agreement of one camera with others, by its own offset, theirs being given."""
    lags = next(iter(curves.values())).lags_s
    total, count = np.zeros(len(lags)), np.zeros(len(lags))
    for other in others:
        forward = (other, camera) in curves
        curve = curves[other, camera] if forward else curves[camera, other]
        # lag of the pair = later offset - earlier offset
        wanted = (lags - offsets[other]) * (1 if forward else -1)
        values = np.interp(wanted, lags, curve.agreement, left=np.nan, right=np.nan)
        known = np.isfinite(values)
        total[known] += values[known]
        count += known
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return LagCurve(lags, mean)


def _solved(curves: dict[tuple[int, int], LagCurve], start: Array) -> tuple[Array, float]:
    """Offsets (C,), finer than the grid, and the largest open circle in s.

    Each pair votes with the top of the hill that lies at the start; pairs that do not agree there
    are left out of the circle.
    """
    pairs, lags, weights = [], [], []
    for (first, second), curve in curves.items():
        near = np.abs(curve.lags_s - (start[second] - start[first])) <= _HILL_S
        if near.sum() < 3 or not np.isfinite(curve.agreement[near]).any():
            continue
        lag_s, agreement = LagCurve(curve.lags_s[near], curve.agreement[near]).peak
        pairs.append((first, second))
        lags.append(lag_s)
        weights.append(max(agreement, 0.01))
    offsets = solve_offsets(pairs, np.array(lags), np.array(weights), len(start))
    off = [
        abs(offsets[second] - offsets[first] - lag_s)
        for (first, second), lag_s, weight in zip(pairs, lags, weights, strict=True)
        if weight >= _PEAK
    ]
    return offsets, max(off, default=0.0)


def solve_offsets(
    pairs: Sequence[tuple[int, int]], lags_s: Array, weights: Array, cameras: int
) -> Array:
    """(C,) offsets, the first 0, that fit the lags of all pairs; single wrong pairs count little.

    Starts from the chain of the most trusted pairs.
    """
    start = np.zeros(cameras)
    known = {0}
    for index in np.argsort(-weights).tolist() * cameras:
        first, second = pairs[index]
        if first in known and second not in known:
            start[second] = start[first] + lags_s[index]
            known.add(second)
        elif second in known and first not in known:
            start[first] = start[second] - lags_s[index]
            known.add(first)
    ends = np.array(pairs)
    root = np.sqrt(weights)

    def misfit(free: Array) -> Array:
        offsets = np.r_[0.0, free]
        result: Array = root * (offsets[ends[:, 1]] - offsets[ends[:, 0]] - lags_s)
        return result

    found = least_squares(misfit, start[1:], loss="cauchy", f_scale=_ROBUST_S)
    offsets: Array = np.r_[0.0, found.x]
    return offsets


def _refuse(names: Sequence[str], curves: dict[tuple[int, int], LagCurve], offsets: Array) -> None:
    """Raises TableError for the first camera that does not stand out at one offset."""
    for camera in range(1, len(names)):
        others = [other for other in range(len(names)) if other != camera]
        curve = combined(curves, offsets, camera, others)
        (lag_s, peak), (other_s, second) = curve.peak, curve.second
        if peak < _PEAK or peak - second < _MARGIN:
            rest = " and ".join(names[other] for other in others)
            raise TableError(
                f"{names[camera]} cannot be set against {rest}: the best offset, {lag_s:.3f} s, "
                f"agrees by {peak:.2f}, the next, {other_s:.3f} s, by {second:.2f}; {HELPS}"
            )


def _confidence(curves: dict[tuple[int, int], LagCurve], camera: int) -> float:
    """How far a camera's best peak stands above its next one, 0 to 1."""
    own = [curve for pair, curve in curves.items() if camera in pair]
    return float(np.clip(max(c.peak[1] - max(c.second[1], 0.0) for c in own), 0, 1))


def _rates(
    speeds: Sequence[Sequence[PersonSpeeds]], offsets: Array, settings: SyncSettings
) -> list[float]:
    """Clock rates against the first camera; 1 where the clip is too short to tell."""
    start = max(min(p.start for p in people) for people in speeds)
    stop = min(max(p.stop for p in people) for people in speeds)
    if (stop - start) * GRID_S < _LONG_S:
        return [1.0] * len(speeds)
    edges = np.linspace(start, stop, 4).astype(int)
    middles_s = (edges[:-1] + edges[1:]) / 2 * GRID_S
    rates = [1.0]
    for camera in range(1, len(speeds)):
        shift = round(offsets[camera] / GRID_S)
        lags, at = [], []
        for low, high, middle_s in zip(edges[:-1], edges[1:], middles_s, strict=True):
            one = [p.part(low, high) for p in speeds[0]]
            other = [p.part(low - shift, high - shift) for p in speeds[camera]]
            one, other = [p for p in one if len(p.values)], [p for p in other if len(p.values)]
            if not one or not other:
                continue
            curve = lag_curve(one, other, min(abs(offsets[camera]) + 1, settings.max_offset_s))
            lag_s, peak = curve.peak
            if peak >= _PEAK and abs(lag_s - offsets[camera]) < 0.5:
                lags.append(lag_s)
                at.append(middle_s)
        rates.append(1.0 + float(np.polyfit(at, lags, 1)[0]) if len(lags) == 3 else 1.0)
    return rates
