"""Tracks of several cameras on one clock: 2D keypoints at common times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import TableError
from core.space.camera import Array
from core.tracks.table import NOBODY, TrackTable

_LONGEST_STEP = 2.6  # usual frame distances between two samples that are joined by a line
_SAME_TIME = 0.02  # of a frame distance: a sample this near is taken as it is


@dataclass(frozen=True, slots=True)
class ClockMap:
    """From a camera's own time to the common one: `common = offset_s + rate * own`."""

    offset_s: float = 0.0
    rate: float = 1.0
    confidence: float = float("nan")  # 0 to 1; NaN where nobody measured it
    method: str = "given"

    def common(self, times_s: Array) -> Array:
        """Own times (...,) s on the common clock."""
        return self.offset_s + self.rate * times_s


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """People of one camera at T common times: R rows, in order of time."""

    starts: NDArray[np.intp]  # (T + 1,) rows of time i are starts[i]:starts[i + 1]
    ids: NDArray[np.int64]  # (R,) 2D track ids
    keypoints: Array  # (R, K, 2) px, NaN where not seen
    scores: Array  # (R, K), 0 where not seen

    def at(self, index: int) -> slice:
        """The rows of one common time."""
        return slice(int(self.starts[index]), int(self.starts[index + 1]))


def common_times(
    tables: Sequence[TrackTable], clocks: Sequence[ClockMap], rate_hz: float | None = None
) -> Array:
    """(T,) s: an even clock over the time in which two cameras or more were running.

    At the frame rate of the first camera, and on its frames, unless another rate is given.
    Raises TableError where no two cameras ran at the same time.
    """
    spans = []
    for table, clock in zip(tables, clocks, strict=True):
        times_s = clock.common(table.times_s)
        spans.append((float(times_s.min()), float(times_s.max())))
    start_s = sorted(start for start, _ in spans)[1]
    end_s = sorted(end for _, end in spans)[-2]
    if end_s <= start_s:
        shown = ", ".join(f"{start:.1f} to {end:.1f} s" for start, end in spans)
        raise TableError(f"no two cameras ran at the same time: {shown}; is the offset right?")
    first = clocks[0].common(np.unique(tables[0].times_s))
    step_s = 1 / rate_hz if rate_hz else usual_step_s(first)
    origin_s = float(first[0])
    low, high = np.ceil((start_s - origin_s) / step_s - 1e-6), (end_s - origin_s) / step_s + 1e-6
    times: Array = origin_s + step_s * np.arange(int(low), int(np.floor(high)) + 1, dtype=float)
    return times


def usual_step_s(times_s: Array) -> float:
    """The usual distance of frames, from times in order. Raises TableError for a single frame."""
    if len(times_s) < 2:
        raise TableError("a camera's tracks hold one frame; three dimensions need a clip")
    steps = np.diff(times_s)
    usual = float(np.median(steps))
    even = steps[np.abs(steps - usual) < 0.5 * usual]
    return float(even.mean()) if len(even) else usual


def sampled(table: TrackTable, clock: ClockMap, times_s: Array, min_score: float) -> Sampled:
    """The people of a table at common times (T,), each joint on the line between two frames.

    A joint counts where both frames saw it with `min_score` and lie at most two frames apart.
    """
    own_s = clock.common(table.times_s)
    step_s = usual_step_s(np.unique(own_s))
    parts = []
    for track_id in table.track_ids:
        rows = np.flatnonzero(table.ids == track_id)
        part = _of_person(table, rows, own_s[rows], times_s, step_s, min_score)
        indices, keypoints, scores = part
        parts.append((indices, np.full(len(indices), track_id, np.int64), keypoints, scores))
    count = table.keypoint_scores.shape[1]
    nothing = (
        np.zeros(0, np.intp),
        np.full(0, NOBODY, np.int64),
        np.zeros((0, count, 2)),
        np.zeros((0, count)),
    )
    indices, ids, keypoints, scores = (
        np.concatenate([part[column] for part in (nothing, *parts)]) for column in range(4)
    )
    order = np.argsort(indices, kind="stable")
    starts = np.searchsorted(indices[order], np.arange(len(times_s) + 1))
    return Sampled(starts, ids[order], keypoints[order], scores[order])


def _of_person(
    table: TrackTable,
    rows: NDArray[np.intp],
    own_s: Array,
    times_s: Array,
    step_s: float,
    min_score: float,
) -> tuple[NDArray[np.intp], Array, Array]:
    """Indices of common times (S,), keypoints (S, K, 2), scores (S, K) of one person."""
    keypoints = table.keypoints[rows].astype(np.float64)
    scores = table.keypoint_scores[rows].astype(np.float64)
    scores[~(np.isfinite(keypoints).all(axis=2) & (scores >= max(min_score, 1e-6)))] = 0
    slack_s = _SAME_TIME * step_s
    indices = np.flatnonzero((times_s >= own_s[0] - slack_s) & (times_s <= own_s[-1] + slack_s))
    wanted = times_s[indices]
    after = np.clip(np.searchsorted(own_s, wanted), 0, len(own_s) - 1)
    before = np.maximum(after - 1, 0)
    gap_s = own_s[after] - own_s[before]
    share = np.where(gap_s > 0, (wanted - own_s[before]) / np.where(gap_s > 0, gap_s, 1), 1.0)
    share = np.where(np.abs(own_s[after] - wanted) <= slack_s, 1.0, share)
    share = np.where(np.abs(own_s[before] - wanted) <= slack_s, 0.0, share)[:, None]
    first, second = scores[before], scores[after]
    score = np.where(share == 1, second, np.where(share == 0, first, np.minimum(first, second)))
    joined = (gap_s <= _LONGEST_STEP * step_s)[:, None] | (share == 0) | (share == 1)
    score = np.where(joined, score, 0)
    early, late = np.nan_to_num(keypoints[before]), np.nan_to_num(keypoints[after])
    line = early + share[..., None] * (late - early)
    line[score == 0] = np.nan
    keep = (score > 0).any(axis=1)
    return indices[keep], line[keep], score[keep]
