"""Work in the background, followed by the window's timer: nothing is queued in its event loop."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.run.background import background
from core.run.channel import Channel

Take = Callable[[Any], None]

_log = logging.getLogger(__name__)


def sentence_of(error: BaseException) -> str:
    """What the window says about an error: a user's error as it is, ours with its kind."""
    if isinstance(error, UserError):
        return str(error)
    _log.error("internal error", exc_info=error)
    return f"Internal error ({type(error).__name__}: {error}); the rest of the window goes on."


@dataclass(eq=False)
class Job:
    """A generator that runs in a thread of its own."""

    title: str
    values: Channel[Any]
    on_value: Take
    on_end: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        """Ask it to end; `on_end` is not called."""
        self.cancelled = True
        self.values.close(discard=True)


class Jobs:
    """All background work of the window. `on_error` gets the job's title and the sentence."""

    def __init__(self, on_error: Callable[[str, str], None]) -> None:
        self._on_error = on_error
        self._running: list[Job] = []

    def start(
        self,
        title: str,
        stage: Iterator[Any],
        on_value: Take = lambda value: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> Job:
        """Run a generator. Its newest value is handed to `on_value` in the window's thread."""
        job = Job(title, background(stage, gives_way=True), on_value, on_end)
        self._running.append(job)
        return job

    def ask(self, title: str, question: Callable[[], Any], on_answer: Take) -> Job:
        """Call a function that may take its time, and hand over what it returns."""

        def stage() -> Iterator[Any]:
            yield (question(),)

        return self.start(title, stage(), lambda answer: on_answer(answer[0]))

    @property
    def running(self) -> tuple[Job, ...]:
        """What has not ended yet."""
        return tuple(self._running)

    def titled(self, title: str) -> list[Job]:
        """What runs under a title."""
        return [job for job in self._running if job.title == title]

    def poll(self) -> None:
        """Take in what is new. Called by the window's timer."""
        for job in tuple(self._running):
            value, error = job.values.look()
            if error is not None:
                self._running.remove(job)
                self.say_failed(job.title, error)
                continue
            if value is not None and not job.cancelled:
                job.on_value(value)
            if job.values.ended:
                self._running.remove(job)
                if not job.cancelled:
                    job.on_end()

    def say_failed(self, title: str, error: BaseException) -> None:
        """Tell of something that failed, in a job or in a part of one that goes on."""
        self._on_error(title, sentence_of(error))

    def cancel_all(self) -> None:
        """Ask everything to end."""
        for job in self._running:
            job.cancel()
