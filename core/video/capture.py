"""Frames of a file, a folder of images or an address, with their true times."""

import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from core.errors import UserNotice
from core.types import Frame
from core.video.decode import Damage
from core.video.planes import planar
from core.video.sequence import TimedPicture, timed_pictures
from core.video.source import CaptureSettings, kind_of, local_path
from core.video.stills import list_stills, read_still
from core.video.upright import upright_rgb


def read_frames(source: Path | str, settings: CaptureSettings | None = None) -> Iterator[Frame]:
    """Decode a source from its beginning; nothing stays open when the generator ends.

    Times count from the first frame decoded. All frames have the size of the first one, except
    those of a folder of images; where a video changes its size, a notice says so. Raises
    SourceError where nothing can be read, and DamagedSourceError after the last good frame where
    something was lost.
    """
    settings = settings or CaptureSettings()
    place = local_path(str(source))
    if kind_of(place) == "images":
        yield from _read_images(place, settings)
    else:
        yield from _read_video(place, settings)


def _read_video(source: str, settings: CaptureSettings) -> Iterator[Frame]:
    damage = Damage()
    count = 0
    changed = False
    for timed in timed_pictures(source, settings, damage, settings.hardware):
        captured_ns = time.monotonic_ns()
        size = (timed.picture.width, timed.picture.height)
        if not changed and size != timed.layout.stored_size:
            changed = True
            warnings.warn(_change(source, count, timed, size), UserNotice, stacklevel=2)
        shown = planar(timed.picture, timed.layout) or upright_rgb(timed.picture, timed.layout)
        yield Frame(count, timed.time_s, captured_ns, shown)
        count += 1
    if damage or count == 0:
        raise damage.error(source, count)


def _change(source: str, frame: int, timed: TimedPicture, size: tuple[int, int]) -> str:
    first = timed.layout.stored_size or timed.layout.square_size
    return (
        f"{source}: the pictures change from {first[0]}x{first[1]} to {size[0]}x{size[1]} at frame "
        f"{frame}; all are letterboxed into the size of the first"
    )


def _read_images(source: str, settings: CaptureSettings) -> Iterator[Frame]:
    damage = Damage()
    count = 0
    for still in list_stills(source, settings):
        rgb = read_still(still)
        if rgb is None:
            damage.failed += 1
            continue
        yield Frame(count, still.time_s, time.monotonic_ns(), rgb)
        count += 1
    if damage or count == 0:
        raise damage.error(source, count)
