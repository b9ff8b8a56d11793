"""Tells when this computer itself stood still, whatever its programs did.

`python -m app.bench.standstill 10` prints each time within 10 minutes.
"""

import argparse
import multiprocessing
import os
import signal
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self

from core.thread_clock import time_of_day

NAP_S = 4e-3
LATE_S = 10e-3  # whoever only sleeps gets a busy processor sooner than that
LOOK_NAPS = 50  # until a look whether the other end is closed
KEPT_S = 60.0


@dataclass(frozen=True, slots=True)
class Standstill:
    """A time within which a processor ran nobody who was ready; of `time.perf_counter`."""

    processor: int
    began_s: float
    ended_s: float

    def __str__(self) -> str:
        lasted_ms = 1e3 * (self.ended_s - self.began_s)
        return f"processor {self.processor}: {lasted_ms:.0f} ms until {time_of_day(self.ended_s)}"


class Standstills:
    """A process for each processor of this one does nothing but wake every few milliseconds.

    One that wakes much too late was kept from its processor: by the host of a virtual machine,
    which may hold it without telling, or by the system itself. Programs alone cannot, as the
    system lets those go first that have slept.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._told: list[Standstill] = []
        self._pipes: list[Connection] = []
        self._witnesses = []
        for processor in _processors():
            ours, theirs = context.Pipe()
            witness = context.Process(target=watch, args=(processor, theirs), daemon=True)
            witness.start()
            theirs.close()
            self._pipes.append(ours)
            self._witnesses.append(witness)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def told(self, patience_s: float = 0.0) -> list[Standstill]:
        """What was told since the last call, waited for so long."""
        new: list[Standstill] = []
        while ready := wait(self._pipes, 0.0 if new else patience_s):
            for pipe in self._pipes[:]:
                try:
                    if pipe in ready:
                        new.append(pipe.recv())
                except (EOFError, OSError):  # its process was killed
                    self._pipes.remove(pipe)
        return new

    def longest_s(self, began_s: float, ended_s: float) -> float:
        """Within a time, how long that processor stood still that did so longest.

        A processor tells when it goes on: ask a moment later.
        """
        self._told += self.told()
        self._told = [one for one in self._told if one.ended_s > ended_s - KEPT_S]
        stood_s: defaultdict[int, float] = defaultdict(float)
        for one in self._told:
            both_s = min(one.ended_s, ended_s) - max(one.began_s, began_s)
            stood_s[one.processor] += max(0.0, both_s)
        return max(stood_s.values(), default=0.0)

    def close(self) -> None:
        """No longer look."""
        for pipe in self._pipes:
            pipe.close()
        for witness in self._witnesses:
            witness.join()


def watch(processor: int, pipe: Connection) -> None:
    """Tell the other end when this processor stood still, until that end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ends when the other end does
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {processor})
    woke_s, naps = time.perf_counter(), 0
    with suppress(OSError):
        while naps % LOOK_NAPS or not pipe.poll():
            time.sleep(NAP_S)
            now_s = time.perf_counter()
            if now_s - woke_s - NAP_S > LATE_S:
                pipe.send(Standstill(processor, woke_s + NAP_S, now_s))
            woke_s, naps = now_s, naps + 1


def _processors() -> Sequence[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return [0]


def main(minutes: float) -> None:
    """Print when a processor stood still, and which."""
    ends_s = time.monotonic() + 60 * minutes
    with Standstills() as standstills:
        while (left_s := ends_s - time.monotonic()) > 0:
            for standstill in standstills.told(left_s):
                print(standstill, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="print when this computer stood still")
    parser.add_argument("minutes", type=float, nargs="?", default=1.0, help="how long (default: 1)")
    with suppress(KeyboardInterrupt):
        main(parser.parse_args().minutes)
