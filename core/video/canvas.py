"""What annotations are drawn on: one RGB array, or the three planes of a decoded picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, Frame
from core.video.planes import encodable, plane_view

Colour = tuple[int, int, int]

BITS = 4  # of a pixel: cv2 takes coordinates as integers
# px; what lies farther out is drawn there, so that cv2's integers do not overflow.
_FAR = np.float32(1e5)
_BLACK = 32  # a colour without a brighter channel than this shows no colour
FONT = cv2.FONT_HERSHEY_DUPLEX

# The upper, lower, left and right edge of a box as x1, y1, x2, y2 of a bar: which of the box's
# four values each is, and where half the width goes. The corners belong to the first two.
_EDGES = np.array([[0, 1, 2, 1], [0, 3, 2, 3], [0, 1, 0, 3], [2, 1, 2, 3]], np.intp)
_OUTWARDS = np.array([[-1, -1, 1, 1], [-1, -1, 1, 1], [-1, 1, 1, -1], [-1, 1, 1, -1]], np.float32)

# Rows of Y, U, V from R, G, B in [0, 255]: ITU-R BT.709, limited range.
_YUV = np.array(
    [[0.1826, 0.6142, 0.0620], [-0.1006, -0.3386, 0.4392], [0.4392, -0.3989, -0.0403]], np.float32
)
_OFFSET = np.array([16, 128, 128], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """Planes of one size, which share all coordinates."""

    planes: tuple[NDArray[np.uint8], ...]
    components: tuple[int, ...]  # of Y, U, V; none for RGB
    scale: float  # px of this layer a px of the picture

    def fixed(self, points: FloatArray) -> NDArray[np.int32]:
        """Picture px (..., 2), whole numbers at pixel centres -> 1/16 px of this layer."""
        moved = (points + np.float32(0.5)) * np.float32(self.scale) - np.float32(0.5)
        return (moved * np.float32(1 << BITS)).round().astype(np.int32)

    def width(self, width: float) -> int:
        return max(1, round(width * self.scale))

    def kind(self, colour: Colour) -> int:
        """Bright lines have smooth edges; nobody sees those of dark ones, or of colour alone."""
        smooth = 1 not in self.components and max(colour) >= _BLACK
        return cv2.LINE_AA if smooth else cv2.LINE_8

    def shaded(self, colour: Colour) -> list[tuple[NDArray[np.uint8], tuple[float, ...]]]:
        """The planes that a colour changes, each with its value there."""
        if not self.components:
            return [(self.planes[0], colour)]
        if 1 in self.components and max(colour) < _BLACK:
            return []
        values = _yuv(colour)
        return [
            (plane, (values[component],))
            for plane, component in zip(self.planes, self.components, strict=True)
        ]


@lru_cache(maxsize=1024)
def _yuv(colour: Colour) -> tuple[float, ...]:
    return tuple((_YUV @ np.array(colour, np.float32) + _OFFSET).tolist())


def _inside(points: FloatArray) -> FloatArray:
    """Without what is not finite or too far out for cv2's integers."""
    near: FloatArray = np.fmax(np.fmin(points, _FAR), -_FAR)
    return near


class Canvas:
    """A copy of a frame's picture to draw on. `result` is what a VideoWriter takes.

    It takes the memory of `earlier`, a result of the same size, where that is given.
    """

    def __init__(
        self, frame: Frame, earlier: NDArray[np.uint8] | av.VideoFrame | None = None
    ) -> None:
        self.size = frame.size
        self.result = encodable(frame, earlier)
        if isinstance(self.result, np.ndarray):
            self.result = self.result.copy()
            self._layers = [_Layer((self.result,), (), 1.0)]
            return
        luma, *chroma = (plane_view(plane) for plane in self.result.planes)
        scale = chroma[0].shape[1] / self.size[0]
        self._layers = [_Layer((luma,), (0,), 1.0), _Layer(tuple(chroma), (1, 2), scale)]

    def lines(self, lines: FloatArray, colour: Colour, width: float, smooth: bool = True) -> None:
        """Open lines (n, points, 2) px with round ends; a line of one point twice is a dot."""
        inside = _inside(lines)
        for layer in self._layers if len(lines) else ():
            shaded = layer.shaded(colour)
            if shaded:
                fixed, thickness = list(layer.fixed(inside)), layer.width(width)
                kind = layer.kind(colour) if smooth else cv2.LINE_8
                for plane, shade in shaded:
                    cv2.polylines(plane, fixed, False, shade, thickness, kind, BITS)

    def fading(self, points: FloatArray, colour: Colour, width: float, steps: int) -> None:
        """A line (n, 2) px that grows from dark to its colour at its end."""
        inside = _inside(points)
        for layer in self._layers:
            # Colour need not fade where brightness does.
            count = 1 if 1 in layer.components else max(1, min(steps, len(points) - 1))
            ends = [round(step * (len(points) - 1) / count) for step in range(count + 1)]
            fixed, thickness = layer.fixed(inside), layer.width(width)
            for step, (start, end) in enumerate(pairwise(ends), start=1):
                share = step / count
                red, green, blue = (round(value * (0.35 + 0.65 * share)) for value in colour)
                # Only the brightest part is worth smooth edges, which take three times as long.
                kind = layer.kind(colour) if step == count else cv2.LINE_8
                for plane, shade in layer.shaded((red, green, blue)):
                    part = [fixed[start : end + 1]]
                    cv2.polylines(plane, part, False, shade, thickness, kind, BITS)

    def dots(self, centres: FloatArray, colour: Colour, diameter: float) -> None:
        """Round dots at (n, 2) px. Smooth edges, which a video hardly shows, cost seven times."""
        self.lines(np.repeat(centres[:, None], 2, 1), colour, diameter, smooth=False)

    def outlines(
        self, boxes: FloatArray, colours: Sequence[Colour], widths: NDArray[np.intp]
    ) -> None:
        """The edges of boxes (N, 4) px xyxy, each of a colour and a width (N,) px."""
        half = widths.astype(np.float32)[:, None, None] / np.float32(2)
        bars: FloatArray = boxes[:, _EDGES] + _OUTWARDS * half
        self.fill(bars.reshape(-1, 4), [colour for colour in colours for _ in _EDGES])

    def fill(self, boxes: FloatArray, colours: Sequence[Colour]) -> None:
        """Boxes (N, 4) px xyxy, each in a colour; the smallest is one pixel."""
        for layer in self._layers:
            height, width = layer.planes[0].shape[:2]
            edge = np.array([width, height, width, height], np.intp)
            pixels = (_inside(boxes) * np.float32(layer.scale)).round().astype(np.intp)
            pixels[:, 2:] = np.maximum(pixels[:, 2:], pixels[:, :2] + 1)
            for (x1, y1, x2, y2), colour in zip(
                pixels.clip(0, edge).tolist(), colours, strict=True
            ):
                for plane, shade in layer.shaded(colour):
                    plane[y1:y2, x1:x2] = shade

    def text(self, text: str, origin: FloatArray, colour: Colour, scale: float, width: int) -> None:
        """Text whose lower left corner is at `origin`."""
        for layer in self._layers:
            for plane, shade in layer.shaded(colour):
                x, y = (layer.fixed(_inside(origin)) >> BITS).tolist()
                own = scale * layer.scale
                cv2.putText(plane, text, (x, y), FONT, own, shade, layer.width(width), cv2.LINE_AA)
