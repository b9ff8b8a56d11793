"""One followed person, and all of them as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, PoseBatch
from trackers.appearance import LENGTH
from trackers.motion import BoxFilter, MotionSettings, SteadyCourse, TimeStep, travel_s, zoom_of
from trackers.sides import UNKNOWN


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One detection."""

    box: FloatArray  # (4,) x1, y1, x2, y2 px
    score: float
    keypoints: FloatArray  # (K, 2) px
    keypoint_scores: FloatArray  # (K,)

    @staticmethod
    def of(poses: PoseBatch, row: int) -> "Sighting":
        """One row of a batch."""
        return Sighting(
            poses.boxes[row],
            float(poses.scores[row]),
            poses.keypoints[row],
            poses.keypoint_scores[row],
        )


def batch_of(seen: Sequence[Sighting]) -> PoseBatch:
    """One detection each; there must be one."""
    return PoseBatch(
        np.array([one.box for one in seen]),
        np.array([one.score for one in seen], np.float32),
        np.array([one.keypoints for one in seen]),
        np.array([one.keypoint_scores for one in seen]),
    )


class Track:
    """What is known about one person. Lives only inside the tracker."""

    def __init__(self, seen: Sighting, time_s: float, settings: MotionSettings) -> None:
        self.id = 0  # 0: not confirmed
        self.evidence = seen.score
        self.since_s = self.seen_s = time_s
        self.last = seen
        self.look: FloatArray | None = None  # what the person wears, of length 1, once seen
        self.forget_sides()
        self._looked_s = 0.0
        self._settings = settings
        box = seen.box.astype(np.float64)
        self._filter = BoxFilter(box, settings)
        self._course = SteadyCourse((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, settings)
        self._seen_box = box  # the filter's estimate at the last sighting

    def forget_sides(self) -> None:
        """Know nothing of the way the person faces."""
        self.facing = UNKNOWN  # (2, ANGLES), see `trackers.sides`
        self.exchanged = False  # whether left and right of `last` are exchanged

    def predict(self, step: TimeStep) -> None:
        """Move on by a step."""
        self._filter.predict(step)

    def move(self, warp: NDArray[np.float64]) -> None:
        """Follow the camera: `warp` (2, 3) takes old pixels to new ones."""
        self._filter.move(warp)
        self._course.move(warp)
        self._seen_box = move_box(self._seen_box, warp)
        self.last = replace(
            self.last,
            box=move_box(self.last.box, warp).astype(np.float32),
            keypoints=(self.last.keypoints @ warp[:, :2].T + warp[:, 2]).astype(np.float32),
        )

    def observe(self, seen: Sighting, time_s: float) -> None:
        """Take in the detection that was found to be this person."""
        box = seen.box.astype(np.float64)
        self._filter.update(box)
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        self._course.add(x, y, time_s - self.seen_s)
        self._seen_box = self._filter.box
        self.evidence += seen.score
        self.seen_s = time_s
        self.last = seen

    def wear(self, look: FloatArray, time_s: float, fade_s: float) -> None:
        """Take in what the person wears now; what was seen `fade_s` ago counts a third as much."""
        if self.look is not None:
            old = np.exp(-(time_s - self._looked_s) / fade_s)
            look = (1 - old) * look + old * self.look
        self.look = (look / np.linalg.norm(look)).astype(np.float32)
        self._looked_s = time_s

    def expected_shift(self, dt_s: float) -> NDArray[np.float64]:
        """By how far, (2,) px, the filter expects the person to move in `dt_s` from now on."""
        return self._filter.velocity * travel_s(dt_s, self._settings.momentum_s)

    @property
    def box(self) -> NDArray[np.float64]:
        """Where the filter expects the person now."""
        return self._filter.box

    def coasted_box(self, time_s: float) -> NDArray[np.float64]:
        """Where a person would be who kept the steady course since the last sighting."""
        carried_s = travel_s(time_s - self.seen_s, self._settings.momentum_s)
        return self._seen_box + np.tile(self._course.velocity * carried_s, 2)


def move_box(box: NDArray[np.floating], warp: NDArray[np.float64]) -> NDArray[np.float64]:
    """Carry a box's centre with a warp (2, 3) and scale its sides."""
    corners = np.asarray(box, np.float64).reshape(2, 2)
    centre = warp[:, :2] @ corners.mean(axis=0) + warp[:, 2]
    half = (corners[1] - corners[0]) / 2 * zoom_of(warp)
    return np.concatenate([centre - half, centre + half])


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Where M tracks are expected in a frame."""

    boxes: FloatArray  # (M, 4) by the filters
    coasted: FloatArray  # (M, 4) by the steady courses, for those not seen in the last frame
    last: FloatArray  # (M, 4) as last seen
    keypoints: FloatArray  # (M, K, 2) as last seen
    keypoint_scores: FloatArray  # (M, K)
    ages_s: FloatArray  # (M,) time since the last sighting
    missed: NDArray[np.bool_]  # (M,) not seen in the last frame
    confirmed: NDArray[np.bool_]  # (M,)
    looks: FloatArray  # (M, L) what they wear, 0 where it was never seen

    @staticmethod
    def of(tracks: Sequence[Track], time_s: float, last_s: float) -> "Outlook":
        """Look from the last frame's time to this frame's. There must be a track."""
        boxes = np.array([track.box for track in tracks], np.float32)
        last = batch_of([track.last for track in tracks])
        seen_s = np.array([track.seen_s for track in tracks])
        missed = seen_s < last_s
        coasted = boxes.copy()
        for index in np.flatnonzero(missed).tolist():
            coasted[index] = tracks[index].coasted_box(time_s)
        return Outlook(
            boxes,
            coasted,
            last.boxes,
            last.keypoints,
            last.keypoint_scores,
            (time_s - seen_s).astype(np.float32),
            missed,
            np.array([track.id > 0 for track in tracks]),
            np.array(
                [
                    np.zeros(LENGTH, np.float32) if track.look is None else track.look
                    for track in tracks
                ]
            ),
        )

    def shifted(self, offset: FloatArray) -> "Outlook":
        """The same for a camera that moved the picture by `offset` (2,) px."""
        both = np.tile(offset, 2)
        return replace(
            self,
            boxes=self.boxes + both,
            coasted=self.coasted + both,
            last=self.last + both,
            keypoints=self.keypoints + offset,
        )
