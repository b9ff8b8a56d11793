"""All skeleton tracks of a run as columns."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton, skeleton_of
from core.types import FloatArray, FrameResult, Rows, Tracks

NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class TrackTable:
    """R rows, one a frame and person, ordered by frame, then id.

    A frame without people keeps one row with `ids == NOBODY` and NaN in every person column.
    A keypoint that was not seen has score 0 and raw coordinates, or NaN where a file held none.
    """

    frames: NDArray[np.int64]  # (R,) 0-based frame index
    times_s: NDArray[np.float64]  # (R,) presentation time
    ids: NDArray[np.int64]  # (R,) track id, or NOBODY
    scores: FloatArray  # (R,)
    boxes: FloatArray  # (R, 4) x1, y1, x2, y2 px
    keypoints: FloatArray  # (R, K, 2) px
    keypoint_scores: FloatArray  # (R, K)
    named: Skeleton | None = None  # where a file names its keypoints

    def __post_init__(self) -> None:
        if self.keypoint_scores.ndim != 2:
            raise ValueError(f"keypoint_scores must be (R, K), got {self.keypoint_scores.shape = }")
        r, k = self.keypoint_scores.shape
        expected = ((r,), (r,), (r,), (r,), (r, 4), (r, k, 2))
        actual = tuple(
            array.shape
            for array in (
                self.frames,
                self.times_s,
                self.ids,
                self.scores,
                self.boxes,
                self.keypoints,
            )
        )
        if actual != expected:
            raise ValueError(f"columns must be shaped {expected}, got {actual}")

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def skeleton(self) -> Skeleton:
        """Of the keypoints: the one that is named, else the usual one of as many."""
        return self.named or skeleton_of(self.keypoint_scores.shape[1])

    def __getitem__(self, rows: Rows) -> "TrackTable":
        return TrackTable(
            self.frames[rows],
            self.times_s[rows],
            self.ids[rows],
            self.scores[rows],
            self.boxes[rows],
            self.keypoints[rows],
            self.keypoint_scores[rows],
            self.named,
        )

    @property
    def track_ids(self) -> NDArray[np.int64]:
        """The ids of the table, ascending, each once."""
        return np.unique(self.ids[self.ids != NOBODY])

    def of_track(self, track_id: int) -> "TrackTable":
        """The rows of one person."""
        return self[self.ids == track_id]

    def outline(self) -> "TrackTable":
        """The same rows without keypoints."""
        nothing = np.zeros((len(self), 0), np.float32)
        empty = nothing[..., None].repeat(2, 2)
        return replace(self, keypoints=empty, keypoint_scores=nothing, named=None)


def frame_starts(frames: NDArray[np.int64]) -> NDArray[np.intp]:
    """The first row of each frame, from the frames of rows in order."""
    return np.flatnonzero(np.diff(frames, prepend=-1))


def concatenate(tables: Iterable[TrackTable]) -> TrackTable:
    """Join tables in the given order. Raises ValueError without a table."""
    parts = list(tables)
    if not parts:
        raise ValueError("nothing to concatenate")
    names = (field.name for field in fields(TrackTable) if field.name != "named")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return TrackTable(**columns, named=parts[0].named)


def rows_of(result: FrameResult) -> TrackTable:
    """The rows that one frame adds to a table: the people observed in it, by ascending id."""
    return rows_at(result.frame.index, result.frame.time_s, result.tracks)


def rows_at(index: int, time_s: float, tracks: Tracks) -> TrackTable:
    """The rows of one frame, given its number and time."""
    order = np.argsort(tracks.ids, kind="stable")
    tracks = tracks[order[tracks.observed[order]]]
    count = len(tracks)
    if count == 0:
        keypoint_count = tracks.poses.keypoint_scores.shape[1]
        return TrackTable(
            np.array([index], np.int64),
            np.array([time_s], np.float64),
            np.array([NOBODY], np.int64),
            np.full(1, np.nan, np.float32),
            np.full((1, 4), np.nan, np.float32),
            np.full((1, keypoint_count, 2), np.nan, np.float32),
            np.full((1, keypoint_count), np.nan, np.float32),
        )
    return TrackTable(
        np.full(count, index, np.int64),
        np.full(count, time_s, np.float64),
        tracks.ids,
        tracks.poses.scores,
        tracks.poses.boxes,
        tracks.poses.keypoints,
        tracks.poses.keypoint_scores,
    )
