"""How far a clip, or work in steps, is, on the terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from core.closing import Closing
from core.video.probe import SourceInfo


class ProgressBar(Closing):
    """Frames done, frames a second and the time of day at which they will be done.

    Each thing that is made of a clip has a bar of its own.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._making = ""
        self._bar: tqdm[Any] | None = None

    def __call__(self, info: SourceInfo, making: str, frames: int) -> None:
        """After every frame, or a few of them."""
        if self._bar is None or making != self._making:
            total = None if self._bar is None else int(self._bar.n)
            self.close()
            self._making = making
            self._bar = self._start(total or _frame_count(info))
        self._bar.update(frames - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()

    def _start(self, total: int | None) -> "tqdm[Any]":
        known = "{percentage:3.0f}%|{bar}| {n}/{total} frames, {rate_fmt}, done at {eta:%H:%M:%S}"
        # Often on a terminal; now and then in a log file.
        interval_s = 0.5 if sys.stderr.isatty() else 30.0
        bar: tqdm[Any] = tqdm(
            desc=f"{self._title}, {self._making}",
            total=total,
            unit=" frames",
            mininterval=interval_s,
            maxinterval=interval_s,
            dynamic_ncols=True,
            delay=interval_s,
            bar_format="{desc}: " + (known if total else "{n} frames, {elapsed}, {rate_fmt}"),
        )
        return bar


@contextmanager
def step_bar(unit: str) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how many steps of how many are done, and shows rate and time left."""
    with tqdm(unit=f" {unit}", dynamic_ncols=True, delay=0.5) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def _frame_count(info: SourceInfo) -> int | None:
    if info.frame_count is None and info.duration_s and info.nominal_rate_hz:
        return round(info.duration_s * info.nominal_rate_hz)
    return info.frame_count
