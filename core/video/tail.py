"""The last pictures of a damaged file: several decoder threads drop them when one of them fails."""

from collections.abc import Iterator
from contextlib import suppress

import av

from core.video.decode import Damage, pictures
from core.video.source import CaptureSettings, open_video, video_stream


def dropped_tail(
    source: str, settings: CaptureSettings, last: int, damage: Damage
) -> Iterator[av.VideoFrame]:
    """What one thread decodes behind the presentation time stamp `last` of a file.

    What it completes by guessing is noted in `damage`; the rest of the damage is noted there.
    """
    with open_video(source, settings) as container:
        stream = video_stream(container, source, threads=1)
        with suppress(av.error.FFmpegError):  # then it is read from its beginning
            container.seek(last, stream=stream)
        for picture in pictures(container, stream, Damage()):
            if picture.pts is not None and picture.pts > last:
                damage.repaired += picture.is_corrupt
                yield picture
