"""What the rows of a joined table are made of, so that they can be made piece by piece."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.tracks.table import NOBODY, TrackTable, frame_starts
from core.types import FloatArray

_BLOCK = 256  # frames


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

    def rows(self, table: TrackTable, first: int = 0) -> TrackTable:
        """The joined rows, out of a table whose row 0 is row `first` of the first pass.

        A filled row has interpolated coordinates; its scores are the lower ones of the rows
        around it, so that a keypoint missing there stays missing.
        """
        before, after = table[self.before - first], table[self.after - first]
        nobody = self.ids == NOBODY

        def lower(a: FloatArray, b: FloatArray) -> FloatArray:
            return _without(np.minimum(a, b), nobody)

        def between(a: FloatArray, b: FloatArray) -> FloatArray:
            weight = self.share.reshape(-1, *[1] * (a.ndim - 1))
            return _without(a + (b - a) * weight, nobody)

        return TrackTable(
            self.frames,
            self.times_s,
            self.ids,
            lower(before.scores, after.scores),
            between(before.boxes, after.boxes),
            between(before.keypoints, after.keypoints),
            lower(before.keypoint_scores, after.keypoint_scores),
        )


def joined_blocks(plan: JoinPlan, read: Callable[[int, int], TrackTable]) -> Iterator[TrackTable]:
    """The joined table in pieces of whole frames; `read` gives rows of the first pass."""
    if len(plan) == 0:
        return
    first_rows = frame_starts(plan.frames)[::_BLOCK]
    for start, stop in zip(first_rows, [*first_rows[1:], len(plan)], strict=True):
        part = plan[start:stop]
        low = int(part.before.min())
        yield part.rows(read(low, int(part.after.max()) + 1), low)


def _without(values: FloatArray, nobody: NDArray[np.bool_]) -> FloatArray:
    """NaN where there is nobody."""
    values[nobody] = np.nan
    return values
