"""The second pass over a finished clip: joins tracks of the same person and fills short gaps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.tracks.table import NOBODY, TrackTable, concatenate, rows_of
from core.types import FloatArray, Frame, FrameResult, PoseBatch, Tracks


@dataclass(frozen=True, slots=True)
class StitchSettings:
    """Times in seconds, lengths in body sizes (the mean of a box's width and height)."""

    max_gap_s: float = 4.0  # tracks further apart are never joined
    course_s: float = 1.0  # so much of a track's end and start tells its course
    momentum_s: float = 6.0  # the course is believed for about so long
    least_error: float = 0.4  # expected distance between course and reality at once, body sizes
    error_growth: float = 0.3  # and how it grows, body sizes / s
    size_error: float = 0.3  # expected difference of the logarithm of body sizes
    most_doubt: float = 0.6  # tracks that fit worse, in expected errors, are not joined
    fill_s: float = 0.4  # gaps up to this are filled with straight lines
    least_sightings: int = 3  # a joined track with fewer rows is left out,
    least_length_s: float = 0.4  # and so is one that lasts less long

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
    """A table with fewer ids for the same people: a joined person keeps the lowest, the first seen.

    Rows keep their order by frame, then id. A filled row has interpolated coordinates; its scores
    are the lower ones of the rows around it, so that a keypoint missing there stays missing.
    """
    settings = settings or StitchSettings()
    if len(table.track_ids) == 0:
        return table
    ends = _ends_of(table, settings)
    table = replace(table, ids=_renamed(table.ids, ends.ids, _chains(ends, settings)))
    ids, counts = np.unique(table.ids, return_counts=True)
    lengths_s = np.array([np.ptp(table.times_s[table.ids == track]) for track in ids])
    lasting = (counts >= settings.least_sightings) & (lengths_s >= settings.least_length_s)
    seen_enough = lasting[np.searchsorted(ids, table.ids)]
    frames = np.unique(table.frames, return_index=True)[1]
    times = (table.frames[frames], table.times_s[frames])
    kept = table[seen_enough & (table.ids != NOBODY)]
    filled = [_filling(kept.of_track(i), *times, settings.fill_s) for i in kept.track_ids]
    return _with_every_frame(concatenate([kept, *filled]), table)


def table_of(results: Sequence[Tracks], times_s: NDArray[np.float64]) -> TrackTable:
    """The rows of the people observed in frames that follow each other."""
    nothing = np.zeros((0, 0, 3), np.uint8)
    frames = (Frame(number, float(time_s), 0, nothing) for number, time_s in enumerate(times_s))
    return concatenate(
        rows_of(FrameResult(frame, tracks.poses, tracks))
        for frame, tracks in zip(frames, results, strict=True)
    )


def tracks_of(table: TrackTable, frame_count: int) -> list[Tracks]:
    """The people of the frames 0 to `frame_count` - 1, all taken for observed."""
    table = table[table.ids != NOBODY]
    bounds = np.searchsorted(table.frames, np.arange(frame_count + 1)).tolist()
    return [_as_tracks(table[slice(*bound)]) for bound in pairwise(bounds)]


def _as_tracks(rows: TrackTable) -> Tracks:
    poses = PoseBatch(rows.boxes, rows.scores, rows.keypoints, rows.keypoint_scores)
    return Tracks(rows.ids, poses, np.ones(len(rows), np.bool_))


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
    graph = coo_array((np.ones(len(doubt)), (earlier, later + count)), shape=(2 * count,) * 2)
    _, groups = connected_components(graph, directed=False)
    pairs: list[tuple[int, int]] = []
    order = np.argsort(groups[earlier], kind="stable")
    bounds = np.flatnonzero(np.diff(groups[earlier][order])) + 1
    for edges in np.split(order, bounds):
        rows, row = np.unique(earlier[edges], return_inverse=True)
        columns, column = np.unique(later[edges], return_inverse=True)
        gain = np.zeros((len(rows), len(columns)))
        gain[row, column] = settings.most_doubt - doubt[edges]
        for r, c in zip(*linear_sum_assignment(gain, maximize=True), strict=True):
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
    graph = coo_array(
        (np.ones(len(pairs)), tuple(np.array(pairs, np.intp).reshape(-1, 2).T)),
        shape=(len(ids), len(ids)),
    )
    _, person = connected_components(graph, directed=False)
    lowest = np.full(person.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(lowest, person, ids)
    names = lowest[person]
    renamed: NDArray[np.int64] = np.where(
        rows == NOBODY, NOBODY, names[np.searchsorted(ids, rows).clip(0, len(ids) - 1)]
    )
    return renamed


def _filling(
    rows: TrackTable,
    frames: NDArray[np.int64],
    times_s: NDArray[np.float64],
    fill_s: float,
) -> TrackTable:
    """The rows that a track lacks in gaps of at most `fill_s`."""
    gaps = np.diff(rows.times_s)
    missing = np.setdiff1d(
        frames[(frames > rows.frames[0]) & (frames < rows.frames[-1])], rows.frames
    )
    after = np.searchsorted(rows.frames, missing)
    short = gaps[after - 1] <= fill_s if len(missing) else np.zeros(0, np.bool_)
    missing, after = missing[short], after[short]
    now_s = times_s[np.searchsorted(frames, missing)]
    before, behind = rows[after - 1], rows[after]
    span = np.maximum(behind.times_s - before.times_s, 1e-9)
    share = ((now_s - before.times_s) / span).astype(np.float32)
    return TrackTable(
        missing,
        now_s,
        before.ids,
        np.minimum(before.scores, behind.scores),
        _between(before.boxes, behind.boxes, share),
        _between(before.keypoints, behind.keypoints, share),
        np.minimum(before.keypoint_scores, behind.keypoint_scores),
    )


def _between(a: FloatArray, b: FloatArray, share: FloatArray) -> FloatArray:
    weight = share.reshape(-1, *[1] * (a.ndim - 1))
    mixed: FloatArray = a + (b - a) * weight
    return mixed


def _with_every_frame(people: TrackTable, original: TrackTable) -> TrackTable:
    """In order, with one row of nobody for each frame that has no one."""
    empty = ~np.isin(original.frames, people.frames)
    first = np.unique(original.frames[empty], return_index=True)[1]
    rows = original[np.flatnonzero(empty)[first]]
    nobody = TrackTable(
        rows.frames,
        rows.times_s,
        np.full(len(rows), NOBODY, np.int64),
        *(
            np.full_like(column, np.nan)
            for column in (rows.scores, rows.boxes, rows.keypoints, rows.keypoint_scores)
        ),
    )
    joined = concatenate([people, nobody])
    return joined[np.lexsort((joined.ids, joined.frames))]
