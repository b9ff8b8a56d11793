"""Measures how long the window's thread was kept from its event loop, and by what."""

import gc
import math
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from PyQt6.QtCore import QObject, Qt, QTimer

from core.run.background import background, thread_number
from core.run.channel import Channel
from core.thread_clock import Moment, ThreadClock, time_of_day

TICK_MS = 5
LATE_S = 0.02  # from then on it is noted where the thread stands, and kept as a block
LOOK_S = 0.005  # between two notes
KEPT = 1000  # blocks that nobody took
HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]  # where other packages lie beside the program, once it is installed
PROGRAM = tuple(ROOT / name for name in ("app", "core", "ui", "trackers"))


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """A time, in ms, for which the window's thread did not come back to its event loop.

    `late_ms` counts from when the tick was due, all others from the tick before. What it neither
    computed nor waited for a processor, it waited for other threads: for Python's lock, which one
    of them held, above all. For what the computer stood still lies within the other parts.
    """

    late_ms: float
    computed_ms: float
    queued_ms: float  # ready, while all processors had other work; NaN where nothing tells
    collected_ms: float  # garbage collections of all threads, which stop all of them
    places: tuple[str, ...]  # where the thread stood meanwhile, the most frequent first
    pages_read: int = 0  # for which it waited for the disk
    ended_s: float = 0.0  # of `time.perf_counter`
    stood_still_ms: float = 0.0  # for which a processor ran nobody who was ready

    @property
    def began_s(self) -> float:
        """When the tick before was, of `time.perf_counter`."""
        return self.ended_s - (self.late_ms + TICK_MS) / 1e3

    @property
    def own_ms(self) -> float:
        """By how much it was late without that for which the computer stood still."""
        return max(0.0, self.late_ms - self.stood_still_ms)

    def __str__(self) -> str:
        whole_ms = self.late_ms + TICK_MS
        waited_ms = max(0.0, whole_ms - self.computed_ms)
        waited = f"waiting for a processor or for other threads {waited_ms:.0f}"
        if not math.isnan(self.queued_ms):
            others_ms = max(0.0, waited_ms - self.queued_ms)
            waited = (
                f"waiting for a processor {self.queued_ms:.0f}, for other threads {others_ms:.0f}"
            )
        if self.pages_read:
            waited += f" and for {self.pages_read} pages from the disk"
        taken = ""
        if self.stood_still_ms:
            taken = f"; this computer stood still for {self.stood_still_ms:.0f}"
        places = f"; in {', '.join(self.places)}" if self.places else ""
        return (
            f"{self.late_ms:.0f} ms until {time_of_day(self.ended_s)}: of {whole_ms:.0f} ms "
            f"computing {self.computed_ms:.0f}, {waited}, "
            f"collecting garbage {self.collected_ms:.0f}{taken}{places}"
        )


class Watchdog(QObject):
    """A fast timer in the window's thread; what it is late by, something blocked the thread.

    That may be other programs on a busy computer: `longest_work_ms` is what the thread itself
    computed between two ticks, and `take_blocks` tells what longer blocks were made of.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._clock: ThreadClock | None = None
        self._last: Moment | None = None
        self._collections = _Collections()
        self._witness: Channel[int] | None = None
        self._places: Counter[str] = Counter()
        self._loop: CodeType | None = None  # what runs the event loop
        self._forget()

    def _forget(self) -> None:
        self.longest_ms, self.longest_work_ms, self.ticks = 0.0, 0.0, 0
        self._blocks: deque[Block] = deque(maxlen=KEPT)
        self._last = None

    def take_blocks(self) -> list[Block]:
        """The blocks of over 20 ms since the last call, the first one first."""
        taken = list(self._blocks)
        self._blocks.clear()
        return taken

    def start(self) -> None:
        """Measure from now on."""
        self.stop()
        self._forget()
        gc.callbacks.append(self._collections)
        self._clock = ThreadClock()
        self._witness = background(self._look_at(thread_number()))
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        """Measure no more; the figures stay."""
        self._timer.stop()
        if self._witness is not None:
            self._witness.close(discard=True)
            self._witness = None
            gc.callbacks.remove(self._collections)
        if self._clock is not None:
            self._clock.close()
            self._clock = None

    def _tick(self) -> None:
        if self._clock is None:
            return
        now, last = self._clock.now(), self._last
        collected_ms = 1e3 * self._collections.take_s()
        if last is not None:
            late_ms = max(0.0, 1e3 * (now.clock_s - last.clock_s) - TICK_MS)
            work_ms = 1e3 * (now.computed_s - last.computed_s)
            self.longest_work_ms = max(self.longest_work_ms, work_ms)
            self.ticks += 1
            self.longest_ms = max(self.longest_ms, late_ms)
            if late_ms > 1e3 * LATE_S:
                queued_ms = 1e3 * (now.queued_s - last.queued_s)
                block = Block(
                    late_ms,
                    work_ms,
                    queued_ms,
                    collected_ms,
                    self._stood(),
                    now.pages_read - last.pages_read,
                    now.clock_s,
                )
                self._blocks.append(block)
        caller = sys._getframe().f_back
        self._loop = None if caller is None else caller.f_code
        self._last = now
        self._places = Counter()

    def _stood(self) -> tuple[str, ...]:
        return tuple(place for place, _ in self._places.copy().most_common(3))

    def _look_at(self, thread: int) -> Iterator[int]:
        """Note where the window's thread stands while it is late; works in a thread of its own."""
        nap_s = LOOK_S
        while True:
            time.sleep(nap_s)  # each look wants Python's lock, which the thread may hold
            last = self._last
            late_s = 0.0 if last is None else time.perf_counter() - last.clock_s
            nap_s = max(LOOK_S, LATE_S - late_s)
            if late_s > LATE_S:
                self._places[place_of(sys._current_frames().get(thread), self._loop)] += 1
            yield self.ticks


class _Collections:
    """Adds up how long garbage was collected; one collection runs at a time."""

    def __init__(self) -> None:
        self._began_s = math.nan
        self._s = 0.0

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._began_s = time.perf_counter()
        elif not math.isnan(self._began_s):
            self._s += time.perf_counter() - self._began_s

    def take_s(self) -> float:
        """Seconds since the last call."""
        taken, self._s = self._s, 0.0
        return taken


def place_of(frame: FrameType | None, loop: CodeType | None = None) -> str:
    """The innermost line of the program that a thread is at: `ui/view/hud.py:84 draw_hud`.

    Where that is in `loop`, which runs the event loop, Qt itself is at work, or a call from there
    waits for Python's lock.
    """
    while frame is not None and frame.f_code is not loop:
        name = _program_file(frame.f_code.co_filename)
        if name:
            return f"{name}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return "the event loop"


@cache  # whoever is late must not wait for paths as well
def _program_file(name: str) -> str:
    """A file of the program as seen from its root; empty for those of others, and for this one."""
    path = Path(name).resolve()
    if path == HERE or not any(path.is_relative_to(part) for part in PROGRAM):
        return ""
    return path.relative_to(ROOT).as_posix()
