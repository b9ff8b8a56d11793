"""One person over time: what was measured beside what became of it, every change flagged."""

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton, skeleton_of
from core.tracks.table import NOBODY, TrackTable, concatenate

Series = NDArray[np.float64]


class Flag(IntFlag):
    """How a keypoint's value came about. 0 is a plain measurement."""

    MEASURED = 0
    FILLED = 1  # interpolated: nothing usable was measured here
    OUTLIER = 2  # a measurement was rejected
    SWAP_FIXED = 4  # measured under the name of the other side of the body
    MISSING = 8  # no value


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """T frames of one person, from the first to the last in which they were seen.

    Frames in between, in which the person was not found, are part of it. `raw` and `raw_scores`
    are never changed; `keypoints` is NaN where `flags` has MISSING.
    """

    track_id: int
    frames: NDArray[np.int64]  # (T,) frame index
    times_s: Series  # (T,)
    scores: Series  # (T,) NaN where the person was not found
    boxes: Series  # (T, 4) px
    raw: Series  # (T, K, 2) px, as the network gave them
    raw_scores: Series  # (T, K)
    keypoints: Series  # (T, K, 2) px
    keypoint_scores: Series  # (T, K)
    flags: NDArray[np.uint8]  # (T, K) bits of Flag
    named: Skeleton | None = None  # where a file names its keypoints

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def skeleton(self) -> Skeleton:
        """Of the keypoints: the one that is named, else the usual one of as many."""
        return self.named or skeleton_of(self.flags.shape[1])

    def has(self, flag: Flag) -> NDArray[np.bool_]:
        """Where a flag is set, (T, K)."""
        found: NDArray[np.bool_] = (self.flags & np.uint8(flag)) != 0
        return found


def is_known(points: Series) -> NDArray[np.bool_]:
    """Which points of an array (..., coordinates) have a position."""
    return np.asarray(np.isfinite(points).all(axis=-1))


def motions_of(table: TrackTable, min_score: float = 0.3) -> list[Motion]:
    """The people of a table by ascending id. Keypoints scored below `min_score` are MISSING."""
    all_frames, first = np.unique(table.frames, return_index=True)
    all_times = table.times_s[first].astype(np.float64)
    return [
        _motion_of(table.of_track(int(track_id)), all_frames, all_times, min_score)
        for track_id in table.track_ids
    ]


def _motion_of(
    rows: TrackTable, all_frames: NDArray[np.int64], all_times: Series, min_score: float
) -> Motion:
    start, stop = np.searchsorted(all_frames, (rows.frames[0], rows.frames[-1]))
    frames, times_s = all_frames[start : stop + 1], all_times[start : stop + 1]
    at = np.searchsorted(frames, rows.frames)
    length, joints = len(frames), rows.keypoint_scores.shape[1]
    raw = np.full((length, joints, 2), np.nan)
    raw_scores = np.zeros((length, joints))
    scores = np.full(length, np.nan)
    boxes = np.full((length, 4), np.nan)
    raw[at], raw_scores[at] = rows.keypoints, np.nan_to_num(rows.keypoint_scores)
    scores[at], boxes[at] = rows.scores, rows.boxes
    seen = (raw_scores > 0) & (raw_scores >= min_score) & is_known(raw)
    keypoints = np.where(seen[..., None], raw, np.nan)
    flags = np.where(seen, Flag.MEASURED, Flag.MISSING).astype(np.uint8)
    return Motion(
        int(rows.ids[0]),
        frames,
        times_s,
        scores,
        boxes,
        raw,
        raw_scores,
        keypoints,
        np.where(seen, raw_scores, 0.0),
        flags,
        rows.named,
    )


def table_of(motions: list[Motion], original: TrackTable) -> TrackTable:
    """The values of cleaned motions as a table with a row for every frame of the original.

    Frames of a person without any keypoint and without a box are left out.
    """
    parts = [original[:0]]
    for motion in motions:
        rows = (motion.keypoint_scores > 0).any(axis=1) | np.isfinite(motion.scores)
        count = int(rows.sum())
        parts.append(
            TrackTable(
                motion.frames[rows],
                motion.times_s[rows],
                np.full(count, motion.track_id, np.int64),
                motion.scores[rows].astype(np.float32),
                motion.boxes[rows].astype(np.float32),
                motion.keypoints[rows].astype(np.float32),
                motion.keypoint_scores[rows].astype(np.float32),
            )
        )
    people = concatenate(parts)
    frames, first = np.unique(original.frames, return_index=True)
    empty = first[~np.isin(frames, people.frames)]
    joints = original.keypoint_scores.shape[1]
    nobody = TrackTable(
        original.frames[empty],
        original.times_s[empty],
        np.full(len(empty), NOBODY, np.int64),
        np.full(len(empty), np.nan, np.float32),
        np.full((len(empty), 4), np.nan, np.float32),
        np.full((len(empty), joints, 2), np.nan, np.float32),
        np.full((len(empty), joints), np.nan, np.float32),
    )
    joined = concatenate([people, nobody])
    return joined[np.lexsort((joined.ids, joined.frames))]
