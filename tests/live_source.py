"""A synthetic live source: frames that carry their number, one life after another."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.errors import SourceError
from core.types import CameraMotion, Frame, Looks, Picture, PoseBatch, Sight, Tracks


def numbered(index: int, size: tuple[int, int] = (64, 48), time_s: float | None = None) -> Frame:
    """A grey picture that holds its number in its first two pixels."""
    rgb = np.full((size[1], size[0], 3), 80, np.uint8)
    rgb[0, 0] = index % 256
    rgb[0, 1] = index // 256
    return Frame(index, index / 25 if time_s is None else time_s, time.monotonic_ns(), rgb)


def number_of(frame: Frame) -> int:
    return int(frame.rgb[0, 0, 0]) + 256 * int(frame.rgb[0, 1, 0])


def lives(*plans: tuple[int, tuple[int, int]]) -> Callable[[], Iterator[Frame]]:
    """Each opening gives the next plan's count of frames in its size, then dies."""
    remaining = list(plans)

    def open_frames() -> Iterator[Frame]:
        if not remaining:
            raise SourceError("nobody answers")
        count, size = remaining.pop(0)
        for index in range(count):
            yield numbered(index, size)
        raise SourceError("connection lost")

    return open_frames


class Gate:
    """A place where a thread waits until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def wait(self) -> None:
        self.reached.set()
        self.open.wait(20)


def one_person(frame: Frame) -> PoseBatch:
    """A person in the middle of every frame."""
    width, height = frame.size
    box = np.array([[width / 4, height / 4, 3 * width / 4, 3 * height / 4]], np.float32)
    xs = np.linspace(width / 4, 3 * width / 4, 17, dtype=np.float32)
    ys = np.linspace(height / 4, 3 * height / 4, 17, dtype=np.float32)
    keypoints = np.stack([xs, ys], axis=1)[None]
    return PoseBatch(box, np.full(1, 0.9, np.float32), keypoints, np.full((1, 17), 0.8, np.float32))


class Numbering:
    """Gives the first person id 1, the second id 2, and so on."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self._last = Tracks.empty()

    def see(self, picture: NDArray[np.uint8] | Picture, poses: PoseBatch) -> Sight:
        """Needs no picture."""
        return Sight()

    def moved(self, camera: CameraMotion) -> None:
        """Needs to know nothing."""

    def update(self, poses: PoseBatch, time_s: float, looks: Looks | None = None) -> Tracks:
        self.times_s.append(time_s)
        ids = np.arange(1, len(poses) + 1, dtype=np.int64)
        self._last = Tracks(ids, poses, np.ones(len(poses), np.bool_))
        return self._last

    def expected(self, time_s: float, picture: NDArray[np.uint8] | Picture | None = None) -> Tracks:
        return replace(self._last, observed=np.zeros(len(self._last), np.bool_))
