"""What following a crowd costs: people who walk to and fro, cross and are missed at times."""

import statistics
import time

import numpy as np

from core.types import PoseBatch
from trackers.pose_tracker import PoseTracker

_RATE_HZ = 30.0
_HALL = np.array([1920.0, 800.0])  # px
_BODY = np.array([70.0, 190.0])  # px
_MISSED = 0.05  # share of sightings


def measure_tracking(people: int, frames: int = 300) -> dict[str, float]:
    """Median CPU and wall time in ms of one update with so many people."""
    random = np.random.default_rng(people)
    start = random.uniform(0, 1, (people, 2)) * _HALL
    speed = random.uniform(-200, 200, (people, 2)) * (1.0, 0.3)  # px / s
    shape = random.uniform(0, 1, (people, 17, 2))  # of the box
    tracker = PoseTracker()
    cpu_ms, wall_ms = [], []
    for index in range(frames):
        time_s = index / _RATE_HZ
        way = start + speed * time_s
        # Walls turn people back: distance travelled, folded into the hall.
        place = _HALL - np.abs(way % (2 * _HALL) - _HALL)
        corner = place + random.normal(0, 1.5, (people, 2))
        keypoints = corner[:, None] + shape * _BODY + random.normal(0, 2, (people, 17, 2))
        poses = PoseBatch(
            np.concatenate([corner, corner + _BODY], 1).astype(np.float32),
            random.uniform(0.6, 0.95, people).astype(np.float32),
            keypoints.astype(np.float32),
            random.uniform(0.3, 1.0, (people, 17)).astype(np.float32),
        )[np.flatnonzero(random.random(people) >= _MISSED)]
        cpu, wall = time.process_time(), time.perf_counter()
        tracker.update(poses, time_s)
        wall_ms.append(1e3 * (time.perf_counter() - wall))
        cpu_ms.append(1e3 * (time.process_time() - cpu))
    return {"cpu_ms": statistics.median(cpu_ms), "wall_ms": statistics.median(wall_ms)}
