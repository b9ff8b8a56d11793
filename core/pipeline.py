"""The program as a data flow: frames -> poses -> tracks, one generator a stage.

`analyse` is the plain loop that offline runs and tests use. `Pipeline` pumps the same stages
through two threads, one that captures and one that works, for whoever may not wait.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.channel import Channel
from core.errors import UserError
from core.reconnect import Link, ReconnectSettings, reconnecting
from core.types import Frame, FrameResult, Picture, PoseBatch, Tracks

T = TypeVar("T")
R = TypeVar("R")

FILE_CAPACITY = 8  # frames decoded ahead of the network


class Estimator(Protocol):
    """Finds everyone in a frame."""

    def __call__(self, frame: Frame) -> PoseBatch: ...


class Tracker(Protocol):
    """Follows people over time; `time_s` never decreases.

    `see` shows it the picture of the next `update`: RGB (H, W, 3), or what gives it.
    """

    def see(self, picture: NDArray[np.uint8] | Picture, poses: PoseBatch) -> None: ...

    def update(self, poses: PoseBatch, time_s: float) -> Tracks: ...


def analyse(
    frames: Iterable[Frame], estimate: Estimator, tracker: Tracker
) -> Generator[FrameResult, None, None]:
    """Find and follow people. Plain and synchronous: offline runs and tests call it directly.

    Stage times in ms: `wait` from capture to the start, `infer`, `camera` (how it
    moved), `track`.
    """
    for frame in frames:
        waited_ms = (time.monotonic_ns() - frame.captured_ns) / 1e6
        started = time.perf_counter()
        poses = estimate(frame)
        estimated = time.perf_counter()
        tracker.see(frame.picture, poses)
        seen = time.perf_counter()
        tracks = tracker.update(poses, frame.time_s)
        tracked = time.perf_counter()
        stage_ms = {
            "wait": waited_ms,
            "infer": 1e3 * (estimated - started),
            "camera": 1e3 * (seen - estimated),
            "track": 1e3 * (tracked - seen),
        }
        yield FrameResult(frame, poses, tracks, stage_ms)


def pump(stage: Iterator[T], out: Channel[T], upstream: Channel[R] | None = None) -> None:
    """Run a stage to its end: its error goes down the channel, a stop goes up."""
    error: BaseException | None = None
    try:
        with closing(stage):  # type: ignore[type-var]  # free the camera in the thread that used it
            for item in stage:
                if not out.put(item):
                    break
    except Exception as raised:  # noqa: BLE001  # not swallowed: the reader raises it
        error = raised
    finally:
        if upstream is not None:
            upstream.close(discard=True)
        out.close(error)


def background(stage: Iterator[T], capacity: int = 1, newest_wins: bool = True) -> Channel[T]:
    """Run a generator in a thread of its own; closing the channel with `discard` cancels it.

    By default only the newest value is kept, as progress wants it.
    """
    out: Channel[T] = Channel(capacity, newest_wins)
    _start(stage, out, None, "background")
    return out


class Ahead:
    """The frames of a recorded source, with the network already at work on those to come.

    Iterate over it for the frames and call it with each for its poses: `workers` threads estimate
    as many frames ahead. While `wanted` says no, nothing is begun ahead. An error of the source is
    raised behind its last good frame, one of the network in the call for its frame.
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        estimate: Estimator,
        workers: int,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._frames = frames
        self._estimate = estimate
        self._workers = workers
        self._wanted = wanted
        self._begun: dict[int, Future[PoseBatch]] = {}

    def __iter__(self) -> Generator[Frame, None, None]:
        waiting: deque[Frame] = deque()
        ended: UserError | None = None
        with ThreadPoolExecutor(self._workers, "ahead") as pool:
            try:
                for frame in self._frames:
                    if self._wanted():
                        self._begun[frame.index] = pool.submit(self._estimate, frame)
                    waiting.append(frame)
                    if len(waiting) > self._workers:
                        yield waiting.popleft()
            except UserError as error:
                ended = error
            try:
                while waiting:
                    yield waiting.popleft()
            finally:
                pool.shutdown(cancel_futures=True)
        if ended is not None:
            raise ended

    def __call__(self, frame: Frame) -> PoseBatch:
        """Everyone in a frame: what was begun ahead, or computed now."""
        begun = self._begun.pop(frame.index, None)
        return self._estimate(frame) if begun is None else begun.result()


class Pipeline(Generic[R]):
    """source -> [capture thread] -> frames -> [worker thread] -> results -> reader.

    `live`: the newest frame wins, drops are counted, and a lost source is opened again.
    Otherwise nothing is lost and the source waits for the reader. `finish` turns a result into
    what the reader takes, in the worker. `estimate` and `tracker` may be assigned while running;
    they are read once a frame. Channels in `frame_taps` and `result_taps` get every captured
    frame and every result without slowing the run: a full tap drops, and counts, its own.
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
        after: "Pipeline[R] | None" = None,
    ) -> None:
        self.estimate = estimate
        self.tracker = tracker
        self.frames: Channel[Frame] = Channel(1 if live else FILE_CAPACITY, newest_wins=live)
        self.results: Channel[R] = Channel(1 if live else FILE_CAPACITY, newest_wins=live)
        self.frame_taps: tuple[Channel[Frame], ...] = ()
        self.result_taps: tuple[Channel[FrameResult], ...] = ()
        self.captured = 0  # frames that the source gave
        self.analysed = 0  # frames that the worker finished
        self.link = Link()
        self._capture = _start(
            self._captured(open_frames, (reconnect or ReconnectSettings()) if live else None),
            self.frames,
            None,
            "capture",
        )
        previous = None if after is None else after._worker
        self._worker: threading.Thread = _start(
            self._worked(finish, previous), self.results, self.frames, "worker"
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

    @property
    def dropped(self) -> int:
        """Frames that were captured and never analysed, because newer ones came."""
        return self.frames.dropped

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
                for tap in self.frame_taps:
                    tap.offer(frame)
                yield frame

    def _worked(
        self, finish: Callable[[FrameResult], R], previous: threading.Thread | None
    ) -> Iterator[R]:
        if previous is not None:
            previous.join()  # the same network may not be run by two threads
        results = analyse(self.frames, lambda frame: self.estimate(frame), _Current(self))
        for result in results:
            for tap in self.result_taps:
                tap.offer(result)
            self.analysed += 1
            yield finish(result)


class _Current:
    """The tracker that the pipeline has at this moment."""

    def __init__(self, pipeline: Pipeline[Any]) -> None:
        self._pipeline = pipeline

    def see(self, picture: NDArray[np.uint8] | Picture, poses: PoseBatch) -> None:
        self._pipeline.tracker.see(picture, poses)

    def update(self, poses: PoseBatch, time_s: float) -> Tracks:
        return self._pipeline.tracker.update(poses, time_s)


def _start(
    stage: Iterator[T], out: Channel[T], upstream: Channel[R] | None, name: str
) -> threading.Thread:
    # A daemon: a driver that never returns from a read must not keep the program alive.
    thread = threading.Thread(target=pump, args=(stage, out, upstream), name=name, daemon=True)
    thread.start()
    return thread
