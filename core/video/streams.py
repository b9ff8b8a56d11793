"""Which of the streams in a container is the video."""

import av
from av.container import InputContainer
from av.stream import Disposition

from core.errors import SourceError
from core.machine import core_count
from core.video.source import CaptureSettings, kind_of, open_video

_FULL_HD = 1920 * 1088  # px
_STILL = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_COUNTED = 1000  # packets of all kinds at the beginning of a file with several videos
_FEW = 0.2  # of the packets of another stream: a thumbnail, a cover, a preview


def video_stream(container: InputContainer, source: str, threads: int) -> av.VideoStream:
    """The main stream of moving pictures, its decoder threaded. Raises SourceError.

    Of several, those with far fewer pictures are out; the largest picture is the main one, then
    what the container calls its default.
    """
    moving = [stream for stream in container.streams.video if not stream.disposition & _STILL]
    if not moving:
        raise SourceError(f"{source}: holds no video, only {_listed(container)}")
    known = [stream for stream in moving if _has_decoder(stream)]
    if not known:
        raise SourceError(f"{source}: its video is of a codec that cannot be decoded here")
    stream = known[0] if len(known) == 1 else _main(known, source)
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = threads or _threads_for(stream)
    stream.codec_context.copy_opaque = True  # pictures say which packet they are of
    return stream


def _main(streams: list[av.VideoStream], source: str) -> av.VideoStream:
    counts = dict.fromkeys((stream.index for stream in streams), 0)
    if kind_of(source) == "file":
        _count_packets(source, counts)
    most = max(counts.values())
    least = max(_FEW * most, min(most, 2))  # one picture is a cover, however short the film
    full = [stream for stream in streams if counts[stream.index] >= least]
    return max(
        full,
        key=lambda stream: (
            stream.width * stream.height,
            bool(stream.disposition & Disposition.default),
            -stream.index,
        ),
    )


def _count_packets(source: str, counts: dict[int, int]) -> None:
    """Add the packets at the beginning of a file to `counts`, by the index of their stream."""
    with open_video(source, CaptureSettings()) as container:
        try:
            for number, packet in enumerate(container.demux()):
                if packet.size and packet.stream_index in counts:
                    counts[packet.stream_index] += 1
                if number > _COUNTED:
                    break
        except (av.error.FFmpegError, IndexError):
            return  # IndexError: a stream that begins later, which PyAV does not know


def _has_decoder(stream: av.VideoStream) -> bool:
    context: object = stream.codec_context
    return context is not None


def _threads_for(stream: av.VideoStream) -> int:
    """Each thread holds pictures of its own, and up to full HD decoding is a small share."""
    return max(1, core_count() // 2) if stream.width * stream.height <= _FULL_HD else 0


def _listed(container: InputContainer) -> str:
    kinds = sorted({stream.type for stream in container.streams})
    return " and ".join(kinds) if kinds else "an empty container"
