"""Files that end long before the time that they say they last, where no packet was cut.

An MP4 lists its frames, so it needs none of this.
"""

import struct
from contextlib import suppress
from pathlib import Path

import av
from av.container import InputContainer

from core.video.source import CaptureSettings, local_path, open_video

_STATED = frozenset({"flv", "matroska", "webm", "avi", "asf"})  # that state it in their header
_LARGEST_HEADER = 65536  # bytes
# The File Properties Object of ASF: its name; the duration, in units of 100 ns; how much of it goes
# by before the first picture, ms; flags.
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_FIELDS = struct.Struct("<16s48xQ8xQI")
_ASF_BROADCAST = 1  # flag: the rest was not known when it was written
_FLV_SIZE = b"\0\x08filesize\0"  # the name, and that a number follows
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
    names = _STATED & set(container.format.name.split(","))
    if not names:
        return 0.0
    if "flv" in names and _is_whole_flv(source):
        return 0.0  # the last picture of an FLV may be shown for long, which no packet says
    # Of an ASF that was cut the library tells none.
    stated_s = _asf_s(source) if "asf" in names else (container.duration or 0) / 1e6
    if stream.average_rate:  # an AVI states a number of frames, or 0
        stated_s = max(stated_s, stream.frames / float(stream.average_rate))
    allowed_s = max(_LEAST_S, _LEAST_SHARE * stated_s)
    if stated_s - last_s <= allowed_s:
        return 0.0
    left_s = stated_s - max(last_s, _end_s(source, settings))  # sound may go on without pictures
    return left_s if left_s > allowed_s else 0.0


def _asf_s(source: str) -> float:
    """The duration in the header of an ASF file; 0.0 where there is none."""
    with suppress(OSError):
        with Path(local_path(source)).open("rb") as file:
            header = file.read(_LARGEST_HEADER)
        at = header.find(_ASF_PROPERTIES)
        if 0 <= at <= len(header) - _ASF_FIELDS.size:
            _, length, before_ms, flags = _ASF_FIELDS.unpack_from(header, at)
            return 0.0 if flags & _ASF_BROADCAST else length / 1e7 - before_ms / 1e3
    return 0.0


def _is_whole_flv(source: str) -> bool:
    """Whether an FLV file is as large as it says."""
    path = Path(local_path(source))
    with suppress(OSError):
        with path.open("rb") as file:
            header = file.read(_LARGEST_HEADER)
        at = header.find(_FLV_SIZE)
        if 0 <= at <= len(header) - len(_FLV_SIZE) - 8:
            return bool(
                struct.unpack_from(">d", header, at + len(_FLV_SIZE))[0] == path.stat().st_size
            )
    return False


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
