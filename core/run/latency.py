"""The true delay from screen to screen: a coded picture is shown, filmed, and recognised.

The code is an ArUco marker whose number changes all the time, so a camera may see it from any
side. The delay is the time from a number's first painting to the painting of the first camera
frame in which it is seen.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CODES = 1000  # then numbers repeat
MOST_KEPT = 400  # paintings remembered: more than any delay that is worth a number

_MARKERS = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_1000)


def code_picture(code: int, side: int) -> NDArray[np.uint8]:
    """The marker of a code, black on white with a white margin, (side, side) grey."""
    margin = side // 6
    marker = cv2.aruco.generateImageMarker(_MARKERS, code % CODES, side - 2 * margin)
    picture = np.full((side, side), 255, np.uint8)
    picture[margin : side - margin, margin : side - margin] = marker
    return picture


def codes_in(rgb: NDArray[np.uint8]) -> list[int]:
    """The codes that are seen in a picture (H, W, 3)."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    ids: Any = cv2.aruco.ArucoDetector(_MARKERS).detectMarkers(grey)[1]
    return [] if ids is None else [int(code) for code in np.asarray(ids).reshape(-1)]


@dataclass(frozen=True, slots=True)
class Delay:
    """What was measured, in ms."""

    count: int
    median_ms: float
    p95_ms: float


class LatencyMeter:
    """Brings together when codes were painted, when frames show them and when frames were painted.

    All times are nanoseconds of the monotonic clock, in any order of arrival.
    """

    def __init__(self) -> None:
        self._codes: OrderedDict[int, int] = OrderedDict()
        self._frames: OrderedDict[int, int] = OrderedDict()
        self._first_frame: OrderedDict[int, int] = OrderedDict()  # code -> frame index
        self._delays_ms: dict[int, float] = {}

    def code_painted(self, code: int, now_ns: int) -> None:
        """A code is on the screen from now on."""
        code %= CODES
        for known in (self._codes, self._first_frame):
            known.pop(code, None)
        self._delays_ms.pop(code, None)
        _keep(self._codes, code, now_ns)

    def frame_painted(self, index: int, now_ns: int) -> None:
        """A camera frame is on the screen from now on."""
        _keep(self._frames, index, now_ns)
        for code, first in list(self._first_frame.items()):
            if first == index:
                self._measure(code, index)

    def code_seen(self, code: int, index: int) -> None:
        """A camera frame shows a code."""
        if code in self._codes and index < self._first_frame.get(code, index + 1):
            _keep(self._first_frame, code, index)
            self._measure(code, index)

    def delay(self) -> Delay | None:
        """The delays so far; None before there is one."""
        if not self._delays_ms:
            return None
        values = np.array(list(self._delays_ms.values()))
        return Delay(len(values), float(np.median(values)), float(np.percentile(values, 95)))

    def _measure(self, code: int, index: int) -> None:
        painted_ns = self._frames.get(index)
        if painted_ns is not None and painted_ns >= self._codes[code]:
            self._delays_ms[code] = (painted_ns - self._codes[code]) / 1e6


def _keep(times: OrderedDict[int, int], key: int, value: int) -> None:
    times[key] = value
    while len(times) > MOST_KEPT:
        times.popitem(last=False)
