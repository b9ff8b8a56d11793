"""One-Euro filter: steady when still, quick when moving, on the real clock.

Casiez, Roussel, Vogel: "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
Interactive Systems", CHI 2012. Speed is counted in body heights a second, so that one setting
holds for people near the camera and far from it.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, Tracks


@dataclass(frozen=True, slots=True)
class OneEuroSettings:
    """How strongly the screen's skeletons are steadied."""

    min_cutoff_hz: float = 1.5  # of a joint at rest: lower is steadier
    speed_gain: float = 8.0  # Hz of cut-off added for each body height a second: higher lags less
    speed_cutoff_hz: float = 1.0  # of the speed itself
    forget_s: float = 0.5  # a joint unseen for longer starts afresh

    def __post_init__(self) -> None:
        for name in ("min_cutoff_hz", "speed_cutoff_hz", "forget_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.speed_gain < 0:
            raise ValueError(f"speed_gain must not be negative, got {self.speed_gain}")


@dataclass(slots=True)
class _Person:
    """State of K joints between two frames."""

    position: NDArray[np.float64]  # (K, 2) filtered px
    speed: NDArray[np.float64]  # (K, 2) filtered px/s
    seen_s: NDArray[np.float64]  # (K,) when each joint was last seen


class OneEuro:
    """Steadies the joints of everyone on screen; made for one stream of frames."""

    def __init__(self, settings: OneEuroSettings | None = None) -> None:
        self.settings = settings or OneEuroSettings()
        self._people: dict[int, _Person] = {}

    def smooth(self, tracks: Tracks, time_s: float) -> Tracks:
        """The same people with steadied keypoints. Time that goes back starts afresh.

        Unseen joints (score 0) pass unchanged, and so do people whom the tracker only predicts.
        """
        keypoints = tracks.poses.keypoints.copy()
        for row, track_id in enumerate(tracks.ids.tolist()):
            if tracks.observed[row]:
                box = tracks.poses.boxes[row]
                keypoints[row] = self._person(
                    track_id,
                    keypoints[row],
                    tracks.poses.keypoint_scores[row] > 0,
                    max(float(box[3] - box[1]), 1.0),
                    time_s,
                )
        horizon = time_s - self.settings.forget_s
        self._people = {
            track_id: person
            for track_id, person in self._people.items()
            if horizon <= person.seen_s.max() <= time_s
        }
        return replace(tracks, poses=replace(tracks.poses, keypoints=keypoints))

    def _person(
        self,
        track_id: int,
        measured: FloatArray,
        seen: NDArray[np.bool_],
        height_px: float,
        time_s: float,
    ) -> FloatArray:
        person = self._people.get(track_id)
        if person is None:
            person = _Person(
                measured.astype(np.float64),
                np.zeros(measured.shape),
                np.full(len(measured), -math.inf),
            )
            self._people[track_id] = person
        age_s = time_s - person.seen_s
        known = seen & (age_s > 0) & (age_s <= self.settings.forget_s)
        fresh = seen & ~known & (age_s != 0)
        step_s = np.where(known, age_s, 1.0)[:, None]
        speed = (measured - person.position) / step_s
        weight = _weight(self.settings.speed_cutoff_hz, step_s)
        speed = person.speed + weight * (speed - person.speed)
        cutoff_hz = self.settings.min_cutoff_hz + self.settings.speed_gain / height_px * (
            np.linalg.norm(speed, axis=1, keepdims=True)
        )
        position = person.position + _weight(cutoff_hz, step_s) * (measured - person.position)
        person.position[known], person.speed[known] = position[known], speed[known]
        person.position[fresh], person.speed[fresh] = measured[fresh], 0.0
        person.seen_s[seen] = time_s
        return np.where(seen[:, None], person.position, measured).astype(np.float32)


def _weight(
    cutoff_hz: float | NDArray[np.float64], step_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weight of the new value in an exponential filter that has this cut-off at this step."""
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff_hz * step_s))
