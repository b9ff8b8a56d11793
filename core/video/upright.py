"""From a decoded picture to an upright RGB array with square pixels."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from core.video.reformat import reformatted

_UNSPECIFIED = 2  # ITU-T H.273: nothing is said about the colours
_LARGE = 720  # px of the shorter side
_LARGEST_ASPECT = 8  # a wider or narrower pixel is a broken header, not a picture


@dataclass(frozen=True, slots=True)
class Layout:
    """How a stored picture becomes an upright one: resize, transpose, then mirror."""

    square_size: tuple[int, int]  # width, height in px after resampling to square pixels
    transposed: bool = False
    mirror_x: bool = False  # left and right swapped, after the transposition
    mirror_y: bool = False  # top and bottom swapped, after the transposition
    stored_size: tuple[int, int] | None = None  # of the first picture; None: `square_size`

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright picture in pixels."""
        width, height = self.square_size
        return (height, width) if self.transposed else (width, height)

    @property
    def mirrored(self) -> bool:
        """Whether the upright picture is a mirror image of the stored one."""
        return self.transposed ^ self.mirror_x ^ self.mirror_y

    @property
    def rotation_deg(self) -> int:
        """Clockwise turn of 0, 90, 180 or 270 degrees, after the mirroring if there is one.

        A mirror image counts as the stored picture with left and right swapped, then turned.
        """
        if self.transposed:
            return 90 if self.mirror_x else 270
        return 180 if self.mirror_y else 0


def layout_of(stream: av.VideoStream, first: av.VideoFrame) -> Layout:
    """The layout of a stream, read from its pixel aspect and its first frame's display matrix."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width, height = first.width, first.height
    if 1 < aspect <= _LARGEST_ASPECT:
        width = round(width * aspect)
    elif Fraction(1, _LARGEST_ASPECT) <= aspect < 1:
        height = round(height / aspect)
    stored = (first.width, first.height)
    try:
        # `first.side_data` would tie the picture to itself: kept until garbage is collected.
        side_data = SideDataContainer(first)  # type: ignore[call-arg]
        matrix: Any = side_data.get("DISPLAYMATRIX")
    except ValueError:  # PyAV stops at kinds of data that it does not know, as in spatial video
        quarters = round(first.rotation / 90) % 4  # counterclockwise
        return Layout((width, height), quarters % 2 == 1, quarters > 1, quarters in (1, 2), stored)
    if matrix is None:
        return Layout((width, height), stored_size=stored)
    # Shown x = a x + c y, shown y = b x + d y, up to a shift; 16.16 fixed point, rows of three.
    a, b, _, c, d = (int(value) for value in np.frombuffer(matrix, np.int32)[:5])
    if abs(b) > abs(a):
        return Layout((width, height), True, c < 0, b < 0, stored)
    return Layout((width, height), False, a < 0, d < 0, stored)


def upright_rgb(picture: av.VideoFrame, layout: Layout) -> NDArray[np.uint8]:
    """A decoded picture of any pixel format as contiguous RGB (H, W, 3) of `layout.size`.

    A picture of another size than the first is letterboxed into the first one's size, with black
    bars where its shape is another: what is square stays square.
    """
    width, height = _content(picture, layout)
    array = _as_rgb(picture, width, height).to_ndarray()
    if (width, height) != layout.square_size:
        canvas = np.zeros((layout.square_size[1], layout.square_size[0], 3), np.uint8)
        x, y = (layout.square_size[0] - width) // 2, (layout.square_size[1] - height) // 2
        canvas[y : y + height, x : x + width] = array
        array = canvas
    return turn(np.asarray(array, np.uint8), layout)


def _as_rgb(picture: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """Damage can name colours that nobody knows; they are then those of standard video."""
    space = Colorspace.ITU709 if is_bt709(picture) else None  # None: as the picture says
    try:
        return reformatted(picture, "rgb24", (width, height), space)
    except av.error.FFmpegError:
        return reformatted(picture, "rgb24", (width, height), Colorspace.ITU601)


def _content(picture: av.VideoFrame, layout: Layout) -> tuple[int, int]:
    """Width and height in px that a stored picture takes of `layout.square_size`."""
    first = layout.stored_size or layout.square_size
    if (picture.width, picture.height) == first:
        return layout.square_size
    width = picture.width * layout.square_size[0] / first[0]
    height = picture.height * layout.square_size[1] / first[1]
    scale = min(layout.square_size[0] / width, layout.square_size[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def is_bt709(picture: av.VideoFrame) -> bool:
    """Whether the colours of a picture in YUV are to be taken as ITU-R BT.709.

    A picture that does not say is in BT.709 where it is large, as players take it.
    """
    if picture.colorspace == _UNSPECIFIED and not picture.format.is_rgb:
        return min(picture.width, picture.height) >= _LARGE
    return bool(picture.colorspace == Colorspace.ITU709)


def turn(rgb: NDArray[np.uint8], layout: Layout) -> NDArray[np.uint8]:
    """Turn and mirror an array (H, W, C) of `layout.square_size` into `layout.size`."""
    if layout.transposed:
        rgb = np.asarray(cv2.transpose(rgb), np.uint8)
    if layout.mirror_x or layout.mirror_y:
        both = layout.mirror_x and layout.mirror_y
        rgb = np.asarray(cv2.flip(rgb, -1 if both else int(layout.mirror_x)), np.uint8)
    return np.ascontiguousarray(rgb)
