"""Offline association of tracklets: joins those of the same person and fills short gaps."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from core.tracks.join_plan import JoinPlan
from core.tracks.table import NOBODY, TrackTable, frame_starts

# Frames, times, rows before, rows after and shares between them: see JoinPlan.
_Part = tuple[
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.intp],
    NDArray[np.intp],
    NDArray[np.float64],
]


@dataclass(frozen=True, slots=True)
class StitchSettings:
    """Offline joining of tracklets. A body size is the mean of a box's width and height."""

    max_gap_s: float = 4.0  # Tracklets with a longer gap between them are never joined (s)
    # Length of a tracklet's start and end from which its course is extrapolated into the gap (s)
    course_s: float = 1.0
    momentum_s: float = 6.0  # Time constant with which the extrapolated speed fades (s)
    # Expected error of the extrapolated position without a gap (body sizes)
    least_error: float = 0.4
    error_growth: float = 0.3  # Growth of that error with the gap (body sizes/s)
    # Expected difference of body sizes: natural logarithm of their ratio
    size_error: float = 0.3
    # Largest misfit of tracklets that are joined, in units of the expected errors
    most_doubt: float = 0.6
    fill_s: float = 0.4  # Gaps of up to this length are filled by linear interpolation (s)
    # Joined tracks in fewer frames are dropped; in a short clip half of its frames are enough
    least_sightings: int = 3
    # Joined tracks that last less are dropped; in a short clip half of its length is enough (s)
    least_length_s: float = 0.4

    def __post_init__(self) -> None:
        for name in ("course_s", "momentum_s", "least_error", "size_error"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in (
            "max_gap_s",
            "error_growth",
            "most_doubt",
            "fill_s",
            "least_sightings",
            "least_length_s",
        ):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Where T tracks begin and end, by ascending id."""

    ids: NDArray[np.int64]  # (T,)
    times_s: NDArray[np.float64]  # (T, 2) of the first and the last row
    places: NDArray[np.float64]  # (T, 2, 2) centre of the box there, px
    speeds: NDArray[np.float64]  # (T, 2, 2) course there, px / s
    sizes: NDArray[np.float64]  # (T, 2) body size there, px


def join_tracklets(table: TrackTable, settings: StitchSettings | None = None) -> TrackTable:
    """A table with fewer ids for the same people, all at once; see `plan_joins`."""
    return plan_joins(table, settings).rows(table)


def plan_joins(table: TrackTable, settings: StitchSettings | None = None) -> JoinPlan:
    """Which rows of a table are whose: a joined person keeps the lowest id, the first seen.

    Short gaps are filled, and who was hardly seen is left out. Keypoints play no part in it.
    """
    settings = settings or StitchSettings()
    if len(table.track_ids) == 0:
        return _plan_of(table, table.ids, [])
    ends = _ends_of(table, settings)
    ids = _renamed(table.ids, ends.ids, _chains(ends, settings))
    first = frame_starts(table.frames)
    clip = table.frames[first], table.times_s[first]
    order = np.argsort(ids, kind="stable")
    people = np.split(order, np.flatnonzero(np.diff(ids[order])) + 1)
    least = _least(clip[1], settings)
    lasting = [rows for rows in people if ids[rows[0]] != NOBODY and _lasts(table, rows, *least)]
    return _plan_of(table, ids, [_with_gaps(table, rows, *clip, settings) for rows in lasting])


def _least(times_s: NDArray[np.float64], settings: StitchSettings) -> tuple[int, float]:
    """Rows and seconds that a person must last: in a short clip no more than half of it.

    So everyone in a single picture stays, and so does who is in three pictures of a burst of six.
    """
    half = (len(times_s) + 1) // 2
    # As long as half of the frames last; rounding of times may not decide.
    half_s = (times_s[-1] - times_s[0]) * (half - 1) / max(1, len(times_s) - 1) - 1e-6
    return min(settings.least_sightings, half), min(settings.least_length_s, half_s)


def _lasts(
    table: TrackTable, rows: NDArray[np.intp], least_rows: int, least_length_s: float
) -> bool:
    length_s = table.times_s[rows[-1]] - table.times_s[rows[0]]
    return len(rows) >= least_rows and bool(length_s >= least_length_s)


def _ends_of(table: TrackTable, settings: StitchSettings) -> _Ends:
    ids = table.track_ids
    times = np.zeros((len(ids), 2))
    places, speeds = np.zeros((len(ids), 2, 2)), np.zeros((len(ids), 2, 2))
    sizes = np.zeros((len(ids), 2))
    order = np.argsort(table.ids, kind="stable")
    starts = np.searchsorted(table.ids[order], ids)
    for n, rows in enumerate(np.split(order, starts)[1:]):
        corners = table.boxes[rows].astype(np.float64).reshape(-1, 2, 2)
        time_s = table.times_s[rows]
        centres = corners.mean(axis=1)
        body = np.maximum((corners[:, 1] - corners[:, 0]).mean(axis=1), 1)
        for side, near in enumerate(
            (time_s <= time_s[0] + settings.course_s, time_s >= time_s[-1] - settings.course_s)
        ):
            times[n, side] = time_s[-side]
            speeds[n, side] = _speed(time_s[near], centres[near], settings.course_s)
            middle = time_s[near].mean()
            places[n, side] = centres[near].mean(axis=0) + speeds[n, side] * (
                times[n, side] - middle
            )
            sizes[n, side] = np.median(body[near])
    return _Ends(ids, times, places, speeds, sizes)


def _speed(
    times_s: NDArray[np.float64], places: NDArray[np.float64], course_s: float
) -> NDArray[np.float64]:
    """Slope of the regression line, drawn towards 0 for a course much shorter than usual."""
    from_middle = times_s - times_s.mean()
    doubt = len(times_s) * (course_s / 10) ** 2
    slope: NDArray[np.float64] = (from_middle @ (places - places.mean(axis=0))) / (
        from_middle @ from_middle + doubt
    )
    return slope


def _chains(ends: _Ends, settings: StitchSettings) -> list[tuple[int, int]]:
    """Pairs (earlier, later) of tracks to join: the least total doubt, each used once a side."""
    earlier, later = _neighbours(ends, settings.max_gap_s)
    doubt = _doubt(ends, earlier, later, settings)
    good = doubt < settings.most_doubt
    earlier, later, doubt = earlier[good], later[good], doubt[good]
    count = len(ends.ids)
    # Joins compete only within a group of tracks that could be joined with each other.
    graph = scipy.sparse.coo_array(
        (np.ones(len(doubt)), (earlier, later + count)), shape=(2 * count,) * 2
    )
    _, groups = scipy.sparse.csgraph.connected_components(graph, directed=False)
    pairs: list[tuple[int, int]] = []
    order = np.argsort(groups[earlier], kind="stable")
    bounds = np.flatnonzero(np.diff(groups[earlier][order])) + 1
    for edges in np.split(order, bounds):
        rows, row = np.unique(earlier[edges], return_inverse=True)
        columns, column = np.unique(later[edges], return_inverse=True)
        gain = np.zeros((len(rows), len(columns)))
        gain[row, column] = settings.most_doubt - doubt[edges]
        for r, c in zip(*scipy.optimize.linear_sum_assignment(gain, maximize=True), strict=True):
            if gain[r, c] > 0:
                pairs.append((int(rows[r]), int(columns[c])))
    return pairs


def _neighbours(ends: _Ends, max_gap_s: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """All pairs of which the second begins after the first ends, within the gap."""
    order = np.argsort(ends.times_s[:, 0], kind="stable")
    begins = ends.times_s[order, 0]
    first = np.searchsorted(begins, ends.times_s[:, 1], side="right")
    last = np.searchsorted(begins, ends.times_s[:, 1] + max_gap_s, side="right")
    counts = last - first
    earlier = np.repeat(np.arange(len(order)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return earlier, order[np.repeat(first, counts) + within]


def _doubt(
    ends: _Ends, earlier: NDArray[np.intp], later: NDArray[np.intp], settings: StitchSettings
) -> NDArray[np.float64]:
    """How badly two tracks fit as one person, in expected errors; (E,) for E pairs.

    The earlier course carried on to the later start and the later one carried back to the earlier
    end must both arrive; the course is believed less the longer the gap.
    """
    gap_s = ends.times_s[later, 0] - ends.times_s[earlier, 1]
    carried_s = (settings.momentum_s * -np.expm1(-gap_s / settings.momentum_s))[:, None]
    between = ends.places[later, 0] - ends.places[earlier, 1]
    on = between - ends.speeds[earlier, 1] * carried_s
    back = between - ends.speeds[later, 0] * carried_s
    size = (ends.sizes[earlier, 1] + ends.sizes[later, 0]) / 2
    away = (np.hypot(*on.T) + np.hypot(*back.T)) / 2 / size
    expected = settings.least_error + settings.error_growth * gap_s
    unlike = np.log(ends.sizes[earlier, 1] / ends.sizes[later, 0]) / settings.size_error
    doubt: NDArray[np.float64] = np.hypot(away / expected, unlike)
    return doubt


def _renamed(
    rows: NDArray[np.int64], ids: NDArray[np.int64], pairs: list[tuple[int, int]]
) -> NDArray[np.int64]:
    graph = scipy.sparse.coo_array(
        (np.ones(len(pairs)), tuple(np.array(pairs, np.intp).reshape(-1, 2).T)),
        shape=(len(ids), len(ids)),
    )
    _, person = scipy.sparse.csgraph.connected_components(graph, directed=False)
    lowest = np.full(person.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(lowest, person, ids)
    names = lowest[person]
    renamed: NDArray[np.int64] = np.where(
        rows == NOBODY, NOBODY, names[np.searchsorted(ids, rows).clip(0, len(ids) - 1)]
    )
    return renamed


def _with_gaps(
    table: TrackTable,
    rows: NDArray[np.intp],
    frames: NDArray[np.int64],
    times_s: NDArray[np.float64],
    settings: StitchSettings,
) -> _Part:
    """The rows of one person, and those that lie in gaps of at most `fill_s`."""
    own = table.frames[rows]
    span = slice(*np.searchsorted(frames, (own[0], own[-1] + 1)))
    now, now_s = frames[span], times_s[span]
    after = np.searchsorted(own, now)
    seen = own[after] == now
    before = after - ~seen
    from_s, to_s = table.times_s[rows[before]], table.times_s[rows[after]]
    share = (now_s - from_s) / np.maximum(to_s - from_s, 1e-9)
    kept = to_s - from_s <= settings.fill_s
    return now[kept], now_s[kept], rows[before[kept]], rows[after[kept]], share[kept]


def _plan_of(table: TrackTable, ids: NDArray[np.int64], people: list[_Part]) -> JoinPlan:
    """In order, with one row of nobody for each frame that has no one."""
    first = frame_starts(table.frames)
    taken = [frames for frames, *_ in people]
    empty = first[~np.isin(table.frames[first], np.concatenate([*taken, table.frames[:0]]))]
    nobody = table.frames[empty], table.times_s[empty], empty, empty, np.zeros(len(empty))
    frames, times_s, before, after, share = map(np.concatenate, zip(*people, nobody, strict=True))
    joined = ids[before]
    joined[len(joined) - len(empty) :] = NOBODY
    order = np.lexsort((joined, frames))
    plan = JoinPlan(frames, times_s, joined, before, after, share.astype(np.float32))
    return plan[order]
