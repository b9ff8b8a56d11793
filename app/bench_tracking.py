"""What following a crowd costs."""

import statistics
import time

from app.bench_crowd import RATE_HZ, walking
from trackers.pose_tracker import PoseTracker


def measure_tracking(people: int, frames: int = 300) -> dict[str, float]:
    """Median CPU and wall time in ms of one update with so many people."""
    found = walking(people)
    tracker = PoseTracker()
    cpu_ms, wall_ms = [], []
    for index in range(frames):
        poses = found(index)
        cpu, wall = time.process_time(), time.perf_counter()
        tracker.update(poses, index / RATE_HZ)
        wall_ms.append(1e3 * (time.perf_counter() - wall))
        cpu_ms.append(1e3 * (time.process_time() - cpu))
    return {"cpu_ms": statistics.median(cpu_ms), "wall_ms": statistics.median(wall_ms)}
