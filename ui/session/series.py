"""Angles and positions of one person over time, for the plots."""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.skeleton import COCO_17, Skeleton, is_body
from core.tracks.measure.angles import TRUNK_LEAN, facing_of, joint_angles, y_up
from core.types import FloatArray, FrameResult
from ui.session.clip_analysis import Knowledge

LEAST_SCORE = 0.3  # weaker joints leave a gap in the curve
LIVE_S = 20.0  # length of the curves of a live run

Curve = NDArray[np.float64]

# What can be chosen: title -> (names of curves, unit)
CHOICES: dict[str, tuple[tuple[str, ...], str]] = {
    "Knee angles": (("left_knee", "right_knee"), "°"),
    "Hip angles": (("left_hip", "right_hip"), "°"),
    "Shoulder angles": (("left_shoulder", "right_shoulder"), "°"),
    "Elbow angles": (("left_elbow", "right_elbow"), "°"),
    "Trunk lean": ((TRUNK_LEAN,), "°"),
    "Wrist heights": (("left_wrist y", "right_wrist y"), "px"),
    "Ankle heights": (("left_ankle y", "right_ankle y"), "px"),
    "Hips, x and y": (("left_hip x", "left_hip y"), "px"),
}


@dataclass(frozen=True, slots=True, eq=False)
class PersonSeries:
    """T sightings of one person."""

    times_s: Curve  # (T,)
    curves: dict[str, Curve]  # (T,) each, NaN where unknown


def series_of(
    times_s: Curve, keypoints: FloatArray, scores: FloatArray, skeleton: Skeleton
) -> PersonSeries:
    """All curves of (T, K, 2) px with scores (T, K). Heights count upwards from the lower edge.

    Angles are those of a body: of another skeleton there are positions alone.
    """
    points = np.where(scores[..., None] >= LEAST_SCORE, keypoints, np.nan).astype(np.float64)
    curves: dict[str, Curve] = {}
    if len(times_s) > 1 and is_body(skeleton):
        turned = y_up(points)
        curves |= joint_angles(turned, times_s, facing_of(turned, skeleton), skeleton)
    for number, name in enumerate(skeleton.names):
        curves[f"{name} x"] = points[:, number, 0]
        curves[f"{name} y"] = -points[:, number, 1]
    return PersonSeries(times_s, curves)


def series_in_clip(knowledge: Knowledge, times_s: Curve, track_id: int) -> PersonSeries:
    """The curves of a person over the whole clip. Reads the kept poses: for a background job."""
    numbers = knowledge.frames_of(track_id)
    keypoints, scores, seen = [], [], []
    for number in numbers.tolist():
        tracks = knowledge.tracks_at(number)
        rows = np.flatnonzero(tracks.ids == track_id)
        if len(rows):
            seen.append(number)
            keypoints.append(tracks.poses.keypoints[rows[0]])
            scores.append(tracks.poses.keypoint_scores[rows[0]])
    if not seen:
        return PersonSeries(np.zeros(0), {})
    return series_of(times_s[seen], np.array(keypoints), np.array(scores), knowledge.skeleton)


class LiveSeries:
    """The last seconds of one person of a live run."""

    def __init__(self) -> None:
        self._track_id: int | None = None
        self._skeleton: Skeleton = COCO_17
        self._rows: deque[tuple[float, FloatArray, FloatArray]] = deque(maxlen=2000)

    def add(self, result: FrameResult, track_id: int | None) -> None:
        """Take in a frame for the selected person; another person or skeleton begins anew."""
        tracks, time_s, skeleton = result.tracks, result.frame.time_s, result.skeleton
        if (track_id, skeleton.names) != (self._track_id, self._skeleton.names):
            self._track_id, self._skeleton = track_id, skeleton
            self._rows.clear()
        for row in np.flatnonzero(tracks.ids == track_id)[:1]:
            poses = tracks.poses
            self._rows.append((time_s, poses.keypoints[row], poses.keypoint_scores[row]))
        while self._rows and self._rows[0][0] < time_s - LIVE_S:
            self._rows.popleft()

    def series(self) -> PersonSeries:
        """The curves of what is kept."""
        if not self._rows:
            return PersonSeries(np.zeros(0), {})
        times, keypoints, scores = zip(*self._rows, strict=True)
        rows = np.array(times), np.array(keypoints), np.array(scores)
        return series_of(*rows, self._skeleton)
