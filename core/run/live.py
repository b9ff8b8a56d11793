"""A live run: one thread captures, one works, and whoever reads may never wait."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.run.background import start_thread
from core.run.channel import Channel, Tap
from core.run.reconnect import Link, ReconnectSettings, reconnecting
from core.run.stages import Estimator, Look, Tracker, analyse
from core.skeleton import Skeleton
from core.types import CameraMotion, Frame, FrameResult, Looks, Picture, PoseBatch, Sight, Tracks

R = TypeVar("R")

FILE_CAPACITY = 8  # frames decoded ahead of the network


class Pipeline(Generic[R]):
    """source -> [capture thread] -> frames -> [worker thread] -> results -> reader.

    `live`: the newest frame wins, drops are counted, and a lost source is opened again.
    Otherwise nothing is lost and the source waits for the reader. `finish` turns a result into
    what the reader takes, in the worker. `estimate`, the `skeleton` that it finds, `tracker` and
    `plan`, which says for each frame how to look, may be assigned while running; they are read
    once a frame. Taps get every captured frame, or every result, without slowing the run: a full
    tap drops, and counts, its own.
    """

    def __init__(
        self,
        open_frames: Callable[[], Iterator[Frame]],
        estimate: Estimator,
        tracker: Tracker,
        finish: Callable[[FrameResult], R],
        *,
        live: bool,
        reconnect: ReconnectSettings | None = None,
        after: "Sequence[Pipeline[R]]" = (),
        plan: Callable[[Frame], Look] | None = None,
        skeleton: Skeleton | None = None,
    ) -> None:
        self.estimate = estimate
        self.skeleton = skeleton
        self.plan = plan
        self.tracker = tracker
        self.frames: Channel[Frame] = Channel(1 if live else FILE_CAPACITY, newest_wins=live)
        self.results: Channel[R] = Channel(1 if live else FILE_CAPACITY, newest_wins=live)
        # Replaced whole: a thread that goes through them meets the old or the new ones.
        self._frame_taps: tuple[Tap[Frame], ...] = ()
        self._result_taps: tuple[Tap[FrameResult], ...] = ()
        self.captured = 0  # frames that the source gave
        self.analysed = 0  # frames that the worker finished
        self.link = Link()
        self._capture = start_thread(
            self._captured(open_frames, (reconnect or ReconnectSettings()) if live else None),
            self.frames,
            None,
            "capture",
        )
        previous = [pipeline._worker for pipeline in after]
        self._worker: threading.Thread = start_thread(
            self._worked(finish, previous), self.results, self.frames, "worker", gives_way=True
        )

    def stop(self) -> None:
        """Ask both threads to end, without waiting; a source blocked in a read ends later."""
        self.frames.close(discard=True)
        self.results.close(discard=True)

    def join(self, timeout_s: float = 0.8) -> bool:
        """Wait for the end of both threads, at most `timeout_s`; True when both have ended."""
        deadline = time.monotonic() + timeout_s
        for thread in (self._worker, self._capture):
            thread.join(max(0.0, deadline - time.monotonic()))
        return not (self._worker.is_alive() or self._capture.is_alive())

    def wait_for_source(self, timeout_s: float) -> None:
        """Wait until the source is closed, once it was asked to stop: some open only once."""
        self._capture.join(timeout_s)

    def wait_for_worker(self, timeout_s: float) -> None:
        """Wait for the end of the worker alone, once it was asked to stop.

        One that comes back from a library while Python ends would take the process down with it.
        """
        self._worker.join(timeout_s)

    @property
    def dropped(self) -> int:
        """Frames that were captured and never analysed, because newer ones came."""
        return self.frames.dropped

    def add_frame_tap(self, tap: Tap[Frame]) -> None:
        """Hand every captured frame to a channel as well. For the thread that owns the run."""
        self._frame_taps = (*self._frame_taps, tap)

    def add_result_tap(self, tap: Tap[FrameResult]) -> None:
        """Hand every result to a channel as well. For the thread that owns the run."""
        self._result_taps = (*self._result_taps, tap)

    def remove_tap(self, tap: Tap[Any]) -> None:
        """Leave a channel alone again, and only that one."""
        self._frame_taps = tuple(other for other in self._frame_taps if other is not tap)
        self._result_taps = tuple(other for other in self._result_taps if other is not tap)

    def _set_link(self, link: Link) -> None:
        self.link = link

    def _captured(
        self, open_frames: Callable[[], Iterator[Frame]], reconnect: ReconnectSettings | None
    ) -> Iterator[Frame]:
        if reconnect is None:
            source = open_frames()
        else:
            pause = self.frames.wait_closed
            source = reconnecting(open_frames, pause, self._set_link, reconnect)
        with closing(source):  # type: ignore[type-var]
            for frame in source:
                self.captured += 1
                for tap in self._frame_taps:
                    tap.offer(frame)
                yield frame

    def _worked(
        self, finish: Callable[[FrameResult], R], previous: Sequence[threading.Thread]
    ) -> Iterator[R]:
        for worker in previous:
            worker.join()  # what ends must not slow what begins
        results = analyse(self.frames, self.estimate, _Current(self), self._look)
        for found in results:
            result = replace(found, named=self.skeleton)
            for tap in self._result_taps:
                tap.offer(result)
            self.analysed += 1
            yield finish(result)

    def _look(self, frame: Frame) -> Look:
        plan = self.plan
        return Look(self.estimate) if plan is None else plan(frame)


class _Current:
    """The tracker that the pipeline has at this moment."""

    def __init__(self, pipeline: Pipeline[Any]) -> None:
        self._pipeline = pipeline

    def see(self, picture: NDArray[np.uint8] | Picture, poses: PoseBatch) -> Sight:
        return self._pipeline.tracker.see(picture, poses)

    def moved(self, camera: CameraMotion) -> None:
        self._pipeline.tracker.moved(camera)

    def update(self, poses: PoseBatch, time_s: float, looks: Looks | None = None) -> Tracks:
        return self._pipeline.tracker.update(poses, time_s, looks)

    def expected(self, time_s: float, picture: NDArray[np.uint8] | Picture | None = None) -> Tracks:
        return self._pipeline.tracker.expected(time_s, picture)
