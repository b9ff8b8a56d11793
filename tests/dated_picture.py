"""Pictures that tell when they were made: bars for the bits of the monotonic clock in ms."""

import time

import numpy as np
from numpy.typing import NDArray

from core.types import Frame

BITS = 20  # as in rtsp_server.py


def dated_picture(size: tuple[int, int]) -> NDArray[np.uint8]:
    """RGB (H, W, 3) of this moment; the lowest bit is the bar at the left."""
    width, height = size
    now_ms = time.monotonic_ns() // 1_000_000
    edges = [bit * width // BITS for bit in range(BITS + 1)]
    rgb = np.empty((height, width, 3), np.uint8)
    for bit in range(BITS):
        rgb[:, edges[bit] : edges[bit + 1]] = 220 if now_ms >> bit & 1 else 30
    return rgb


def made_ms(frame: Frame) -> int:
    """When the picture was made, ms of the monotonic clock up to a multiple of 2^20."""
    luma = frame.rgb[frame.rgb.shape[0] // 2].mean(axis=1)
    bars = np.array_split(luma, BITS)
    return sum(1 << bit for bit, bar in enumerate(bars) if np.median(bar) > 125)


def age_ms(frame: Frame) -> int:
    """From the making of the picture to its capture here."""
    return (frame.captured_ns // 1_000_000 - made_ms(frame)) % (1 << BITS)


def is_black(frame: Frame) -> bool:
    """Whether the picture tells nothing."""
    return float(frame.rgb.mean()) < 20
