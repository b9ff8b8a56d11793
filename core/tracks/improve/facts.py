"""What the tracks of a clip say of each of its frames: how doubtful, how unsteady, which poses."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry import box_areas
from core.tracks.table import NOBODY, TrackTable
from core.types import FloatArray

_LOOK = (12, 8)  # columns and rows of the tiny picture that says what a frame looks like
_SURE = 0.3  # keypoints of a lower score say nothing about steadiness
_LOST = 0.3  # unsteadiness where a person is missing for a moment, or is there for one frame alone
_MOMENT = 5  # frames


@dataclass(frozen=True, slots=True, eq=False)
class FrameFacts:
    """F frames, ascending. A frame without people has no doubt."""

    frames: NDArray[np.int64]  # (F,)
    doubt: FloatArray  # (F,) in [0, 1]: 1 - mean keypoint score, an unseen one counting as 0
    unsteady: FloatArray  # (F,) how far off the middle of both neighbours poses are, in body sizes
    poses: FloatArray  # (F, D) mean and spread of the people's poses in their boxes, their number
    empty: NDArray[np.bool_]  # (F,) without people

    def __len__(self) -> int:
        return len(self.frames)


def frame_facts(table: TrackTable) -> FrameFacts:
    """The facts of all frames of a table."""
    frames, row_frame = np.unique(table.frames, return_inverse=True)
    row_frame = row_frame.reshape(-1)
    there = np.flatnonzero(table.ids != NOBODY)
    at, count = row_frame[there], len(frames)
    people = table[there]
    number = np.bincount(at, minlength=count).astype(np.float32)
    doubt = 1 - np.nan_to_num(people.keypoint_scores).mean(axis=1)
    most = np.zeros(count, np.float32)
    np.maximum.at(most, at, _unsteady(people))
    most[np.isin(frames, _lost(people))] = _LOST
    inside = _in_box(people)
    mean = _sums(inside, at, count) / np.maximum(number, 1)[:, None]
    spread = _sums(inside**2, at, count) / np.maximum(number, 1)[:, None] - mean**2
    poses = np.hstack([mean, np.sqrt(np.maximum(spread, 0)), 0.2 * number[:, None]])
    doubts = np.bincount(at, weights=doubt, minlength=count) / np.maximum(number, 1)
    return FrameFacts(
        frames, doubts.astype(np.float32), most, poses.astype(np.float32), number == 0
    )


def look_of(rgb: NDArray[np.uint8]) -> FloatArray:
    """A picture (H, W, 3) as a few numbers (L,) in [0, 1]: what it looks like."""
    small = cv2.resize(rgb, _LOOK, interpolation=cv2.INTER_AREA)
    look: FloatArray = small.astype(np.float32).ravel() / np.float32(255)
    return look


def _unsteady(people: TrackTable) -> FloatArray:
    """(R,) the root mean square of each row's sure keypoints off the middle of both neighbours."""
    size = np.sqrt(np.maximum(np.nan_to_num(box_areas(people.boxes)), 1.0))
    unsteady = np.zeros(len(people), np.float32)
    sure = (np.nan_to_num(people.keypoint_scores) >= _SURE) & np.isfinite(people.keypoints).all(2)
    for track_id in people.track_ids.tolist():
        rows = np.flatnonzero(people.ids == track_id)
        if len(rows) == 1:
            unsteady[rows] = _LOST
        frames = people.frames[rows]
        follow = (frames[2:] - frames[:-2]) == 2
        before, here, after = rows[:-2][follow], rows[1:-1][follow], rows[2:][follow]
        middle = (people.keypoints[before] + people.keypoints[after]) / 2
        off2 = ((people.keypoints[here] - middle) ** 2).sum(axis=2)
        known = sure[before] & sure[here] & sure[after]
        total = np.where(known, np.nan_to_num(off2), 0).sum(axis=1)
        usual = np.median([size[before], size[here], size[after]], axis=0)
        unsteady[here] = np.sqrt(total / np.maximum(known.sum(axis=1), 1)) / usual
    return unsteady


def _lost(people: TrackTable) -> NDArray[np.int64]:
    """The frames in which somebody is missing for a moment."""
    found = []
    for track_id in people.track_ids.tolist():
        frames = people.frames[people.ids == track_id]
        for first, last in pairwise(frames.tolist()):
            if 1 < last - first <= _MOMENT + 1:
                found.append(np.arange(first + 1, last))
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _in_box(people: TrackTable) -> FloatArray:
    """(R, 2K) keypoints as shares of their boxes; the middle where a keypoint is not known."""
    corner, size = people.boxes[:, None, :2], people.boxes[:, None, 2:] - people.boxes[:, None, :2]
    inside = (people.keypoints - corner) / np.maximum(size, 1)
    inside = np.clip(np.nan_to_num(inside, nan=0.5), -0.5, 1.5)
    return np.asarray(inside.reshape(len(people), 2 * people.keypoints.shape[1]), np.float32)


def _sums(values: FloatArray, at: NDArray[np.intp], count: int) -> FloatArray:
    sums = np.zeros((count, values.shape[1]), np.float32)
    np.add.at(sums, at, values)
    return sums
