"""Exchanged sides planted into pose sequences: how many are put right, and how many others are.

python tests/side_figures.py bonn/full_rate bonn/half_rate
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trackers.pose_tracker import PoseTracker, TrackerSettings
from trackers.sequences import TrackSequence, find_sequences, read_sequence

BEGINS_HZ, ENDS_HZ = 0.3, 2.0  # of the exchanges that are planted


@dataclass
class Counts:
    """Skeletons of tracks: all, those left with exchanged sides, and those put right wrongly."""

    people: int = 0
    planted: int = 0
    left: int = 0
    harmed: int = 0


def count(sequence: TrackSequence, counts: Counts, plants: bool) -> None:
    """Follow everyone of a sequence; with `plants`, some are exchanged for a while."""
    random = np.random.default_rng(0)
    flip = sequence.skeleton.flip
    tracker = PoseTracker(TrackerSettings(), sequence.skeleton)
    plain = PoseTracker(TrackerSettings(keep_sides=False), sequence.skeleton)
    wrong: dict[int, bool] = {}
    last_s = 0.0
    for found, time_s in zip(sequence.detections, sequence.times_s.tolist(), strict=True):
        known = plain.update(found, time_s)
        step_s, last_s = time_s - last_s, time_s
        for track_id in known.ids.tolist():
            before = wrong.get(track_id, False)
            rate_hz = ENDS_HZ if before else BEGINS_HZ
            changes = random.random() < 1 - np.exp(-rate_hz * step_s)
            wrong[track_id] = plants and before != changes
        exchanged = np.array([wrong[track_id] for track_id in known.ids.tolist()], np.bool_)
        given = known.poses.exchanged(exchanged, flip)
        shown = tracker.update(given, time_s)
        for row, box in enumerate(shown.poses.boxes):
            of = int(np.flatnonzero((known.poses.boxes == box).all(axis=1))[0])
            right = np.array_equal(shown.poses.keypoints[row], known.poses.keypoints[of])
            counts.people += 1
            counts.planted += bool(exchanged[of])
            counts.left += bool(exchanged[of]) and not right
            counts.harmed += not exchanged[of] and not right


def main() -> None:
    for plants in (False, True):
        counts = Counts()
        for folder in sys.argv[1:]:
            for path in find_sequences(Path(folder)):
                count(read_sequence(path, "noisy-poses"), counts, plants)
        print(
            f"{counts.people} people, {counts.planted} exchanged, {counts.left} of them left so; "
            f"{counts.harmed} others exchanged"
        )


if __name__ == "__main__":
    main()
