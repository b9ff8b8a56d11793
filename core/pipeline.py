"""The program as a data flow: frames -> poses -> tracks, one generator a stage."""

import time
from collections.abc import Iterable, Iterator
from typing import Protocol

from core.types import Frame, FrameResult, PoseBatch, Tracks


class Estimator(Protocol):
    """Finds everyone in a frame."""

    def __call__(self, frame: Frame) -> PoseBatch: ...


class Tracker(Protocol):
    """Follows people over time; `time_s` never decreases."""

    def update(self, poses: PoseBatch, time_s: float) -> Tracks: ...


def analyse(
    frames: Iterable[Frame], estimate: Estimator, tracker: Tracker
) -> Iterator[FrameResult]:
    """Find and follow people. Plain and synchronous: offline runs and tests call it directly."""
    for frame in frames:
        started = time.perf_counter()
        poses = estimate(frame)
        estimated = time.perf_counter()
        tracks = tracker.update(poses, frame.time_s)
        tracked = time.perf_counter()
        stage_ms = {
            "infer": 1e3 * (estimated - started),
            "track": 1e3 * (tracked - estimated),
        }
        yield FrameResult(frame, poses, tracks, stage_ms)
