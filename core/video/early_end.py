"""Files that end long before the time that they say they last, where no packet was cut.

An MP4 lists its frames, so it needs none of this. Of an ASF that was cut no length is known.
"""

from contextlib import suppress

import av
from av.container import InputContainer

from core.video.source import CaptureSettings, open_video

_STATED = frozenset({"flv", "matroska", "webm", "avi"})  # that state it in their header
_LEAST_S, _LEAST_SHARE = 1.0, 0.02  # what headers are wrong by


def missing_s(
    source: str,
    settings: CaptureSettings,
    container: InputContainer,
    stream: av.VideoStream,
    last_s: float,
) -> float:
    """How much is not there of what the container says; 0.0 where that is little, or unknown.

    `last_s` is the time of the last picture by the container's clock. Raises SourceError when the
    file does not open again.
    """
    if not _STATED & set(container.format.name.split(",")):
        return 0.0
    stated_s = (container.duration or 0) / 1e6
    if stream.average_rate:  # an AVI states a number of frames, or 0
        stated_s = max(stated_s, stream.frames / float(stream.average_rate))
    allowed_s = max(_LEAST_S, _LEAST_SHARE * stated_s)
    if stated_s - last_s <= allowed_s:
        return 0.0
    left_s = stated_s - max(last_s, _end_s(source, settings))  # sound may go on without pictures
    return left_s if left_s > allowed_s else 0.0


def _end_s(source: str, settings: CaptureSettings) -> float:
    """Where the last packet of any kind ends."""
    end_s = 0.0
    with (
        open_video(source, settings) as container,
        suppress(av.error.FFmpegError, IndexError),  # IndexError: a stream that begins later
    ):
        for packet in container.demux():
            stamp = packet.dts if packet.pts is None else packet.pts
            if stamp is not None and packet.time_base is not None:
                end_s = max(end_s, float((stamp + (packet.duration or 0)) * packet.time_base))
    return end_s
