"""Ctrl-C during a run: asked once, the step at work is finished and saved; twice, it is cut off."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class StopRequest:
    """Whether the person has asked the run to stop."""

    asked: bool = False


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Catch the first interrupt or termination as a request; the handlers are put back after."""
    request = StopRequest()

    def ask(number: int, frame: FrameType | None) -> None:
        if request.asked:
            raise KeyboardInterrupt
        request.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
