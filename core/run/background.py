"""Runs a generator in a thread of its own."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import TypeVar

from core.machine import give_way
from core.run.channel import Channel

T = TypeVar("T")
R = TypeVar("R")
_started: list[threading.Thread] = []


def background(
    stage: Iterator[T], capacity: int = 1, newest_wins: bool = True, gives_way: bool = False
) -> Channel[T]:
    """Run a generator in a thread of its own; closing the channel with `discard` cancels it.

    By default only the newest value is kept, as progress wants it. A thread that `gives_way`
    computes for long: where processors are scarce, those that show, capture or send come first.
    """
    out: Channel[T] = Channel(capacity, newest_wins)
    start_thread(stage, out, None, "background", gives_way)
    return out


def start_thread(
    stage: Iterator[T],
    out: Channel[T],
    upstream: Channel[R] | None,
    name: str,
    gives_way: bool = False,
) -> threading.Thread:
    """Pump a stage into `out`; what it reads from, `upstream`, is closed when it ends."""
    # A daemon: a driver that never returns from a read must not keep the program alive.
    thread = threading.Thread(
        target=_pump, args=(stage, out, upstream, gives_way), name=name, daemon=True
    )
    thread.start()
    _started[:] = [other for other in _started if other.is_alive()] + [thread]
    return thread


def thread_number() -> int:
    """The number under which `sys._current_frames` has the thread that calls."""
    return threading.get_ident()


def wait_for_threads(patience_s: float) -> None:
    """Wait for all threads that were started here, once everything was asked to end.

    One that comes back from a library while Python ends would take the process down with it.
    """
    deadline_s = time.monotonic() + patience_s
    for thread in tuple(_started):
        thread.join(max(0.0, deadline_s - time.monotonic()))


def end_of_process(code: int) -> int:
    """The exit code for Python's own end; the process ends at once where threads still work.

    Python stops them wherever they are, and many a library that is left so aborts the process.
    """
    if any(thread.is_alive() for thread in _started):
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # none, full or closed
                stream.flush()
        os._exit(code)
    return code


def _pump(
    stage: Iterator[T], out: Channel[T], upstream: Channel[R] | None, gives_way: bool
) -> None:
    """Run a stage to its end: its error goes down the channel, a stop goes up."""
    error: BaseException | None = None
    try:
        if gives_way:
            give_way()
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
