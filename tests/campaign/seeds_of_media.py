"""Small valid videos, pictures, pages and animations, made here."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from tiny_video import corners, write_video

from campaign.seeds import Seed

# container -> codec, pixel format, options
VIDEOS: dict[str, tuple[str, str, dict[str, str]]] = {
    "h264.mp4": ("libx264", "yuv420p", {"g": "5"}),
    "intra.mp4": ("libx264", "yuv420p", {"g": "1"}),
    "hevc.mp4": ("libx265", "yuv420p", {"x265-params": "log-level=none:keyint=6"}),
    "mpeg4.mp4": ("mpeg4", "yuv420p", {"g": "5"}),
    "av1.mp4": ("libsvtav1", "yuv420p", {"preset": "12"}),
    "h264.mov": ("libx264", "yuv420p", {"g": "5"}),
    "prores.mov": ("prores_ks", "yuv422p10le", {}),
    "qtrle.mov": ("qtrle", "rgb24", {}),
    "h264.mkv": ("libx264", "yuv420p", {"g": "5"}),
    "ffv1.mkv": ("ffv1", "yuv420p", {}),
    "vp8.webm": ("libvpx", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}),
    "vp9.webm": ("libvpx-vp9", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}),
    "mjpeg.avi": ("mjpeg", "yuvj420p", {}),
    "mpeg4.avi": ("mpeg4", "yuv420p", {"g": "5", "bf": "2"}),
    "h264.avi": ("libx264", "yuv420p", {"g": "5", "bf": "2"}),
    "huffyuv.avi": ("huffyuv", "yuv422p", {}),
    "cinepak.avi": ("cinepak", "rgb24", {}),
    "h264.ts": ("libx264", "yuv420p", {"g": "5"}),
    "mpeg2.ts": ("mpeg2video", "yuv420p", {"g": "5", "bf": "2"}),
    "h264.m2ts": ("libx264", "yuv420p", {"g": "5"}),
    "mpeg1.mpg": ("mpeg1video", "yuv420p", {"g": "5"}),
    "mpeg2.vob": ("mpeg2video", "yuv420p", {"g": "5"}),
    "mpeg2.mxf": ("mpeg2video", "yuv420p", {"g": "5"}),
    "flv1.flv": ("flv", "yuv420p", {"g": "5"}),
    "h264.flv": ("libx264", "yuv420p", {"g": "5"}),
    "wmv2.wmv": ("wmv2", "yuv420p", {"g": "5"}),
    "msmpeg4.asf": ("msmpeg4", "yuv420p", {"g": "5"}),
    "h264.h264": ("libx264", "yuv420p", {"g": "5"}),
    "hevc.hevc": ("libx265", "yuv420p", {"x265-params": "log-level=none:keyint=6"}),
    "mpeg4.nut": ("mpeg4", "yuv420p", {"g": "5"}),
    "raw.y4m": ("rawvideo", "yuv420p", {}),
    "gif.gif": ("gif", "rgb8", {}),
    "rv20.rm": ("rv20", "yuv420p", {}),
}
_OF_ANY_TIME = ("h264.mp4", "h264.mov", "h264.mkv", "vp8.webm", "vp9.webm", "h264.ts")


def videos(folder: Path) -> Iterator[Seed]:
    """A clip of 12 pictures in each container, with times that vary where they can."""
    images = [corners(seed=index) for index in range(12)]
    for name, (codec, pixel_format, options) in VIDEOS.items():
        ticks = [600 * index // 25 for index in range(12)]
        vary, base = name.endswith(_OF_ANY_TIME), Fraction(1, 600)
        write_video(
            folder / name,
            images,
            ticks=[tick + 5 * (index % 2) for index, tick in enumerate(ticks)] if vary else None,
            time_base=base if vary else Fraction(1, 25),
            codec=codec,
            pixel_format=pixel_format,
            options=options or {"g": "12"},
        )
        yield Seed(name, (folder / name).read_bytes())


def images(folder: Path) -> Iterator[Seed]:
    """Pictures of 8 and 16 bits, pages and animations."""
    picture = corners()
    noise = np.random.default_rng(0).integers(0, 4096, (48, 64, 3), np.uint16)
    for name, content in (
        ("rgb.png", picture),
        ("deep.png", noise),
        ("rgb.jpg", picture),
        ("rgb.tif", picture),
        ("float.tif", (noise / 4095).astype(np.float32)),
        ("rgb.webp", picture),
        ("rgb.bmp", picture),
    ):
        cv2.imwrite(str(folder / name), content)
        data = (folder / name).read_bytes()
        yield Seed(name, data, inside=_png_inside(data) if name.endswith("png") else None)
    cv2.imwritemulti(str(folder / "pages.tif"), [corners(seed=index) for index in range(3)])
    animation = cv2.Animation()
    animation.frames = [cv2.cvtColor(corners(seed=9 * i), cv2.COLOR_RGB2BGRA) for i in range(3)]
    animation.durations = np.array([40, 80, 40])
    for name in ("moving.png", "moving.webp"):
        cv2.imwriteanimation(str(folder / name), animation)
    for name in ("pages.tif", "moving.png", "moving.webp"):
        data = (folder / name).read_bytes()
        yield Seed(name, data, inside=_png_inside(data) if name.endswith("png") else None)


def _png_inside(data: bytes) -> Callable[[random.Random], bytes]:
    """Chunks of a PNG changed, their check sums right."""

    def inside(chance: random.Random) -> bytes:
        from campaign.mutations import BYTES

        chunks, at = [], 8
        while at < len(data):
            (length,) = struct.unpack_from(">I", data, at)
            chunks.append((data[at + 4 : at + 8], bytearray(data[at + 8 : at + 8 + length])))
            at += length + 12
        _, content = chance.choice([chunk for chunk in chunks if chunk[1]])
        BYTES[chance.choice(list(BYTES))](content, chance)
        if chance.random() < 0.2:
            chance.shuffle(chunks)
        parts = [
            struct.pack(">I", len(content)) + kind + content + _crc(kind + content)
            for kind, content in chunks
        ]
        return data[:8] + b"".join(parts)

    return inside


def _crc(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))
