"""Reconnection: a live source that is lost is opened again, and the run goes on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from core.errors import SourceError
from core.types import Frame

SMALLEST_STEP_S = 1e-3
LONGEST_LEAP_S = 2.0  # of a stream's clock past ours between two frames, before it is distrusted


@dataclass(frozen=True, slots=True)
class ReconnectSettings:
    """How patiently a lost camera or stream is opened again."""

    first_delay_s: float = 0.5  # before the first attempt; doubled after each failure
    longest_delay_s: float = 8.0

    def __post_init__(self) -> None:
        if not 0 < self.first_delay_s <= self.longest_delay_s:
            raise ValueError(
                "first_delay_s must be positive and no longer than longest_delay_s, got "
                f"{self.first_delay_s} and {self.longest_delay_s}"
            )


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without pictures: nothing was seen from `start_s` to `end_s`."""

    start_s: float
    end_s: float


def silence_s(gaps: Sequence[Gap], earlier_s: float, time_s: float) -> float:
    """How long the source was away between two pictures at these times."""
    return sum(gap.end_s - gap.start_s for gap in gaps if earlier_s < gap.end_s <= time_s)


@dataclass(frozen=True, slots=True)
class Link:
    """How the source of a run is doing, right now."""

    state: Literal["opening", "running", "waiting"] = "opening"
    attempt: int = 0  # failed attempts since the last frame
    reason: str = ""  # why the source is waited for
    gaps: tuple[Gap, ...] = ()  # of this run, the last 100


def reconnecting(
    open_frames: Callable[[], Iterator[Frame]],
    pause: Callable[[float], bool],
    report: Callable[[Link], None],
    settings: ReconnectSettings,
) -> Iterator[Frame]:
    """The frames of a live source over all its lives: indices and times go on rising.

    `pause(seconds)` waits, and returns True when the run was stopped meanwhile. A source that
    fails before its first frame of all raises its SourceError: that is a wrong address. Later
    failures, and the end of a live stream, lead to new attempts with twice the delay each. Where
    the stream's clock leaps, times go on by ours.
    """
    link = Link()
    report(link)
    run_started_ns: int | None = None
    next_index, last_time_s = 0, 0.0
    while True:
        reason = "the stream ended"
        life_offset_s: float | None = None
        earlier: Frame | None = None
        try:
            with closing(open_frames()) as frames:  # type: ignore[type-var]
                for frame in frames:
                    if run_started_ns is None:
                        run_started_ns = frame.captured_ns
                    if life_offset_s is None:
                        life_offset_s = _offset(frame, run_started_ns, next_index, last_time_s)
                        start_s = life_offset_s + frame.time_s
                        gaps = link.gaps
                        if next_index:
                            gaps = (*gaps[-99:], Gap(last_time_s, start_s))
                        link = Link("running", gaps=gaps)
                        report(link)
                    elif earlier is not None and _leaps(earlier, frame):
                        life_offset_s = _offset(frame, run_started_ns, next_index, last_time_s)
                    earlier = frame
                    last_time_s = max(last_time_s, life_offset_s + frame.time_s)
                    yield replace(frame, index=next_index, time_s=last_time_s)
                    next_index += 1
        except SourceError as error:
            if run_started_ns is None:
                raise
            reason = str(error)
        if run_started_ns is None:
            return
        link = Link("waiting", link.attempt + 1, reason, link.gaps)
        report(link)
        delay_s = settings.first_delay_s * 2.0 ** min(link.attempt - 1, 16)
        if pause(min(delay_s, settings.longest_delay_s)):
            return


def _leaps(earlier: Frame, frame: Frame) -> bool:
    passed_s = (frame.captured_ns - earlier.captured_ns) / 1e9
    return frame.time_s - earlier.time_s > passed_s + LONGEST_LEAP_S


def _offset(frame: Frame, run_started_ns: int, next_index: int, last_time_s: float) -> float:
    if next_index == 0:
        return 0.0
    clock_s = (frame.captured_ns - run_started_ns) / 1e9
    return max(clock_s, last_time_s + SMALLEST_STEP_S) - frame.time_s
