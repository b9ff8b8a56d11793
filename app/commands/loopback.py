"""A live stream on this computer, for soak runs: a clip over and over, as a camera sends it."""

import argparse
import time
from collections.abc import Iterator
from fractions import Fraction

import av
from av.video.frame import PictureType

from app.bundled import sample_clip
from core.errors import OutputError, SourceError
from core.machine import give_way
from core.video.capture import read_frames
from core.video.paced import sleep_until
from core.video.reformat import reformatted

Packet = tuple[float, bytes, bool]  # time in s, what is sent, whether decoding may begin there

TICKS_PER_S = 90_000
KEPT_BYTES = 256 * 1024 * 1024  # of packets that are sent again; longer clips are encoded anew


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--clip", help="the clip that is sent (default: the sample clip)")
    parser.add_argument("--port", type=int, default=8123, help="TCP port on this computer")
    parser.add_argument("--size", default="960x540", metavar="WxH", help="size of the pictures")


def run(arguments: argparse.Namespace) -> int:
    """Wait for one viewer, and send until it goes away."""
    clip = arguments.clip or sample_clip()
    if clip is None:
        raise SourceError("no sample clip came with the program; name one with --clip")
    give_way()  # a camera would not use this computer's processors
    width, _, height = arguments.size.partition("x")
    send(str(clip), f"tcp://127.0.0.1:{arguments.port}?listen=1", (int(width), int(height)))
    return 0


def send(clip: str, address: str, size: tuple[int, int]) -> None:
    """Encode as a camera would, without delay, into a transport stream. Raises UserError."""
    options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "26", "g": "25"}
    try:
        with av.open(address, "w", format="mpegts") as container:
            stream = container.add_stream("libx264", rate=25, options=options)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            stream.time_base = Fraction(1, TICKS_PER_S)
            stream.codec_context.time_base = stream.time_base
            started_s = time.monotonic()
            for time_s, data, is_keyframe in _endless(clip, stream):
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, stream.time_base
                packet.pts = packet.dts = round(time_s * TICKS_PER_S)
                packet.is_keyframe = is_keyframe
                sleep_until(started_s + time_s)
                container.mux(packet)
    except (av.error.BrokenPipeError, av.error.ConnectionResetError):
        return  # the viewer has gone
    except av.error.FFmpegError as error:
        raise OutputError(f"{address}: cannot be sent to ({error.strerror})") from error


def _endless(clip: str, stream: av.VideoStream) -> Iterator[Packet]:
    """The clip over and over.

    Its first round is encoded while it is sent. From then on the same packets cost nothing: a
    camera would not use this computer's processors at all.
    """
    offset_s = 0.0
    while True:
        kept: list[Packet] = []
        room, last_s, step_s = KEPT_BYTES, 0.0, 0.04
        for packet in _encoded(clip, stream, offset_s):
            time_s = packet[0] - offset_s
            last_s, step_s = time_s, time_s - last_s or step_s
            room -= len(packet[1])
            if room >= 0:
                kept.append((time_s, *packet[1:]))
            yield packet
        if not kept:
            return
        offset_s += last_s + step_s
        while room >= 0:
            for time_s, data, is_keyframe in kept:
                yield offset_s + time_s, data, is_keyframe
            offset_s += last_s + step_s


def _encoded(clip: str, stream: av.VideoStream, offset_s: float) -> Iterator[Packet]:
    for number, frame in enumerate(read_frames(clip)):
        picture = av.VideoFrame.from_ndarray(frame.rgb, format="rgb24")
        picture = reformatted(picture, "yuv420p", (stream.width, stream.height))
        if number == 0:  # what is sent again begins here
            picture.pict_type = PictureType.I
        time_s = offset_s + frame.time_s
        picture.pts, picture.time_base = round(time_s * TICKS_PER_S), stream.time_base
        for packet in stream.encode(picture):
            yield time_s, bytes(packet), packet.is_keyframe
