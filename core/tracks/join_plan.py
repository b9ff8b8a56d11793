"""What the rows of a joined table are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.tracks.table import NOBODY, TrackTable
from core.types import FloatArray, PoseBatch


@dataclass(frozen=True, slots=True, eq=False)
class JoinPlan:
    """J rows, ordered by frame, then id; every frame has at least one.

    A row lies between the rows `before` and `after` of the first pass, `share` of the way. Both
    are the same row, and the share is 0, where somebody was seen, and where nobody was.
    """

    frames: NDArray[np.int64]  # (J,)
    times_s: NDArray[np.float64]  # (J,)
    ids: NDArray[np.int64]  # (J,) joined ids, or NOBODY
    before: NDArray[np.int64]  # (J,)
    after: NDArray[np.int64]  # (J,)
    share: FloatArray  # (J,) in [0, 1)

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def track_ids(self) -> NDArray[np.int64]:
        """The ids of the plan, ascending, each once."""
        return np.unique(self.ids[self.ids != NOBODY])

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> "JoinPlan":
        return JoinPlan(
            self.frames[rows],
            self.times_s[rows],
            self.ids[rows],
            self.before[rows],
            self.after[rows],
            self.share[rows],
        )

    def rows(self, table: TrackTable) -> TrackTable:
        """The joined rows of the first pass's table."""
        before, after = table[self.before], table[self.after]
        poses = between(_poses(before), _poses(after), self.share)
        nobody = self.ids == NOBODY
        return TrackTable(
            self.frames,
            self.times_s,
            self.ids,
            _without(poses.scores, nobody),
            _without(poses.boxes, nobody),
            _without(poses.keypoints, nobody),
            _without(poses.keypoint_scores, nobody),
        )


def between(before: PoseBatch, after: PoseBatch, share: FloatArray) -> PoseBatch:
    """People `share` (N,) of the way from one sighting to the next.

    Coordinates are interpolated; scores are the lower ones of the two sightings, so that a
    keypoint missing in one of them stays missing.
    """

    def part_way(a: FloatArray, b: FloatArray) -> FloatArray:
        return a + (b - a) * share.reshape(-1, *[1] * (a.ndim - 1))

    return PoseBatch(
        part_way(before.boxes, after.boxes),
        np.minimum(before.scores, after.scores),
        part_way(before.keypoints, after.keypoints),
        np.minimum(before.keypoint_scores, after.keypoint_scores),
    )


def _poses(table: TrackTable) -> PoseBatch:
    return PoseBatch(table.boxes, table.scores, table.keypoints, table.keypoint_scores)


def _without(values: FloatArray, nobody: NDArray[np.bool_]) -> FloatArray:
    """NaN where there is nobody."""
    values[nobody] = np.nan
    return values
