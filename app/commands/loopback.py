"""A live stream on this computer, for soak runs: a clip over and over, as a camera sends it."""

import argparse
from fractions import Fraction

import av

from app.bundled import sample_clip
from core.errors import OutputError, SourceError
from core.machine import give_way
from core.video.capture import read_frames
from core.video.paced import paced

TICKS_PER_S = 90_000


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
            for frame in paced(lambda: read_frames(clip), loop=True):
                picture = av.VideoFrame.from_ndarray(frame.rgb, format="rgb24")
                picture = picture.reformat(*size, format="yuv420p")
                picture.pts = round(frame.time_s * TICKS_PER_S)
                picture.time_base = stream.time_base
                container.mux(stream.encode(picture))
    except (av.error.BrokenPipeError, av.error.ConnectionResetError):
        return  # the viewer has gone
    except av.error.FFmpegError as error:
        raise OutputError(f"{address}: cannot be sent to ({error.strerror})") from error
