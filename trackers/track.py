"""One followed person: the life of a track between its birth and its end."""

import numpy as np

from core.types import FloatArray
from trackers.motion import BoxFilter, MotionSettings, TimeStep


class Track:
    """What is known about one person. Lives only inside the tracker."""

    def __init__(
        self,
        track_id: int,
        box: FloatArray,
        score: float,
        keypoints: FloatArray,
        keypoint_scores: FloatArray,
        time_s: float,
        motion: MotionSettings,
    ) -> None:
        self.id = track_id
        self.first_s = time_s
        self.motion = BoxFilter(box.astype(np.float64), motion)
        self.seen_count = 0
        self._take(box, score, keypoints, keypoint_scores, time_s)

    def _take(
        self,
        box: FloatArray,
        score: float,
        keypoints: FloatArray,
        keypoint_scores: FloatArray,
        time_s: float,
    ) -> None:
        self.box = box
        self.score = score
        self.keypoints = keypoints
        self.keypoint_scores = keypoint_scores
        self.seen_s = time_s
        self.seen_count += 1

    def predict(self, step: TimeStep) -> None:
        """Move on by a step."""
        self.motion.predict(step)

    def observe(
        self,
        box: FloatArray,
        score: float,
        keypoints: FloatArray,
        keypoint_scores: FloatArray,
        time_s: float,
    ) -> None:
        """Take in the detection that was found to be this person."""
        self.motion.update(box.astype(np.float64))
        self._take(box, score, keypoints, keypoint_scores, time_s)

    def expected_keypoints(self) -> FloatArray:
        """(K, 2) px: the last seen pose, carried to and scaled with the predicted box."""
        predicted = self.motion.box
        centre = (self.box[:2] + self.box[2:]) / 2
        now = (predicted[:2] + predicted[2:]) / 2
        moved: FloatArray = (self.keypoints + (now - centre)).astype(np.float32)
        return moved
