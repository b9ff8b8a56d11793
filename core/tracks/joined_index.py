"""Who is who in a whole clip after a second pass, in a few bytes a person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.tracks.join_plan import JoinPlan, between
from core.tracks.table import NOBODY
from core.tracks.track_index import TrackIndex, named
from core.types import FloatArray, PoseBatch, Tracks


@dataclass(frozen=True, slots=True, eq=False)
class JoinedIndex:
    """R rows over `frame_count` frames, ordered by frame; like `TrackIndex`, but whole.

    A row lies between a detection of the frame `from_frames` and one of `to_frames`, `shares` of
    the way: both are the same where the person was seen.
    """

    frame_count: int
    frames: NDArray[np.int64]  # (R,)
    ids: NDArray[np.int64]  # (R,)
    scores: FloatArray  # (R,)
    boxes: FloatArray  # (R, 4) px
    from_frames: NDArray[np.int64]  # (R,)
    from_detections: NDArray[np.intp]  # (R,) row in the poses of that frame
    to_frames: NDArray[np.int64]  # (R,)
    to_detections: NDArray[np.intp]  # (R,)
    shares: FloatArray  # (R,) in [0, 1)
    from_exchanged: NDArray[np.bool_]  # (R,) left and right of that detection are exchanged
    to_exchanged: NDArray[np.bool_]  # (R,)
    flip: NDArray[np.intp]  # (K,) of the skeleton

    @staticmethod
    def of(index: TrackIndex, plan: JoinPlan) -> "JoinedIndex":
        """What a plan makes of the rows of `index.outline()`."""
        outline = index.outline()
        plan = plan[np.flatnonzero(plan.ids != NOBODY)]
        row_of = np.cumsum(outline.ids != NOBODY) - 1
        before, after = row_of[plan.before], row_of[plan.after]
        joined = plan.rows(outline)
        return JoinedIndex(
            index.frame_count,
            plan.frames,
            plan.ids,
            joined.scores,
            joined.boxes,
            index.frames[before].astype(np.int64),
            index.detections[before].astype(np.intp),
            index.frames[after].astype(np.int64),
            index.detections[after].astype(np.intp),
            plan.share,
            index.exchanged[before],
            index.exchanged[after],
            index.flip,
        )

    def renamed(self, names: Mapping[int, int]) -> "JoinedIndex":
        """The same rows with other ids; every id must be in `names`."""
        return replace(self, ids=named(self.ids, names))

    def of_frame(self, number: int, poses_of: Callable[[int], PoseBatch | None]) -> Tracks:
        """Who is in a frame, by ascending id, given the poses of any frame."""
        start, stop = np.searchsorted(self.frames, (number, number + 1)).tolist()
        if start == stop:
            here = poses_of(number)
            return Tracks.empty(len(self.flip) if here is None else here.keypoint_scores.shape[1])
        rows = start + np.argsort(self.ids[start:stop], kind="stable")
        before = _gathered(self.from_frames[rows], self.from_detections[rows], poses_of)
        after = _gathered(self.to_frames[rows], self.to_detections[rows], poses_of)
        before = before.exchanged(self.from_exchanged[rows], self.flip)
        after = after.exchanged(self.to_exchanged[rows], self.flip)
        poses = between(before, after, self.shares[rows])
        return Tracks(self.ids[rows], poses, np.ones(len(rows), np.bool_))


def _gathered(
    frames: NDArray[np.int64],
    detections: NDArray[np.intp],
    poses_of: Callable[[int], PoseBatch | None],
) -> PoseBatch:
    """One detection each out of several frames."""
    parts = []
    order = []
    for frame in np.unique(frames).tolist():
        poses = poses_of(frame)
        assert poses is not None, f"frame {frame} has tracks, but no poses"
        rows = np.flatnonzero(frames == frame)
        parts.append(poses[detections[rows]])
        order.append(rows)
    if len(parts) == 1:
        return parts[0]
    back = np.argsort(np.concatenate(order))
    return PoseBatch(
        *(
            np.concatenate([getattr(part, name) for part in parts])[back]
            for name in ("boxes", "scores", "keypoints", "keypoint_scores")
        )
    )
