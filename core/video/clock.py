"""Presentation times of decoded pictures, s: from the container's time stamps, or estimated.

A container holds up to two stamps a packet: when it is decoded (`dts`) and when its picture is
shown (`pts`). AVI and ASF hold only one, in the order of decoding; then the pictures, which come
in the order of presentation, take the stamps in ascending order.
"""

import heapq
from dataclasses import dataclass

import av

_FALLBACK_RATE_HZ = 25
_HIGHEST_RATE_HZ = 10_000
_DEEPEST_REORDER = 16  # pictures: H.264 and HEVC hold back no more (ITU-T H.264, A.3.1)
_REORDERED = 3  # av.video.frame.PictureType.B


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet as it went to the decoder, which hands this on to the picture made of it."""

    number: int  # in the order of the container, from 0 where reading began
    position: int  # of its bytes in the file; -1 where unknown
    size: int  # bytes
    shown: int | None  # presentation stamp, in units of the stream's time base
    decoded: int | None  # decoding stamp
    is_key: bool
    run: int  # grows where the stamps begin anew

    @property
    def stamp(self) -> int | None:
        """What a container is asked for when this packet is wanted."""
        return self.decoded if self.shown is None else self.shown

    @property
    def place(self) -> tuple[int, int]:
        """Most often tells this packet from all others, wherever reading began.

        The stamps do not: some containers count them from where reading began.
        """
        return self.position, self.size


class Clock:
    """Stamps -> seconds since the first picture, which never run backwards."""

    def __init__(self, stream: av.VideoStream) -> None:
        self._stream = stream
        self._unit_s = stream.time_base
        rate_hz = float(stream.guessed_rate or stream.average_rate or _FALLBACK_RATE_HZ)
        # A stream whose rate was not measured may tell that of its clock.
        self._step_s = 1 / (rate_hz if rate_hz <= _HIGHEST_RATE_HZ else _FALLBACK_RATE_HZ)
        self._seen_step_s = 0.0  # between the last two pictures of different times
        self._count = 0
        self._run = 0
        self._last_decoded: int | None = None
        self._waiting: list[tuple[int, int]] = []  # heap of (run, stamp) that no picture has taken
        self._hidden: set[int] = set()  # numbers of packets whose pictures have not come
        self._believed: bool | None = None  # presentation stamps; None before the first picture
        self._all_shown = self._all_same = True  # of the packets so far
        self._shown_run = 0
        self._zero: int | None = None
        self._shift_s = 0.0
        self._last_s: float | None = None

    def sent(self, packet: "av.Packet[av.VideoStream]") -> Sent:
        """Note a packet on its way to the decoder; call it for every one, in order."""
        shown, decoded = packet.pts, packet.dts
        if decoded is not None:
            if self._last_decoded is not None and self._starts_anew(decoded, shown):
                self._run += 1
            self._last_decoded = decoded
        position = -1 if packet.pos is None else packet.pos
        sent = Sent(
            self._count, position, packet.size, shown, decoded, packet.is_keyframe, self._run
        )
        self._count += 1
        if packet.size > 0 and not packet.is_discard:
            self._all_shown &= shown is not None or decoded is None
            self._all_same &= shown == decoded
            self._hidden.add(sent.number)
            stamp = shown if decoded is None else decoded
            if stamp is not None:
                heapq.heappush(self._waiting, (self._run, stamp))
        return sent

    def time_s(self, picture: av.VideoFrame, noted: bool = True) -> float:
        """The time of the next picture; call it once a picture, in order.

        `noted` is False for a picture of a packet that this clock has not noted.
        """
        sent = picture.opaque if noted and isinstance(picture.opaque, Sent) else None
        if self._believed is None:
            self._believed = self._all_shown and not (self._all_same and self._reorders)
        run, taken = self._taken(picture, sent)
        if self._believed:
            run = self._shown_run if sent is None else sent.run
        now_s = self._seconds(picture.pts if self._believed else taken)
        if now_s is None:
            now_s = 0.0 if self._last_s is None else self._last_s + self._step_s
        elif self._last_s is not None and now_s < self._last_s:
            far = self._last_s - now_s > self._reorder_s
            if run > self._shown_run or far:  # joined files and restarted senders begin anew
                after_s = self._last_s + (self._seen_step_s or self._step_s)
                self._shift_s += after_s - now_s
                now_s = after_s
            else:
                self._distrust(taken)
                now_s = self._last_s
        if self._last_s is not None and now_s > self._last_s:
            self._seen_step_s = now_s - self._last_s
        self._shown_run = max(run, self._shown_run)
        self._last_s = now_s
        return now_s

    def _distrust(self, taken: int | None) -> None:
        """The presentation stamps are in the order of decoding: go on with what is ascending."""
        at_s = self._seconds(taken)
        if self._believed and at_s is not None and self._last_s is not None:
            self._shift_s += self._last_s - at_s
        self._believed = False

    @property
    def _reorders(self) -> bool:
        return self._stream.codec_context.reorder_depth > 0

    @property
    def _reorder_s(self) -> float:
        """Stamps step back by no more than this without a new beginning."""
        return _DEEPEST_REORDER * max(self._step_s, self._seen_step_s)

    def _starts_anew(self, decoded: int, shown: int | None) -> bool:
        """Decoding stamps only grow; a single stamp may be of either kind."""
        assert self._last_decoded is not None
        back = self._last_decoded - decoded
        if shown is not None and not (self._all_same and self._reorders):
            return back > 0
        return back * float(self._unit_s or 0) > self._reorder_s

    def _taken(self, picture: av.VideoFrame, sent: Sent | None) -> tuple[int, int | None]:
        """The smallest stamp that waits, without those of pictures that will not come."""
        if sent is not None:
            self._hidden.discard(sent.number)
            if int(picture.pict_type) != _REORDERED:  # what was decoded before it was shown before
                self._hidden = {number for number in self._hidden if number > sent.number}
                while len(self._waiting) > len(self._hidden) + 1:
                    heapq.heappop(self._waiting)
        return heapq.heappop(self._waiting) if self._waiting else (self._shown_run, None)

    def _seconds(self, stamp: int | None) -> float | None:
        if stamp is None or self._unit_s is None:
            return None
        if self._zero is None:
            self._zero = stamp
            if self._last_s is not None:  # pictures without any stamp came before
                self._shift_s = self._last_s + self._step_s
        return float((stamp - self._zero) * self._unit_s) + self._shift_s
