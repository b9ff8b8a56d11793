"""Rates and latencies of the last seconds, as the window reports them."""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["good", "warning", "bad"]

WINDOW_S = 5.0
LATENCY_STEPS = ("wait", "infer", "camera", "track", "paint")


class CountRate:
    """How fast a counter rises, per second, over the last seconds."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._readings: deque[tuple[float, int]] = deque()

    def read(self, count: int, now_s: float) -> float:
        """Take a reading of the counter; 0 before there are two."""
        if self._readings and count < self._readings[-1][1]:
            self._readings.clear()  # a new run counts from zero
        self._readings.append((now_s, count))
        while len(self._readings) > 2 and self._readings[0][0] < now_s - self._window_s:
            self._readings.popleft()
        (first_s, first), (last_s, last) = self._readings[0], self._readings[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 95th percentile in ms; NaN without samples."""

    median: float = math.nan
    p95: float = math.nan


class RollingSamples:
    """The last `most` samples of a time in ms."""

    def __init__(self, most: int = 256) -> None:
        self._samples: deque[float] = deque(maxlen=most)

    def add(self, value_ms: float) -> None:
        """Take in a sample."""
        self._samples.append(value_ms)

    def spread(self) -> Spread:
        """Median and 95th percentile (nearest rank) of the samples kept."""
        ordered = sorted(self._samples)
        if not ordered:
            return Spread()
        last = len(ordered) - 1
        return Spread(ordered[last // 2], ordered[min(last, math.ceil(0.95 * last))])


class PaintedFrames:
    """What happened to the frames that reached the screen."""

    def __init__(self) -> None:
        self.painted = 0
        self._latency = RollingSamples()
        self._steps = {step: RollingSamples() for step in LATENCY_STEPS}

    def add(self, latency_ms: float, stage_ms: Mapping[str, float], paint_ms: float) -> None:
        """A frame was painted for the first time, `latency_ms` after its capture."""
        self.painted += 1
        self._latency.add(latency_ms)
        for step, samples in self._steps.items():
            value = paint_ms if step == "paint" else stage_ms.get(step)
            if value is not None:
                samples.add(value)

    def latency(self) -> Spread:
        """From capture to the end of painting."""
        return self._latency.spread()

    def steps(self) -> dict[str, Spread]:
        """The parts of the latency that are measured one by one."""
        return {step: samples.spread() for step, samples in self._steps.items()}


@dataclass(frozen=True, slots=True)
class Report:
    """What the window says about a run; rates per second, NaN where nothing is known yet."""

    source_rate: float = math.nan
    analysis_rate: float = math.nan
    screen_rate: float = math.nan
    latency: Spread = Spread()  # frozen, so that sharing it is safe
    steps: Mapping[str, Spread] = field(default_factory=dict)
    captured: int = 0
    dropped: int = 0
    people: int = 0
    device: str = ""
    picture: str = ""  # size of the picture as it is
    mode: str = ""  # how a governed live run looks for people
    over_budget: bool = False  # whether it cannot keep its latency
    sent: str = ""  # what went to other programs
    title: str = ""  # of the source where several are shown; the figures are short then
    live: bool = True  # whether there is a latency, and frames that may be dropped


def latency_level(report: Report) -> Level:
    """Amber from 150 ms and red from 300 ms at the 95th percentile."""
    return _level(report.latency.p95, 150.0, 300.0)


def drop_level(report: Report) -> Level:
    """Amber from a tenth of all frames, red from half."""
    return _level(report.dropped / max(report.captured, 1), 0.1, 0.5)


def rate_level(report: Report) -> Level:
    """Amber when the analysis manages less than 90 % of the source's rate, red under 50 %."""
    if not report.source_rate > 0 or math.isnan(report.analysis_rate):
        return "good"
    return _level(1 - report.analysis_rate / report.source_rate, 0.1, 0.5)


def _level(value: float, warning: float, bad: float) -> Level:
    if value >= bad:
        return "bad"
    return "warning" if value >= warning else "good"
