"""The list of a video's pictures, as reading it from its beginning counts them.

The beginning is decoded, and a short video whole. The rest of a long one is listed from its
packets, if these can be believed and say the same of the beginning; else all of it is decoded once.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from core.video.clock import Clock, Sent
from core.video.decode import Damage, demuxed
from core.video.sequence import timed_pictures
from core.video.source import CaptureSettings, open_video
from core.video.streams import video_stream
from core.video.upright import Layout

BEGINNING_PX = 250_000_000  # decoded to see what the packets are worth: 120 pictures in full HD
# Codecs in which each packet gives one picture; others hide some, or split them into fields.
_ONE_EACH = frozenset({"av1", "libdav1d", "vp9", "h264", "hevc", "mjpeg", "prores", "dnxhd"})
_PROGRESSIVE = (0, 1)  # AVFieldOrder: unknown, progressive
_SAME_S = 1e-6
_GAP = 1.5  # steps between two pictures


@dataclass(frozen=True, slots=True, eq=False)
class Numbering:
    """Picture n of a video, for all n from 0."""

    times_s: NDArray[np.float64]  # (N,) since the first picture
    numbers: dict[tuple[int, int], int | None]  # by place; None: several packets are there
    keys: NDArray[np.int64]  # (K,) numbers of the pictures at which decoding can begin; first 0
    key_stamps: list[int | None]  # (K,) to seek with
    layout: Layout


def number_pictures(source: str, settings: CaptureSettings, exact: bool = False) -> Numbering:
    """The list of a file's pictures; kept for the files used last. Raises SourceError.

    `exact` decodes all of it: damage within pictures shows in no packet.
    """
    most_px = None if exact else BEGINNING_PX
    try:
        facts = Path(source).stat()
    except OSError:  # an address, or what opening it will say
        return _number(source, settings, most_px)
    return _numbered_lately(source, settings, most_px, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=8)
def _numbered_lately(
    source: str, settings: CaptureSettings, most_px: int | None, size: int, changed_ns: int
) -> Numbering:
    return _number(source, settings, most_px)


def _number(source: str, settings: CaptureSettings, most_px: int | None) -> Numbering:
    damage = Damage()
    times_s: list[float] = []
    packets: list[Sent | None] = []
    layout: Layout | None = None
    decoded_px = 0
    # Decoders in hardware give the same pictures.
    with closing(timed_pictures(source, replace(settings, hardware="off"), damage)) as sequence:
        for timed in sequence:
            layout = timed.layout
            times_s.append(timed.time_s)
            packets.append(timed.sent)
            if most_px is None:
                continue
            decoded_px += timed.picture.width * timed.picture.height
            if decoded_px > most_px:
                most_px = None
                listed = _list_packets(source, settings)
                if listed is not None and _agree(listed, times_s, packets):
                    return _numbering(*listed, layout)
    if layout is None:
        raise damage.error(source, good=0)
    return _numbering(times_s, packets, layout)


def _numbering(
    times_s: Sequence[float], packets: Sequence[Sent | None], layout: Layout
) -> Numbering:
    numbers: dict[tuple[int, int], int | None] = {}
    for number, sent in enumerate(packets):
        if sent is not None:
            shared = sent.position < 0 or sent.place in numbers
            numbers[sent.place] = None if shared else number
    keys = [number for number, sent in enumerate(packets) if sent is not None and sent.is_key]
    if 0 not in keys:
        keys.insert(0, 0)
    stamps = [None if (sent := packets[key]) is None else sent.stamp for key in keys]
    return Numbering(np.array(times_s), numbers, np.array(keys, np.int64), stamps, layout)


def _list_packets(
    source: str, settings: CaptureSettings
) -> tuple[list[float], list[Sent | None]] | None:
    """Times and packets in the order of presentation, or None where packets are no pictures."""
    packets: list[Sent] = []
    with open_video(source, settings) as container:
        stream = video_stream(container, source, settings.threads)
        codec = stream.codec_context
        fields = codec.field_order not in _PROGRESSIVE and "mpegts" in container.format.name
        if codec.name not in _ONE_EACH or fields or not stream.time_base:
            return None
        clock = Clock(stream)
        try:
            for packet in demuxed(container, stream):
                sent = clock.sent(packet)
                if packet.size == 0 or packet.is_discard:
                    continue
                if packet.is_corrupt or sent.shown is None or sent.run > 0:
                    return None
                packets.append(sent)
        except av.error.FFmpegError:
            return None
        stamps = np.array([sent.shown for sent in packets], np.int64)
        order = np.argsort(stamps, kind="stable")
        ambiguous = len(np.unique(stamps)) < len(stamps) and (np.diff(stamps) < 0).any()
        # Pictures shown before the first key frame have lost what they refer to.
        if len(packets) == 0 or ambiguous or order[0] != 0 or not packets[0].is_key:
            return None
        if "mpegts" in container.format.name and _lack_pictures(packets):
            return None
        times_s = (stamps[order] - stamps[0]) * (float(stream.time_base) / settings.time_scale)
    return times_s.tolist(), [packets[number] for number in order]


def _lack_pictures(packets: Sequence[Sent]) -> bool:
    """Whether a transport stream lost whole pictures, of which no packet tells.

    Decoders that hold pictures back then give other times or drop what refers to the lost ones. A
    stream of a changing rate looks the same.
    """
    holds_back = any(sent.shown != sent.decoded for sent in packets)
    decoded = np.array([sent.decoded for sent in packets if sent.decoded is not None], np.int64)
    steps = np.diff(decoded)
    return holds_back and len(steps) > 0 and bool(steps.max() > _GAP * np.median(steps))


def _agree(
    listed: tuple[list[float], list[Sent | None]],
    times_s: Sequence[float],
    packets: Sequence[Sent | None],
) -> bool:
    count = len(times_s)
    if len(listed[0]) < count or not np.allclose(listed[0][:count], times_s, rtol=0, atol=_SAME_S):
        return False
    return all(
        ours is not None and theirs is not None and ours.place == theirs.place
        for ours, theirs in zip(listed[1], packets, strict=False)
    )
