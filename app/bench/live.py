"""Added latency of live runs: newest frame wins, with a governor, and a naive loop beside them."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np

from app.bundled import sample_clip
from app.live.engine import AppEngine
from app.settings import AppSettings
from core.errors import UserError
from core.machine import keep_waits_short
from core.run.background import background
from core.run.governed import Governed
from core.run.governor import LiveSettings
from core.run.live import Pipeline
from core.run.stages import Estimator, Look, analyse
from core.types import Frame, FrameResult, PoseBatch
from core.video.capture import read_frames
from core.video.paced import paced
from core.video.source import CaptureSettings

SETTLED_S = 3.0  # results of the first seconds are not counted
LOADS = {"": 1, ", three times the work": 3}
UNBOUNDED = 10**6  # frames of a queue that nobody limits


@dataclass(frozen=True, slots=True)
class Done:
    """A result."""

    source_s: float  # when its frame was captured, since the first one
    done_s: float  # when it was there, on the monotonic clock
    latency_ms: float
    looked: bool
    mode: str  # how it was looked at


Latencies = list[Done]
Harder = Callable[[Estimator], Estimator]  # the same, at more work


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that runs are made of: an engine that has been started in every way to look."""

    engine: AppEngine
    estimator: Estimator
    frames: Callable[[], Iterator[Frame]]  # of the sample clip at its own speed

    def governed(self) -> Governed:
        """A governor that knows nothing yet."""
        governed = self.engine.governed(self.estimator, self.engine.settings)
        assert governed is not None
        return governed


Way = Callable[[Prepared, Harder], Latencies]


def prepare(count: int, budget_ms: float) -> Prepared:
    """Load the default network, for runs over `count` frames. Raises UserError."""
    clip = sample_clip()
    if clip is None:
        raise UserError("bench --live: the sample clip is not there")
    settings = AppSettings(live=LiveSettings(budget_ms))
    engine = AppEngine(settings)
    options = CaptureSettings(threads=1)

    def frames() -> Iterator[Frame]:
        yield from islice(paced(lambda: read_frames(str(clip), options), loop=True), count)

    made = Prepared(engine, engine.load(settings), frames)
    keep_waits_short()
    made.governed().plan(next(read_frames(str(clip))))  # an engine compiles for each size
    return made


def measure_live(count: int, rounds: int, budget_ms: float) -> dict[str, dict[str, float]]:
    """`count` frames of the sample clip at its own speed, each case once a round.

    ms from capture to the tracked result; results, looks and captured frames passed over.
    """
    prepared = prepare(count, budget_ms)
    runs: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        for load, times in LOADS.items():
            for name, run in ways_of(budget_ms).items():
                found = run(prepared, partial(_several_times, times=times))
                runs.setdefault(f"{name}{load}", []).append(_figures(found, count))
    return {
        name: {key: statistics.median(run[key] for run in own) for key in own[0]}
        for name, own in runs.items()
    }


def ways_of(budget_ms: float) -> dict[str, Way]:
    """What is compared: a naive loop, and live runs without and with a governor."""
    return {
        "naive queue": _naive,
        "newest frame": partial(_ours, governor=False),
        f"governor, {budget_ms:g} ms": partial(_ours, governor=True),
    }


def _several_times(estimate: Estimator, times: int) -> Estimator:
    """The same, at several times the work."""

    def look(frame: Frame) -> PoseBatch:
        for _ in range(times - 1):
            estimate(frame)
        return estimate(frame)

    return look


def _naive(prepared: Prepared, harder: Harder) -> Latencies:
    """One thread puts all frames into a queue, the other one works through it, to the end of the
    source: what is in the queue then is never seen.
    """
    queue = background(prepared.frames(), UNBOUNDED, newest_wins=False)
    tracker = prepared.engine.make_tracker(prepared.engine.settings)
    found: Latencies = []
    for result in analyse(queue, harder(prepared.estimator), tracker):
        found.append(_done(result))
        if queue.closed:
            queue.close(discard=True)
            break
    return found


def _ours(prepared: Prepared, harder: Harder, governor: bool) -> Latencies:
    """The pipeline of live runs."""
    governed = prepared.governed() if governor else None
    found: Latencies = []

    def plan(frame: Frame) -> Look:
        assert governed is not None
        look = governed.plan(frame)
        if look.estimate is None:
            return look
        return Look(harder(look.estimate), look.mode)

    def finish(result: FrameResult) -> None:
        done = _done(result)
        if governed is not None:
            governed.note(result, done.latency_ms, done.done_s)
        found.append(done)

    pipeline: Pipeline[None] = Pipeline(
        prepared.frames,
        harder(prepared.estimator),
        prepared.engine.make_tracker(prepared.engine.settings),
        finish,
        live=True,
        plan=None if governed is None else plan,
    )
    while pipeline.link.state != "waiting":  # for the source that has come to its end
        time.sleep(0.02)
        _, error = pipeline.results.look()
        if error is not None:
            raise error
    pipeline.stop()
    pipeline.join(5.0)
    return found


def _done(result: FrameResult) -> Done:
    now_ns = time.monotonic_ns()
    latency_ms = (now_ns - result.frame.captured_ns) / 1e6
    return Done(result.frame.time_s, now_ns / 1e9, latency_ms, result.looked, result.mode)


def _figures(found: Latencies, count: int) -> dict[str, float]:
    """Percentiles and rates once it has settled; the share of all frames that have a result."""
    settled = [done for done in found if done.source_s >= min(SETTLED_S, found[-1].source_s / 2)]
    if not settled:
        raise UserError("bench --live: there was no result in time; more --frames may help")
    latencies = np.array([done.latency_ms for done in settled])
    seconds = max(settled[-1].done_s - settled[0].done_s, 1e-9)
    p50, p95, p99 = np.percentile(latencies, [50, 95, 99])
    return {
        "p50": float(p50),
        "p95": float(p95),
        "p99": float(p99),
        "results/s": (len(settled) - 1) / seconds,
        "looks/s": (sum(done.looked for done in settled) - 1) / seconds,
        "with result": len(found) / count,
    }
