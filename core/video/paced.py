"""Plays recorded frames at the speed of their own clock, as a camera would give them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from core.types import Frame

LONGEST_NAP_S = 0.1


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
            due = started + (offset_s + frame.time_s) / speed
            while (early_s := due - time.monotonic()) > 0:
                time.sleep(min(early_s, LONGEST_NAP_S))
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
