"""A table as one array per person over all frames, and joints that other skeletons ask for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.skeleton import COCO_17, Skeleton
from core.tracks.table import TrackTable

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clip:
    """What files name of the recording beside its tracks."""

    name: str  # stem of the files that are written
    video: str = ""  # its path or address
    size: tuple[int, int] | None = None  # width, height px of the upright picture
    skeleton: Skeleton = COCO_17  # `export` puts the table's there


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One track over all F frames of a table; NaN where nothing was seen."""

    track_id: int
    scores: Series  # (F,)
    boxes: Series  # (F, 4)
    keypoints: Series  # (F, K, 2)
    keypoint_scores: Series  # (F, K) NaN where the keypoint is

    @property
    def present(self) -> NDArray[np.bool_]:
        """Frames (F,) that hold a row of this person."""
        return np.isfinite(self.scores) | np.isfinite(self.boxes).all(axis=1)


def frames_of(table: TrackTable) -> tuple[NDArray[np.int64], Series]:
    """The frames of a table, each once, and their times."""
    frames, first = np.unique(table.frames, return_index=True)
    return frames, table.times_s[first].astype(np.float64)


def people_of(table: TrackTable) -> list[Person]:
    """Everyone by ascending id."""
    frames, _ = frames_of(table)
    seen = (table.keypoint_scores > 0) & np.isfinite(table.keypoints).all(axis=2)
    people = []
    for track_id in table.track_ids.tolist():
        rows = np.flatnonzero(table.ids == track_id)
        at = np.searchsorted(frames, table.frames[rows])
        joints = table.keypoint_scores.shape[1]
        scores, boxes = np.full(len(frames), np.nan), np.full((len(frames), 4), np.nan)
        keypoints = np.full((len(frames), joints, 2), np.nan)
        keypoint_scores = np.full((len(frames), joints), np.nan)
        scores[at], boxes[at] = table.scores[rows], table.boxes[rows]
        keypoints[at] = np.where(seen[rows][..., None], table.keypoints[rows], np.nan)
        keypoint_scores[at] = np.where(seen[rows], table.keypoint_scores[rows], np.nan)
        people.append(Person(track_id, scores, boxes, keypoints, keypoint_scores))
    return people


def rate_hz(times_s: Series) -> float:
    """The usual frame rate of these times; 30 for fewer than two."""
    return float(1 / np.median(np.diff(times_s))) if len(times_s) > 1 else 30.0


def is_even(times_s: Series, within: float = 0.02) -> bool:
    """Whether no step differs from the usual one by more than a fraction of it."""
    steps = np.diff(times_s)
    return len(steps) == 0 or bool(np.abs(steps / np.median(steps) - 1).max() <= within)


def named_joints(
    keypoints: Series, scores: Series, names: tuple[str | tuple[str, str] | None, ...], of: Skeleton
) -> tuple[Series, Series]:
    """Joints in another skeleton's order: (..., J, 2) and their scores (..., J).

    A name takes a keypoint, a pair of names the middle of both with the lower score, None a joint
    that `of` does not have. What is not there is NaN.
    """
    points = np.full((*scores.shape[:-1], len(names), keypoints.shape[-1]), np.nan)
    joint_scores = np.full((*scores.shape[:-1], len(names)), np.nan)
    for joint, name in enumerate(names):
        if isinstance(name, tuple):
            first, second = (of.names.index(part) for part in name)
            points[..., joint, :] = (keypoints[..., first, :] + keypoints[..., second, :]) / 2
            joint_scores[..., joint] = np.minimum(scores[..., first], scores[..., second])
        elif name in of.names:
            at = of.names.index(name)
            points[..., joint, :], joint_scores[..., joint] = keypoints[..., at, :], scores[..., at]
    return points, joint_scores
