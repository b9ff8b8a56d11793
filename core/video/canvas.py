"""What annotations are drawn on: one RGB array, or the three planes of a decoded picture."""

from dataclasses import dataclass
from functools import lru_cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, Frame
from core.video.planes import PlanarPicture, plane_view

Colour = tuple[int, int, int]

BITS = 4  # of a pixel: cv2 takes coordinates as integers
_FAR = np.float32(
    1e5
)  # px; what lies farther out is drawn there, so that cv2's integers do not overflow
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
    component: int | None  # of Y, U, V; None for RGB

    def fixed(self, points: FloatArray) -> NDArray[np.int32]:
        """Picture px (..., 2), whole numbers at pixel centres -> 1/16 px of this layer."""
        moved = (points + np.float32(0.5)) * np.float32(self.scale) - np.float32(0.5)
        return (moved * np.float32(1 << BITS)).round().astype(np.int32)

    def width(self, width: float) -> int:
        return max(1, round(width * self.scale))

    @property
    def kind(self) -> int:
        """Edges are smooth in brightness; nobody sees them in planes of colour alone."""
        return cv2.LINE_8 if self.component else cv2.LINE_AA

    def shade(self, colour: Colour) -> tuple[float, ...]:
        return colour if self.component is None else (_yuv(colour)[self.component],)


@lru_cache(maxsize=1024)
def _yuv(colour: Colour) -> tuple[float, ...]:
    return tuple((_YUV @ np.array(colour, np.float32) + _OFFSET).tolist())


def _inside(points: FloatArray) -> FloatArray:
    """Without what is not finite or too far out for cv2's integers."""
    near: FloatArray = np.clip(np.nan_to_num(points), -_FAR, _FAR)
    return near


class Canvas:
    """A copy of a frame's picture to draw on. `result` is what a VideoWriter takes."""

    def __init__(self, frame: Frame) -> None:
        self.size = frame.size
        picture = frame.picture
        self.result: NDArray[np.uint8] | av.VideoFrame
        if isinstance(picture, PlanarPicture) and picture.is_bt709:
            self.result = picture.copy()
            self._layers = [
                _Layer(plane_view(plane), plane.width / self.size[0], index)
                for index, plane in enumerate(self.result.planes)
            ]
        else:
            self.result = frame.rgb.copy()
            self._layers = [_Layer(self.result, 1.0, None)]

    def lines(self, lines: FloatArray, colour: Colour, width: float) -> None:
        """Open lines (n, points, 2) px with round ends; a line of one point twice is a dot."""
        inside = _inside(lines)
        for layer in self._layers:
            shade, thickness = layer.shade(colour), layer.width(width)
            fixed = list(layer.fixed(inside))
            cv2.polylines(layer.pixels, fixed, False, shade, thickness, layer.kind, BITS)

    def dots(self, centres: FloatArray, colour: Colour, diameter: float) -> None:
        """Round dots at (n, 2) px."""
        self.lines(np.repeat(centres[:, None], 2, 1), colour, diameter)

    def rectangle(self, corners: FloatArray, colour: Colour, width: float) -> None:
        """The outline between two corners (2, 2) px; a negative width fills it."""
        inside = _inside(corners)
        for layer in self._layers:
            low, high = (tuple(corner) for corner in layer.fixed(inside).tolist())
            thickness = layer.width(width) if width > 0 else -1
            shade = layer.shade(colour)
            cv2.rectangle(layer.pixels, low, high, shade, thickness, cv2.LINE_8, BITS)

    def text(self, text: str, origin: FloatArray, colour: Colour, scale: float, width: int) -> None:
        """Text whose lower left corner is at `origin`."""
        for layer in self._layers:
            x, y = (layer.fixed(_inside(origin)) >> BITS).tolist()
            shade, thickness = layer.shade(colour), layer.width(width)
            own = scale * layer.scale
            cv2.putText(layer.pixels, text, (x, y), FONT, own, shade, thickness, cv2.LINE_AA)
