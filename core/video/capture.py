"""Frames of a file, a folder of images or an address, with their true times."""

import time
from collections.abc import Iterator

import av
from av.container import InputContainer

from core.types import Frame
from core.video.decode import Clock, Damage, pictures
from core.video.planes import planar
from core.video.source import (
    CaptureSettings,
    image_files,
    kind_of,
    open_video,
    read_image,
    video_stream,
)
from core.video.tail import dropped_tail
from core.video.upright import layout_of, upright_rgb


def read_frames(source: str, settings: CaptureSettings | None = None) -> Iterator[Frame]:
    """Decode a source from its beginning; nothing stays open when the generator ends.

    Times count from the first frame decoded. All frames have the size of the first one, except
    those of a folder of images. Raises SourceError where nothing can be read, and
    DamagedSourceError behind the last good frame where something was lost.
    """
    settings = settings or CaptureSettings()
    if kind_of(source) == "images":
        yield from _read_images(source, settings)
    else:
        yield from _read_video(source, settings)


def _read_video(source: str, settings: CaptureSettings) -> Iterator[Frame]:
    damage = Damage()
    count = 0
    with open_video(source, settings, settings.hardware) as container:
        stream = video_stream(container, source, settings.threads)
        clock = Clock(stream)
        layout = None
        for picture in _with_tail(source, settings, container, stream, damage):
            captured_ns = time.monotonic_ns()
            layout = layout or layout_of(stream, picture)
            shown = planar(picture, layout) or upright_rgb(picture, layout)
            yield Frame(count, clock.time_s(picture), captured_ns, shown)
            count += 1
        damage.count_missing(container, stream, count)
    if damage or count == 0:
        raise damage.error(source, count)


def _with_tail(
    source: str,
    settings: CaptureSettings,
    container: InputContainer,
    stream: av.VideoStream,
    damage: Damage,
) -> Iterator[av.VideoFrame]:
    last: int | None = None
    count = 0
    for picture in pictures(container, stream, damage):
        last = picture.pts
        count += 1
        yield picture
    several = stream.codec_context.thread_count > 1 and kind_of(source) == "file"
    if several and count < damage.packets and last is not None:
        yield from dropped_tail(source, settings, last, damage)


def _read_images(source: str, settings: CaptureSettings) -> Iterator[Frame]:
    damage = Damage()
    count = 0
    for position, path in enumerate(image_files(source)):
        rgb = read_image(path)
        if rgb is None:
            damage.failed += 1
            continue
        yield Frame(count, position / settings.image_rate_hz, time.monotonic_ns(), rgb)
        count += 1
    if damage or count == 0:
        raise damage.error(source, count)
