"""Tiny videos for the tests, made with PyAV alone."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

CLOCKWISE_90 = (0, 1, -1, 0)
CLOCKWISE_180 = (-1, 0, 0, -1)
CLOCKWISE_270 = (0, -1, 1, 0)
MIRROR = (-1, 0, 0, 1)


def corners(width: int = 64, height: int = 48, seed: int = 0) -> NDArray[np.uint8]:
    """A picture with red, green, blue and white corners and a grey that depends on the seed."""
    rgb = np.full((height, width, 3), 40 + seed * 7 % 128, np.uint8)
    y, x = height // 3, width // 3
    rgb[:y, :x] = (220, 20, 20)
    rgb[:y, -x:] = (20, 220, 20)
    rgb[-y:, :x] = (20, 20, 220)
    rgb[-y:, -x:] = (230, 230, 230)
    return rgb


def write_video(
    path: Path,
    images: Sequence[NDArray[np.uint8]],
    *,
    ticks: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 600),
    rate: int = 25,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    aspect: Fraction = Fraction(1),
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Encode images at the given times in units of `time_base`; evenly without `ticks`."""
    height, width = images[0].shape[:2]
    if ticks is None:
        ticks = [round(index / rate / time_base) for index in range(len(images))]
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=options or {"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.sample_aspect_ratio = aspect
        stream.codec_context.time_base = time_base
        stream.time_base = time_base
        for image, tick in zip(images, ticks, strict=True):
            picture = av.VideoFrame.from_ndarray(image, format="rgb24")
            picture.pts, picture.time_base = tick, time_base
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def set_display_matrix(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Write a, b, c, d of shown x = a x + c y, shown y = b x + d y into the MP4's track header."""
    data = bytearray(path.read_bytes())
    header = data.index(b"tkhd") + 4
    a, b, c, d = (value * 65536 for value in matrix)
    struct.pack_into(">9i", data, header + 40, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def write_audio(path: Path) -> Path:
    """An MP4 file with sound alone."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.sample_rate = 44100
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
