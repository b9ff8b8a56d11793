"""frames -> poses -> tracks, one generator a stage.

`follow` is the only place where a tracker is fed: live runs, recorded clips, replays, the
evaluation and tests all go through it.
"""

import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.types import (
    CameraMotion,
    Frame,
    FramePoses,
    FrameResult,
    Looks,
    Picture,
    PoseBatch,
    Rows,
    Sight,
    Tracks,
)


class Estimator(Protocol):
    """Finds everyone in a frame."""

    def __call__(self, frame: Frame) -> PoseBatch: ...


class Tracker(Protocol):
    """Follows people over time; `time_s` never decreases.

    Before each `update` it is shown the picture, RGB (H, W, 3) or what gives it, and answers what
    it saw: how the camera moved, and what people wear. Where that is known from an earlier run, it
    is told by `moved` instead. `update` gets what its people wear.
    """

    def see(self, picture: NDArray[np.uint8] | Picture, poses: PoseBatch) -> Sight: ...

    def moved(self, camera: CameraMotion) -> None: ...

    def update(self, poses: PoseBatch, time_s: float, looks: Looks | None = None) -> Tracks: ...

    def expected(self, time_s: float, picture: NDArray[np.uint8] | Picture | None = None) -> Tracks:
        """In place of `update`, where nobody looked: the people of the last one, predicted.

        The frame's picture may tell where they went.
        """
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """How a frame is analysed."""

    estimate: Estimator | None  # None: not at all
    mode: str = ""  # in a word, for tables and the screen


def analyse(
    frames: Iterable[Frame],
    estimate: Estimator,
    tracker: Tracker,
    plan: Callable[[Frame], Look] | None = None,
) -> Generator[FrameResult, None, None]:
    """Find and follow people. Plain and synchronous: offline runs and tests call it directly.

    With a `plan`, that says for each frame how to look, instead of `estimate`.

    Stage times in ms: `wait` from capture to the start, `infer`, `camera` (how it
    moved, and what people wear), `track`.
    """
    return follow(find(frames, estimate, plan), tracker)


def find(
    frames: Iterable[Frame], estimate: Estimator, plan: Callable[[Frame], Look] | None = None
) -> Generator[FramePoses, None, None]:
    """Each frame with everyone in it."""
    every_frame = Look(estimate)
    for frame in frames:
        waited_ms = (time.monotonic_ns() - frame.captured_ns) / 1e6
        look = every_frame if plan is None else plan(frame)
        started = time.perf_counter()
        poses = PoseBatch.empty() if look.estimate is None else look.estimate(frame)
        infer_ms = 1e3 * (time.perf_counter() - started)
        stage_ms = {"wait": waited_ms, "infer": infer_ms}
        looked = look.estimate is not None
        yield FramePoses(frame, poses, stage_ms=stage_ms, mode=look.mode, looked=looked)


def follow(
    found: Iterable[FramePoses], tracker: Tracker, least_score: float = 0.0
) -> Generator[FrameResult, None, None]:
    """Who is who. People with a lower score than `least_score` stay in the poses, unfollowed."""
    for item in found:
        frame, sight = item.frame, item.sight
        started = time.perf_counter()
        if not item.looked:
            sight = Sight()
        elif frame.has_picture:
            sight = tracker.see(frame.picture, item.poses)
        elif sight.camera is not None:
            tracker.moved(sight.camera)
        seen = time.perf_counter()
        if item.looked:
            rows = _strong_rows(item.poses, least_score)
            looks = None if sight.looks is None else sight.looks[rows]
            tracks = tracker.update(item.poses[rows], frame.time_s, looks)
        else:
            tracks = tracker.expected(frame.time_s, frame.picture if frame.has_picture else None)
        tracked = time.perf_counter()
        stage_ms = {
            **item.stage_ms,
            "camera": 1e3 * (seen - started),
            "track": 1e3 * (tracked - seen),
        }
        yield FrameResult(frame, item.poses, tracks, stage_ms, sight, item.mode, item.looked)


def _strong_rows(poses: PoseBatch, least_score: float) -> Rows:
    return poses.scores >= np.float32(least_score) if least_score > 0 else slice(None)
