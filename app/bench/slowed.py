"""Added latency of live runs whose engine becomes three times slower in their middle."""

import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from app.bench.live import SETTLED_S, Latencies, Prepared, prepare, ways_of
from core.errors import UserError
from core.run.stages import Estimator
from core.types import Frame, PoseBatch

TIMES = 3  # as long as a look took before
SLOW_FROM = 0.25  # share of the frames that come before
REACTION_S = 2.0  # within which the latency is to be under the budget again
AFTERWARDS_S = 30.0  # in which the way to look is to change twice at most
SLIDING_S = 1.0  # of results that a percentile is of


class SlowedEngine:
    """Takes three times as long for every look once a certain frame was captured."""

    def __init__(self, from_frame: int) -> None:
        self._from_frame = from_frame
        self.since_s: float | None = None  # on the monotonic clock

    def watch(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same frames; one of them makes the engine slow."""
        for frame in frames:
            if frame.index == self._from_frame:
                self.since_s = frame.captured_ns / 1e9
            yield frame

    def slowed(self, estimate: Estimator) -> Estimator:
        """The same, and a sleep of twice the time that it took."""

        def look(frame: Frame) -> PoseBatch:
            started = time.perf_counter()
            poses = estimate(frame)
            if self.since_s is not None:
                time.sleep((TIMES - 1) * (time.perf_counter() - started))
            return poses

        return look


def measure_slowed(count: int, rounds: int, budget_ms: float) -> dict[str, dict[str, float]]:
    """`count` frames of the sample clip at its own speed, each case once a round, the worst of all.

    95th percentiles in ms before the engine is slow and from 2 s after that on, for 30 s or to the
    end; seconds until the one over a sliding second is under the budget again, lacking where it
    never was; changes of the way to look in the first 2 s and then.
    """
    prepared = prepare(count, budget_ms)
    from_frame = int(SLOW_FROM * count)
    runs: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        for name, run in ways_of(budget_ms).items():
            engine = SlowedEngine(from_frame)
            found = run(_watched(prepared, engine), engine.slowed)
            if engine.since_s is None:
                raise UserError("bench --live --slowed: the run ended early; see its warnings")
            figures = figures_of(found, engine.since_s, budget_ms)
            runs.setdefault(f"{name}, slowed", []).append(figures)
    return {
        name: {
            key: max(run[key] for run in own) for key in own[0] if all(key in run for run in own)
        }
        for name, own in runs.items()
    }


def figures_of(found: Latencies, since_s: float, budget_ms: float) -> dict[str, float]:
    """What `measure_slowed` tells of a run whose engine is slow since then.

    A time without a result has no percentile. Raises UserError without any result.
    """
    if not found:
        raise UserError("bench --live --slowed: there was no result; take more --frames")
    first_s = found[0].done_s - found[0].latency_ms / 1e3
    settled_s = min(first_s + SETTLED_S, (first_s + since_s) / 2)
    again_s = since_s + REACTION_S
    end_s = again_s + AFTERWARDS_S
    figures = {
        "p95 before": _p95(found, settled_s, since_s),
        "back after s": back_after_s(found, since_s, budget_ms),
        "p95 after": _p95(found, again_s, end_s),
        "changes 2 s": changes(found, since_s, again_s),
        "changes after": changes(found, again_s, end_s),
    }
    return {name: figure for name, figure in figures.items() if figure is not None}


def back_after_s(found: Latencies, since_s: float, budget_ms: float) -> float | None:
    """Seconds until the 95th percentile over a sliding second is back under the budget.

    0 where it never was above; None where it is above to the end.
    """
    above = False
    times_s = [done.done_s for done in found]
    for place in range(bisect_left(times_s, since_s), len(found)):
        now_s = times_s[place]
        second = found[bisect_left(times_s, now_s - SLIDING_S) : place + 1]
        p95_ms = np.percentile([done.latency_ms for done in second], 95)
        if above and p95_ms <= budget_ms:
            return now_s - since_s
        above = above or bool(p95_ms > budget_ms)
    return None if above else 0.0


def changes(found: Latencies, from_s: float, to_s: float) -> int:
    """How often people were looked for in another way than just before, in a time."""
    looks = [done for done in found if done.looked]
    return sum(
        before.mode != after.mode and from_s <= after.done_s < to_s
        for before, after in pairwise(looks)
    )


def _p95(found: Latencies, from_s: float, to_s: float) -> float | None:
    chosen = [done.latency_ms for done in found if from_s <= done.done_s < to_s]
    return float(np.percentile(chosen, 95)) if chosen else None


def _watched(prepared: Prepared, engine: SlowedEngine) -> Prepared:
    return replace(prepared, frames=lambda: engine.watch(prepared.frames()))
