"""What a camera on Linux offers, and its exposure: a few calls of video4linux.

Structures and numbers are those of <linux/videodev2.h> and <linux/v4l2-controls.h>.
"""

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

Kind = Literal["mjpeg", "raw"]

CAPTURE = 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE
DISCRETE = 1  # sizes and intervals that are listed one by one
FORMAT = "<III32sII12x"  # v4l2_fmtdesc: index, type, flags, description, pixelformat, mbus_code
SIZE = "<III6I8x"  # v4l2_frmsizeenum: index, pixel_format, type, width, height
INTERVAL = "<IIIII6I8x"  # v4l2_frmivalenum: index, pixel_format, width, height, type, s as n / d
CONTROL = "<Ii"  # v4l2_control: id, value
EXPOSURE_AUTO = 0x009A0901  # V4L2_CID_EXPOSURE_AUTO
EXPOSURE = 0x009A0902  # V4L2_CID_EXPOSURE_ABSOLUTE
MANUAL = 1  # V4L2_EXPOSURE_MANUAL
COMPRESSED = ("MJPG", "JPEG")
MOST = 256  # of anything that is listed


def request(number: int, layout: str) -> int:
    """The number of a call that reads and writes a structure: _IOWR('V', number, layout)."""
    return 3 << 30 | struct.calcsize(layout) << 16 | ord("V") << 8 | number


ENUM_FORMAT = request(2, FORMAT)
GET_CONTROL = request(27, CONTROL)
SET_CONTROL = request(28, CONTROL)
ENUM_SIZE = request(74, SIZE)
ENUM_INTERVAL = request(75, INTERVAL)


@dataclass(frozen=True, slots=True)
class CameraMode:
    """One way in which a camera gives pictures."""

    kind: Kind
    width: int  # px
    height: int  # px
    rates_hz: tuple[float, ...]  # frames a second, the most first; empty where not listed

    def __str__(self) -> str:
        rates = ", ".join(f"{rate:g}" for rate in self.rates_hz)
        return f"{self.width}x{self.height} {self.kind}" + (f" at {rates}/s" if rates else "")


def camera_modes(device: str) -> list[CameraMode]:
    """All modes of a camera, the largest first; empty where the system does not tell."""
    if sys.platform != "linux":
        return []
    with suppress(OSError), _opened(device) as camera:
        found = {
            (kind, width, height): _rates_hz(camera, pixels, width, height)
            for pixels, kind in _formats(camera)
            for width, height in _sizes(camera, pixels)
        }
        modes = [CameraMode(*mode, rates) for mode, rates in found.items()]
        return sorted(modes, key=lambda mode: (-mode.width * mode.height, mode.kind))
    return []


@contextmanager
def locked_exposure(device: str) -> Iterator[bool]:
    """Keep the exposure of this moment to the end of the block; True where the camera can."""
    try:
        with _opened(device) as camera:
            mode, exposure = _control(camera, EXPOSURE_AUTO), _control(camera, EXPOSURE)
            _set_control(camera, EXPOSURE_AUTO, MANUAL)
            _set_control(camera, EXPOSURE, exposure)
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        with suppress(OSError), _opened(device) as camera:
            _set_control(camera, EXPOSURE_AUTO, mode)


@contextmanager
def _opened(device: str) -> Iterator[int]:
    camera = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    try:
        yield camera
    finally:
        os.close(camera)


def _formats(camera: int) -> Iterator[tuple[int, Kind]]:
    """Pixel formats, each with its kind."""
    for values in _listed(camera, ENUM_FORMAT, FORMAT, (CAPTURE,)):
        pixels = values[4]
        letters = pixels.to_bytes(4, "little").decode("latin-1")
        yield pixels, "mjpeg" if letters in COMPRESSED else "raw"


def _sizes(camera: int, pixels: int) -> Iterator[tuple[int, int]]:
    """Widths and heights; of a range, the largest."""
    for values in _listed(camera, ENUM_SIZE, SIZE, (pixels,)):
        kind, *numbers = values[2:]
        yield (numbers[0], numbers[1]) if kind == DISCRETE else (numbers[1], numbers[4])
        if kind != DISCRETE:
            return


def _rates_hz(camera: int, pixels: int, width: int, height: int) -> tuple[float, ...]:
    rates = set()
    for values in _listed(camera, ENUM_INTERVAL, INTERVAL, (pixels, width, height)):
        above, below = values[5], values[6]  # of a range, the shortest interval
        if above:
            rates.add(round(below / above, 3))
        if values[4] != DISCRETE:
            break
    return tuple(sorted(rates, reverse=True))


def _listed(camera: int, call: int, layout: str, asked: tuple[int, ...]) -> Iterator[list[int]]:
    """The answers for index 0, 1 and so on, until the camera has no more."""
    import fcntl

    size = struct.calcsize(layout)
    for index in range(MOST):
        data = bytearray(size)
        struct.pack_into(f"<{1 + len(asked)}I", data, 0, index, *asked)
        try:
            fcntl.ioctl(camera, call, data)
        except OSError:
            return
        yield list(struct.unpack(layout, data))


def _control(camera: int, name: int) -> int:
    import fcntl

    data = bytearray(struct.pack(CONTROL, name, 0))
    fcntl.ioctl(camera, GET_CONTROL, data)
    return int(struct.unpack(CONTROL, data)[1])


def _set_control(camera: int, name: int, value: int) -> None:
    import fcntl

    fcntl.ioctl(camera, SET_CONTROL, bytearray(struct.pack(CONTROL, name, value)))
