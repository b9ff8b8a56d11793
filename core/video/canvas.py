"""What annotations are drawn on: one RGB array, or the three planes of a decoded picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, Frame
from core.video.planes import PlanarPicture, plane_view

Colour = tuple[int, int, int]
Segment = tuple[tuple[float, float], tuple[float, float]]

BITS = 4  # of a pixel: cv2 takes coordinates as integers
_FAR = 1e5  # px; what lies farther out is drawn there, so that cv2's integers do not overflow
FONT = cv2.FONT_HERSHEY_DUPLEX

# Rows of Y, U, V from R, G, B in [0, 255]: ITU-R BT.709, limited range.
_YUV = np.array(
    [[0.1826, 0.6142, 0.0620], [-0.1006, -0.3386, 0.4392], [0.4392, -0.3989, -0.0403]], np.float32
)
_OFFSET = np.array([16, 128, 128], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    pixels: NDArray[np.uint8]
    scale: float  # px of this layer a px of the picture
    shade: Callable[[Colour], Sequence[float]]

    def fixed(self, points: FloatArray) -> NDArray[np.int32]:
        """Picture px (..., 2), whole numbers at pixel centres -> 1/16 px of this layer."""
        inside = np.clip(np.nan_to_num(points), -_FAR, _FAR)
        moved = (inside + 0.5) * self.scale - 0.5
        return np.asarray((moved * (1 << BITS)).round(), np.int32)

    def width(self, width: float) -> int:
        return max(1, round(width * self.scale))


class Canvas:
    """A copy of a frame's picture to draw on. `result` is what a VideoWriter takes."""

    def __init__(self, frame: Frame) -> None:
        self.size = frame.size
        picture = frame.picture
        self.result: NDArray[np.uint8] | av.VideoFrame
        if isinstance(picture, PlanarPicture) and picture.is_bt709:
            self.result = picture.copy()
            self._layers = [
                _Layer(plane_view(plane), plane.width / self.size[0], _component(index))
                for index, plane in enumerate(self.result.planes)
            ]
        else:
            self.result = frame.rgb.copy()
            self._layers = [_Layer(self.result, 1.0, lambda colour: colour)]

    def lines(self, lines: Sequence[FloatArray], colour: Colour, width: float) -> None:
        """Open lines (n, 2) px with round ends; a line of one point twice is a dot."""
        for layer in self._layers:
            cv2.polylines(
                layer.pixels,
                [layer.fixed(line) for line in lines],
                False,
                layer.shade(colour),
                layer.width(width),
                cv2.LINE_AA,
                BITS,
            )

    def dots(self, centres: FloatArray, colour: Colour, diameter: float) -> None:
        """Round dots at (n, 2) px."""
        self.lines(list(np.repeat(centres[:, None], 2, 1)), colour, diameter)

    def rectangle(self, low: FloatArray, high: FloatArray, colour: Colour, width: float) -> None:
        """The outline between two corners; a negative width fills it."""
        for layer in self._layers:
            corners = [tuple(layer.fixed(corner).tolist()) for corner in (low, high)]
            kind, thickness = (cv2.LINE_AA, layer.width(width)) if width > 0 else (cv2.LINE_8, -1)
            shade = layer.shade(colour)
            cv2.rectangle(layer.pixels, corners[0], corners[1], shade, thickness, kind, BITS)

    def text(self, text: str, origin: FloatArray, colour: Colour, scale: float, width: int) -> None:
        """Text whose lower left corner is at `origin`."""
        for layer in self._layers:
            x, y = (layer.fixed(origin) >> BITS).tolist()
            shade, thickness = layer.shade(colour), layer.width(width)
            own = scale * layer.scale
            cv2.putText(layer.pixels, text, (x, y), FONT, own, shade, thickness, cv2.LINE_AA)


def _component(index: int) -> Callable[[Colour], Sequence[float]]:
    return lambda colour: (float(_YUV[index] @ np.array(colour, np.float32) + _OFFSET[index]),)
