"""Follows people from frame to frame by pose, box and motion, on the clock of the video."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.geometry import box_areas, box_iou
from core.skeleton import COCO_17
from core.types import FloatArray, PoseBatch, Tracks
from trackers.association import Pairs, assign, grow_boxes, pose_similarity
from trackers.motion import MotionSettings, TimeStep
from trackers.track import Track


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Times in seconds, lengths in body sizes, scores and similarities in [0, 1]."""

    max_lost_s: float = 2.0  # a person who is not seen for longer gets a new id
    new_score: float = 0.5  # a track begins with a detection of at least this score
    low_score: float = 0.1  # weaker detections are ignored; up to new_score they only continue
    least_similarity: float = 0.2  # weaker pairs of a detection and a track never match
    least_low_similarity: float = 0.4  # the same for detections under new_score
    keypoint_seen: float = 0.3  # a keypoint from this score up is compared
    pose_weight: float = 0.5  # the share of OKS in the similarity of two full poses
    margin: float = 0.15  # boxes are compared with this margin, in widths and heights
    motion: MotionSettings = field(default_factory=MotionSettings)

    def __post_init__(self) -> None:
        if not 0 <= self.low_score <= self.new_score <= 1:
            raise ValueError("low_score and new_score must be ordered and between 0 and 1")
        if self.max_lost_s < 0:
            raise ValueError(f"max_lost_s must not be negative, got {self.max_lost_s}")


class PoseTracker:
    """A plain function of poses and time with a memory; ids start at 1 and are never reused.

    `settings` may be replaced whole between two updates.
    """

    def __init__(
        self, settings: TrackerSettings | None = None, sigmas: FloatArray = COCO_17.sigmas
    ) -> None:
        """`sigmas` (K,) are the OKS sigmas of the keypoints that `update` will get."""
        self.settings = settings or TrackerSettings()
        self._sigmas = sigmas
        self._tracks: list[Track] = []
        self._next_id = 1
        self._time_s: float | None = None

    def update(self, poses: PoseBatch, time_s: float) -> Tracks:
        """Everyone seen in this frame with an id, by ascending id.

        Detections with numbers that are not finite in the box are ignored.
        """
        settings = self.settings
        poses = _canonical(poses)
        dt_s = 0.0 if self._time_s is None else max(0.0, time_s - self._time_s)
        self._time_s = time_s if self._time_s is None else max(time_s, self._time_s)
        oldest_s = self._time_s - settings.max_lost_s
        self._tracks = [track for track in self._tracks if track.seen_s >= oldest_s]
        step = TimeStep.of(dt_s, settings.motion)
        for track in self._tracks:
            track.predict(step)

        strong = np.flatnonzero(poses.scores >= settings.new_score)
        weak = np.flatnonzero(
            (poses.scores >= settings.low_score) & (poses.scores < settings.new_score)
        )
        free = np.arange(len(self._tracks))
        owner: dict[int, int] = {}  # detection -> track
        for rows, least in (
            (strong, settings.least_similarity),
            (weak, settings.least_low_similarity),
        ):
            pairs = self._match(poses[rows], free, least)
            owner |= {int(rows[row]): int(free[column]) for row, column in pairs}
            free = np.delete(free, pairs[:, 1])

        shown: list[tuple[int, int]] = []  # id, detection
        for row, column in owner.items():
            track = self._tracks[column]
            track.observe(*_person(poses, row), self._time_s)
            shown.append((track.id, row))
        for row in (int(row) for row in strong if int(row) not in owner):
            track = Track(self._next_id, *_person(poses, row), self._time_s, settings.motion)
            self._next_id += 1
            self._tracks.append(track)
            shown.append((track.id, row))
        shown.sort()
        rows = np.array([row for _, row in shown], np.intp)
        ids = np.array([track_id for track_id, _ in shown], np.int64)
        return Tracks(ids, poses[rows], np.ones(len(ids), np.bool_))

    def _match(self, poses: PoseBatch, columns: NDArray[np.intp], least: float) -> Pairs:
        """Pairs (row of poses, position in `columns`)."""
        if len(poses) == 0 or len(columns) == 0:
            return np.zeros((0, 2), np.intp)
        settings = self.settings
        tracks = [self._tracks[column] for column in columns]
        expected = np.array([track.motion.box for track in tracks], np.float32)
        overlap = box_iou(
            grow_boxes(poses.boxes, settings.margin), grow_boxes(expected, settings.margin)
        )
        likeness, share = pose_similarity(
            poses.keypoints,
            poses.keypoint_scores,
            np.array([track.expected_keypoints() for track in tracks]),
            np.array([track.keypoint_scores for track in tracks]),
            box_areas(expected),
            self._sigmas,
            settings.keypoint_seen,
        )
        weight = settings.pose_weight * share
        return assign(weight * likeness + (1 - weight) * overlap, least)


def _canonical(poses: PoseBatch) -> PoseBatch:
    """Without unusable rows, in an order that does not depend on the order given."""
    usable = np.isfinite(poses.boxes).all(axis=1) & np.isfinite(poses.scores)
    usable &= (poses.boxes[:, 2:] > poses.boxes[:, :2]).all(axis=1)
    seen = np.isfinite(poses.keypoints).all(axis=2) & np.isfinite(poses.keypoint_scores)
    poses = PoseBatch(
        poses.boxes,
        poses.scores,
        np.where(seen[..., None], poses.keypoints, np.float32(0)),
        np.where(seen, poses.keypoint_scores, np.float32(0)),
    )[usable]
    flat = poses.keypoints.reshape(len(poses), 2 * poses.keypoints.shape[1])
    keys = np.concatenate([flat[:, ::-1], poses.boxes[:, ::-1], -poses.scores[:, None]], axis=1)
    return poses[np.lexsort(keys.T)]


def _person(poses: PoseBatch, row: int) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    return (
        poses.boxes[row],
        float(poses.scores[row]),
        poses.keypoints[row],
        poses.keypoint_scores[row],
    )
