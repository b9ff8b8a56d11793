"""Pictures out of an open container, past whatever is damaged in it."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.container import InputContainer

from core.errors import DamagedSourceError, SourceError
from core.video.clock import Clock, Sent

SILENT = "nothing was received any more"


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

    def note_end(self, missing_s: float, last_s: float, good: int) -> None:
        """The file says that it lasts so much longer than its `good` frames, the last at `last_s`.

        How many frames are missing then is guessed from the rate of those.
        """
        if missing_s > 0:
            self.ended_by = f"it says that it lasts {missing_s:.1f} s longer"
            self.missing = round(missing_s * max(good - 1, 1) / last_s) if last_s > 0 else 0

    def error(self, source: str, good: int) -> SourceError:
        """The sentence after the last of `good` frames."""
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
    container: InputContainer, stream: av.VideoStream, damage: Damage, clock: Clock
) -> Iterator[av.VideoFrame]:
    """Everything that decodes, in the order of presentation; the rest is noted in `damage`.

    The `opaque` of each picture is the `Sent` of its packet, as `clock` noted it.
    """
    cut = _CutPackets(damage)
    for packet in _packets(container, stream, damage):
        if packet is not None:
            sent = clock.sent(packet)
            packet.opaque = sent
            damage.packets += packet.size > 0
            if packet.size > 0:
                cut.sent(sent, packet.is_corrupt)
        try:
            decoded = stream.decode(packet)
        except av.error.EOFError:
            continue
        except av.error.FFmpegError:
            damage.failed += 1
            continue
        for picture in decoded:
            damage.repaired += picture.is_corrupt
            cut.came(picture)
            yield picture


class _CutPackets:
    """Counts packets that the container holds only in part.

    At the joints of a joined transport stream packets are whole that the container doubts: they
    give good pictures, and the packet after them has come.
    """

    def __init__(self, damage: Damage) -> None:
        self._damage = damage
        self._doubted: dict[int, int] = {}  # number of a packet: what is still to be seen
        self._last: Sent | None = None
        self._step = 0  # the shortest between two packets

    def sent(self, sent: Sent, is_corrupt: bool) -> None:
        """The next packet goes to the decoder."""
        last, self._last = self._last, sent
        gap = last is not None and self._is_gap(last, sent)
        if last is not None and not gap:
            self._saw(last.number)
        if is_corrupt:
            self._damage.cut += 1
            if not gap:
                self._doubted[sent.number] = 2

    def came(self, picture: av.VideoFrame) -> None:
        """A picture came out of the decoder."""
        if isinstance(picture.opaque, Sent) and not picture.is_corrupt:
            self._saw(picture.opaque.number)

    def _saw(self, number: int) -> None:
        left = self._doubted.pop(number, 0) - 1
        if left == 0:
            self._damage.cut -= 1
        elif left > 0:
            self._doubted[number] = left

    def _is_gap(self, last: Sent, sent: Sent) -> bool:
        if last.decoded is None or sent.decoded is None:
            return True
        step = sent.decoded - last.decoded
        if step <= 0:
            return False
        self._step = min(step, self._step or step)
        return step > 1.5 * self._step


def demuxed(
    container: InputContainer, stream: av.VideoStream
) -> Iterator["av.Packet[av.VideoStream]"]:
    """The packets of a stream, and a last one without content. Raises FFmpegError."""
    while True:
        try:
            yield from container.demux(stream)
        except IndexError:
            continue  # PyAV stops where another stream begins in the middle of a recording
        return


def _packets(
    container: InputContainer, stream: av.VideoStream, damage: Damage
) -> Iterator["av.Packet[av.VideoStream] | None"]:
    """Packets up to the end or a read error, and a last one that empties the decoder."""
    limit_s = container.read_timeout or math.inf
    asked_s = time.monotonic()
    try:
        for packet in demuxed(container, stream):
            silent = time.monotonic() - asked_s >= limit_s
            yield packet
            if silent:  # the time limit struck, and this is what the parser still held
                damage.ended_by = SILENT
                yield None
                return
            asked_s = time.monotonic()
    except av.error.FFmpegError as error:
        # The time limit of an address interrupts the library with ExitError.
        silent = isinstance(error, av.error.ExitError)
        damage.ended_by = SILENT if silent else str(error.strerror)
        yield None
