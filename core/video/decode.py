"""Pictures out of an open container, past whatever is damaged in it, and their times."""

from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.container import InputContainer

from core.errors import DamagedSourceError, SourceError

_FALLBACK_RATE_HZ = 25


@dataclass(slots=True)
class Damage:
    """What was read and what went wrong on the way. True once anything was lost or guessed."""

    packets: int = 0  # read so far
    failed: int = 0  # packets that could not be decoded
    cut: int = 0  # packets that the container holds only in part
    repaired: int = 0  # frames that the decoder completed by guessing
    missing: int = 0  # frames that the container lists and that did not come
    ended_by: str = ""

    def __bool__(self) -> bool:
        return bool(self.failed or self.cut or self.repaired or self.missing or self.ended_by)

    def count_missing(self, container: InputContainer, stream: av.VideoStream, good: int) -> None:
        """Compare with the container's list of frames, which an MP4 holds even when it was cut."""
        listed = len(stream.index_entries) if "mp4" in container.format.name else 0
        if self or self.packets < listed:
            self.missing = max(0, listed - good)

    def error(self, source: str, good: int) -> SourceError:
        """The sentence behind the last of `good` frames."""
        reason = f" ({self.ended_by})" if self.ended_by else ""
        if good == 0:
            return SourceError(f"{source}: not one frame can be decoded{reason}")
        lost = max(self.missing, self.failed, self.cut)
        repaired = f", incomplete {self.repaired}" if self.repaired else ""
        return DamagedSourceError(
            f"{source}: is damaged or ended early{reason}; "
            f"frames read: {good}{repaired}, lost: {lost}",
            good,
            lost,
        )


def pictures(
    container: InputContainer, stream: av.VideoStream, damage: Damage
) -> Iterator[av.VideoFrame]:
    """Everything that decodes, in the order of presentation; the rest is noted in `damage`."""
    for packet in _packets(container, stream, damage):
        if packet is not None:
            damage.packets += packet.size > 0
            damage.cut += packet.is_corrupt and packet.size > 0
        try:
            decoded = stream.decode(packet)
        except av.error.EOFError:
            continue
        except av.error.FFmpegError:
            damage.failed += 1
            continue
        for picture in decoded:
            damage.repaired += picture.is_corrupt
            yield picture


def _packets(
    container: InputContainer, stream: av.VideoStream, damage: Damage
) -> Iterator["av.Packet[av.VideoStream] | None"]:
    """Packets up to the end or a read error, and a last one that empties the decoder."""
    try:
        yield from container.demux(stream)
    except av.error.FFmpegError as error:
        # The time limit of an address interrupts the library with ExitError.
        silent = isinstance(error, av.error.ExitError)
        damage.ended_by = "nothing was received any more" if silent else str(error.strerror)
        yield None


class Clock:
    """Container times -> seconds since the first frame, which never run backwards."""

    def __init__(self, stream: av.VideoStream) -> None:
        self._unit_s = stream.time_base
        self._step_s = 1 / float(stream.guessed_rate or stream.average_rate or _FALLBACK_RATE_HZ)
        self._shift_s = 0.0
        self._zero: int | None = None
        self._last_s: float | None = None

    def time_s(self, picture: av.VideoFrame) -> float:
        """The time of the next picture; call it once a picture, in order."""
        ticks = picture.dts if picture.pts is None else picture.pts
        if self._last_s is None:
            now_s, self._zero = 0.0, ticks
        elif ticks is None or self._zero is None or self._unit_s is None:
            now_s = self._last_s + self._step_s
        else:
            now_s = float((ticks - self._zero) * self._unit_s) + self._shift_s
            if now_s < self._last_s:  # joined files and restarted senders begin anew
                self._shift_s += self._last_s + self._step_s - now_s
                now_s = self._last_s + self._step_s
        self._last_s = now_s
        return now_s
