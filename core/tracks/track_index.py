"""Which detection of which frame is who: the ids of a whole clip in a few bytes a person."""

import copy
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton
from core.tracks.table import NOBODY, TrackTable
from core.types import FloatArray, PoseBatch, Tracks


class TrackIndex:
    """Grows frame by frame, in order. One thread may append while others read.

    R rows over `frame_count` frames: frame, id, the detection's row in its frame, whether the
    tracker exchanged its left and right, score and box; and the time of each frame.
    """

    def __init__(self, skeleton: Skeleton, room: int = 4096) -> None:
        self.flip = skeleton.flip
        self.frame_count = 0
        self._rows = 0
        self._starts: NDArray[np.int64] = np.zeros(room, np.int64)
        self._frames: NDArray[np.int32] = np.zeros(room, np.int32)
        self._ids: NDArray[np.int64] = np.zeros(room, np.int64)
        self._detections: NDArray[np.int32] = np.zeros(room, np.int32)
        self._exchanged: NDArray[np.bool_] = np.zeros(room, np.bool_)
        self._scores: FloatArray = np.zeros(room, np.float32)
        self._boxes: FloatArray = np.zeros((room, 4), np.float32)
        self._times_s: NDArray[np.float64] = np.zeros(room, np.float64)

    def append(self, poses: PoseBatch, tracks: Tracks, time_s: float = 0.0) -> None:
        """The next frame: `tracks` holds rows of `poses`. Raises ValueError when it does not."""
        tracks = tracks[tracks.observed]
        count, start = len(tracks), self._rows
        while start + count > len(self._ids):
            for name in ("_frames", "_ids", "_detections", "_exchanged", "_scores", "_boxes"):
                setattr(self, name, _doubled(getattr(self, name)))
        if self.frame_count + 2 > len(self._starts):
            self._starts, self._times_s = _doubled(self._starts), _doubled(self._times_s)
        self._frames[start : start + count] = self.frame_count
        self._ids[start : start + count] = tracks.ids
        detections = _rows_in(poses, tracks.poses)
        self._detections[start : start + count] = detections
        given = poses[detections.astype(np.intp)]
        self._exchanged[start : start + count] = _are_exchanged(given, tracks.poses, self.flip)
        self._scores[start : start + count] = tracks.poses.scores
        self._boxes[start : start + count] = tracks.poses.boxes
        self._starts[self.frame_count + 1] = start + count
        self._times_s[self.frame_count] = time_s
        self._rows = start + count
        self.frame_count += 1

    @property
    def frames(self) -> NDArray[np.int32]:
        """(R,) frame of each row, ascending."""
        return self._frames[: self._rows]

    @property
    def ids(self) -> NDArray[np.int64]:
        """(R,) id of each row."""
        return self._ids[: self._rows]

    @property
    def detections(self) -> NDArray[np.int32]:
        """(R,) row of each in the poses of its frame."""
        return self._detections[: self._rows]

    @property
    def exchanged(self) -> NDArray[np.bool_]:
        """(R,) whether left and right of each were exchanged."""
        return self._exchanged[: self._rows]

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(F,) time of each frame."""
        return self._times_s[: self.frame_count]

    @property
    def scores(self) -> FloatArray:
        """(R,) score of each row."""
        return self._scores[: self._rows]

    @property
    def boxes(self) -> FloatArray:
        """(R, 4) box of each row, px."""
        return self._boxes[: self._rows]

    def outline(self) -> TrackTable:
        """All rows as a table without keypoints, a row of nobody for each empty frame."""
        counts = np.diff(self._starts[: self.frame_count + 1])
        empty = np.flatnonzero(counts == 0)
        frames = np.concatenate([self.frames, empty]).astype(np.int64)
        order = np.argsort(frames, kind="stable")
        none = len(empty)

        def column(values: np.ndarray, filler: float) -> np.ndarray:
            rest = np.full((none, *values.shape[1:]), filler, values.dtype)
            return np.concatenate([values, rest])[order]

        ids = column(self.ids, NOBODY)
        return TrackTable(
            frames[order],
            self.times_s[frames[order]],
            ids,
            column(self.scores, np.nan),
            column(self.boxes, np.nan),
            np.zeros((len(frames), 0, 2), np.float32),
            np.zeros((len(frames), 0), np.float32),
        )

    def renamed(self, names: Mapping[int, int]) -> "TrackIndex":
        """The same rows with other ids; every id must be in `names`."""
        result = copy.copy(self)
        result._ids = named(self.ids, names)
        return result

    def of_frame(self, number: int, poses_of: Callable[[int], PoseBatch | None]) -> Tracks:
        """Who is in a frame, given the poses of any; nobody in a frame not reached yet."""
        poses = poses_of(number)
        if poses is None:
            return Tracks.empty()
        if number >= self.frame_count:
            return Tracks.empty(poses.keypoint_scores.shape[1])
        rows = slice(int(self._starts[number]), int(self._starts[number + 1]))
        detections = self._detections[rows].astype(np.intp)
        ids = self._ids[rows].copy()
        found = poses[detections].exchanged(self._exchanged[rows], self.flip)
        return Tracks(ids, found, np.ones(len(ids), np.bool_))


def named(ids: NDArray[np.int64], names: Mapping[int, int]) -> NDArray[np.int64]:
    """Other ids (R,) in place of these; every id must be in `names`."""
    old, places = np.unique(ids, return_inverse=True)
    new = np.array([names[track_id] for track_id in old.tolist()], np.int64)
    return new[places.reshape(-1)] if len(old) else ids.copy()


def _rows_in(poses: PoseBatch, chosen: PoseBatch) -> NDArray[np.int32]:
    """For each chosen person the row in `poses` with the same box, keypoints and score."""
    rows = np.zeros(len(chosen), np.int32)
    free = np.ones(len(poses), np.bool_)
    for position in range(len(chosen)):
        same = (
            free
            & (poses.boxes == chosen.boxes[position]).all(axis=1)
            & (poses.scores == chosen.scores[position])
        )
        found = np.flatnonzero(same)
        if len(found) == 0:
            raise ValueError(f"person {position} of the tracks is none of the {len(poses)} poses")
        rows[position] = found[0]
        free[found[0]] = False
    return rows


def _are_exchanged(
    given: PoseBatch, followed: PoseBatch, flip: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """(N,) whose joints are where their partners of the other side were given.

    Joints that were nowhere do not count, as trackers put them at 0.
    """
    if given.keypoints.shape[1:2] != flip.shape:
        return np.zeros(len(given), np.bool_)

    def same(keypoints: FloatArray) -> NDArray[np.bool_]:
        nowhere = ~np.isfinite(keypoints) | (followed.keypoints == 0)
        return np.asarray(((keypoints == followed.keypoints) | nowhere).all(axis=(1, 2)))

    return same(given.keypoints[:, flip]) & ~same(given.keypoints)


def _doubled(array: np.ndarray) -> np.ndarray:
    """With room for as much again, which takes memory only where it is used."""
    larger = np.zeros((2 * len(array), *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
