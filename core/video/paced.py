"""Plays frames at the speed of their own clock: recorded ones, and those that come in bursts."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from core.types import Frame

LONGEST_NAP_S = 0.1
HASTE = 0.98  # of a burst's time: so that nothing adds up, whichever way two clocks drift
LONGEST_STEP_S = 0.5  # that is waited for


def paced(
    open_frames: Callable[[], Iterator[Frame]], loop: bool = False, speed: float = 1.0
) -> Iterator[Frame]:
    """Frames when they are due; `loop` begins anew at the end, with rising indices and times."""
    started = time.monotonic()
    index, offset_s, step_s = 0, 0.0, 0.04
    while True:
        last_s = 0.0
        count = 0
        for frame in open_frames():
            sleep_until(started + (offset_s + frame.time_s) / speed)
            if frame.time_s > last_s:
                step_s = frame.time_s - last_s
            last_s = frame.time_s
            yield replace(
                frame,
                index=index,
                time_s=offset_s + frame.time_s,
                captured_ns=time.monotonic_ns(),
            )
            index += 1
            count += 1
        if not loop or count == 0:
            return
        offset_s += last_s + step_s


def evened(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Live frames that come in bursts, as segments of HLS do, one after another.

    They are given a little faster than they were taken: at the end of each burst the source is
    waited for, so that no delay grows.
    """
    due_s, last_s = 0.0, 0.0
    with closing(frames):  # type: ignore[type-var]
        for frame in frames:
            step_s = min(max(frame.time_s - last_s, 0.0), LONGEST_STEP_S)
            last_s = frame.time_s
            due_s = max(due_s + HASTE * step_s, time.monotonic())
            sleep_until(due_s)
            yield replace(frame, captured_ns=time.monotonic_ns())


def sleep_until(due_s: float) -> None:
    """Wait for a moment of the monotonic clock."""
    while (early_s := due_s - time.monotonic()) > 0:
        time.sleep(min(early_s, LONGEST_NAP_S))
