"""Serves frames of a clip to the window: the reader's thread decodes, the window only asks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import SourceError
from core.run.channel import Channel
from core.types import Frame, FrameResult, PoseBatch
from core.video.seek import Seekable, open_seekable
from ui.session.clip_analysis import Knowledge
from ui.view.picture import Shown, shown


@dataclass(frozen=True, slots=True)
class Request:
    """What the window wants to see: one frame, or from there on until `last`."""

    serial: int  # answers to older requests are ignored
    number: int
    play: bool = False
    first: int = 0  # where a loop begins again
    last: int = 0
    loop: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """The clip's frames and their times in seconds."""

    times_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """A frame that was asked for, or why it cannot be shown."""

    serial: int
    number: int
    shown: Shown | None
    problem: str = ""


def serve(
    source: str, requests: Channel[Request], knowledge: Knowledge
) -> Iterator[Opened | Served]:
    """Answer requests until their channel is closed; a newer request ends the one before."""
    with open_seekable(source) as video:
        yield Opened(video.times_s)
        for request in requests:
            current: Request | None = request
            while current is not None:
                newer: Request | None = None
                for number in _numbers(current):
                    yield _served(video, current.serial, number, knowledge)
                    newer = requests.latest()
                    if newer is not None:
                        break
                current = newer


def _numbers(request: Request) -> Iterator[int]:
    number = request.number
    yield number
    while request.play:
        number += 1
        if number > request.last:
            if not request.loop:
                return
            number = request.first
        yield number


def _served(video: Seekable, serial: int, number: int, knowledge: Knowledge) -> Served:
    try:
        frame: Frame = video.frame(number)
    except SourceError as error:
        return Served(serial, number, None, str(error))
    tracks = knowledge.tracks_at(number)
    result = FrameResult(frame, PoseBatch.empty(), tracks, named=knowledge.named)
    return Served(serial, number, shown(result))
