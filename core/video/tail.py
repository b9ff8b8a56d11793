"""The last pictures of a damaged file: several decoder threads drop them when one of them fails."""

from collections.abc import Iterator
from contextlib import suppress

import av

from core.video.clock import Clock, Sent
from core.video.decode import Damage, pictures
from core.video.source import CaptureSettings, open_video
from core.video.streams import video_stream


def dropped_tail(
    source: str, settings: CaptureSettings, last: Sent, damage: Damage
) -> Iterator[av.VideoFrame]:
    """What one thread decodes after the picture of the packet `last` of a file.

    What it completes by guessing is noted in `damage`; the rest of the damage is noted there.
    """
    with open_video(source, settings) as container:
        stream = video_stream(container, source, threads=1)
        if last.stamp is not None:
            with suppress(av.error.FFmpegError):  # then it is read from its beginning
                container.seek(last.stamp, stream=stream)
        past = False
        for picture in pictures(container, stream, Damage(), Clock(stream)):
            if past:
                damage.repaired += picture.is_corrupt
                yield picture
            else:
                past = isinstance(picture.opaque, Sent) and picture.opaque.place == last.place
