"""The pictures of a video in order, each with its number and time: the one way of counting them."""

from collections.abc import Generator
from dataclasses import dataclass

import av

from core.video.clock import Clock, Sent
from core.video.decode import Damage, pictures
from core.video.early_end import missing_s
from core.video.hardware import HardwareWish
from core.video.source import CaptureSettings, kind_of, open_video
from core.video.streams import video_stream
from core.video.tail import dropped_tail
from core.video.upright import Layout, layout_of


@dataclass(frozen=True, slots=True, eq=False)
class TimedPicture:
    """A decoded picture; its number is its place in the sequence."""

    picture: av.VideoFrame
    time_s: float  # since the first picture
    layout: Layout  # of the whole video

    @property
    def sent(self) -> Sent | None:
        """The packet that the picture was made of."""
        sent = self.picture.opaque
        return sent if isinstance(sent, Sent) else None


def timed_pictures(
    source: str, settings: CaptureSettings, damage: Damage, hardware: HardwareWish = "off"
) -> Generator[TimedPicture]:
    """Decode a file or an address from its beginning. Raises SourceError when it does not open.

    What is lost or guessed is noted in `damage`, completely so at the end.
    """
    with open_video(source, settings, hardware) as container:
        stream = video_stream(container, source, settings.threads)
        clock = Clock(stream)
        layout: Layout | None = None
        last: TimedPicture | None = None
        count = 0
        for picture in pictures(container, stream, damage, clock):
            layout = layout or layout_of(stream, picture)
            last = TimedPicture(picture, clock.time_s(picture) / settings.time_scale, layout)
            count += 1
            yield last
        several = stream.codec_context.thread_count > 1 and kind_of(source) == "file"
        if several and count < damage.packets and last is not None and last.sent is not None:
            for picture in dropped_tail(source, settings, last.sent, damage):
                time_s = clock.time_s(picture, noted=False) / settings.time_scale
                yield TimedPicture(picture, time_s, last.layout)
                count += 1
        damage.count_missing(container, stream, count)
        if not damage and kind_of(source) == "file" and last is not None:
            last_s = last.time_s * settings.time_scale
            left_s = missing_s(source, settings, container, stream, last_s)
            damage.note_end(left_s, last_s, count)
