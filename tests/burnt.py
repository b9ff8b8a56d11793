"""Clips whose frames carry their own number as black and white blocks, readable after encoding."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from tiny_video import write_video

BITS = 10
BLOCK = 8  # px


def burnt(number: int, size: tuple[int, int] = (96, 64)) -> NDArray[np.uint8]:
    """A grey picture with its number in a row of blocks along the upper edge."""
    rgb = np.full((size[1], size[0], 3), 90, np.uint8)
    rgb[24:, (number * 5) % size[0]] = 200  # something moves
    for bit in range(BITS):
        rgb[:16, bit * BLOCK : (bit + 1) * BLOCK] = 255 if number >> bit & 1 else 0
    return rgb


def read_burnt(rgb: NDArray[np.uint8]) -> int:
    """The number in a picture of the size it was made in."""
    blocks = rgb[4:12, : BITS * BLOCK].mean(axis=(0, 2)).reshape(BITS, BLOCK)[:, 2:6].mean(axis=1)
    return int(sum(1 << bit for bit, value in enumerate(blocks) if value > 128))


def burnt_clip(
    path: Path,
    count: int,
    *,
    ticks: Sequence[int] | None = None,
    gop: int = 250,
    codec: str = "libx264",
    size: tuple[int, int] = (96, 64),
) -> Path:
    """A clip of `count` numbered frames with a key frame every `gop` frames."""
    options = {"g": str(gop)}
    if codec == "libx264":
        options |= {"crf": "12", "bf": "3", "keyint_min": str(gop), "sc_threshold": "0"}
    else:
        options |= {"b": "4000000"}
    return write_video(
        path,
        [burnt(number, size) for number in range(count)],
        ticks=ticks,
        time_base=Fraction(1, 600) if codec == "libx264" else Fraction(1, 25),
        codec=codec,
        options=options,
    )


def burnt_stream(
    path: Path, count: int, codec: str, options: dict[str, str], container: str | None = None
) -> Path:
    """Numbered pictures, 25 a second, as the codec's own options order and group them."""
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(count):
            picture = av.VideoFrame.from_ndarray(burnt(number), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return path
