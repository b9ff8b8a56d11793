"""Pictures as the decoder gives them, in planes: most of a frame is never needed as RGB."""

from functools import cached_property

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from core.geometry import GREY, Letterbox, apply_letterbox
from core.types import Frame
from core.video.reformat import reformatted
from core.video.upright import Layout, is_bt709, upright_rgb

# Rows of R, G, B from Y - 16, U - 128, V - 128 in limited range: ITU-R BT.601 and BT.709.
_BT601 = np.array([[1.1644, 0, 1.5960], [1.1644, -0.3918, -0.8130], [1.1644, 2.0172, 0]])
_BT709 = np.array([[1.1644, 0, 1.7927], [1.1644, -0.2132, -0.5329], [1.1644, 2.1124, 0]])
_OFFSET = np.array([16.0, 128.0, 128.0])


class PlanarPicture:
    """A decoded 4:2:0 picture of 8 bits that is upright as it is. Converts when asked, once."""

    def __init__(self, picture: av.VideoFrame) -> None:
        self._picture = picture
        self.size = (picture.width, picture.height)
        self.is_bt709 = is_bt709(picture)

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        """The whole picture, (H, W, 3)."""
        return upright_rgb(self._picture, Layout(self.size))

    @property
    def luma(self) -> NDArray[np.uint8]:
        """Brightness (H, W), from 16 (black) to 235 (white); a view."""
        return plane_view(self._picture.planes[0])

    def colours(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.uint8]:
        """RGB (..., 3) of single pixels."""
        luma, *chroma = self.planes
        parts = [luma[rows, columns], *(part[rows // 2, columns // 2] for part in chroma)]
        levels = np.stack([*parts, np.ones_like(parts[0])], axis=-1)
        colours = levels @ colour_matrix(self.is_bt709).T
        return colours.round().clip(0, 255).astype(np.uint8)

    @property
    def planes(self) -> list[NDArray[np.uint8]]:
        """Y (H, W), U and V of half the size, rounded up; views."""
        return [plane_view(plane) for plane in self._picture.planes[:3]]

    def copy(self, into: av.VideoFrame | None = None) -> av.VideoFrame:
        """The same planes in other memory: in `into` where that has their size."""
        fits = into is not None and (into.width, into.height) == self.size
        made = into if into is not None and fits else av.VideoFrame(*self.size, "yuv420p")
        for source, target in zip(self.planes, made.planes, strict=True):
            plane_view(target)[:] = source
        return made

    def letterbox(self, plan: Letterbox) -> NDArray[np.uint8]:
        """The picture letterboxed into the network's input: planes are resized, then converted."""
        shrink = cv2.INTER_AREA if plan.scale_x < 1 else cv2.INTER_LINEAR
        luma, *chroma = self.planes
        parts = [cv2.resize(luma, plan.content, interpolation=shrink)]
        # Chroma has half the resolution already.
        parts += [cv2.resize(part, plan.content, interpolation=cv2.INTER_LINEAR) for part in chroma]
        shifted = colour_matrix(self.is_bt709)
        canvas = np.full((plan.canvas[1], plan.canvas[0], 3), GREY, np.uint8)
        rows = slice(plan.pad_y, plan.pad_y + plan.content[1])
        columns = slice(plan.pad_x, plan.pad_x + plan.content[0])
        canvas[rows, columns] = cv2.transform(cv2.merge(parts), shifted)
        return canvas


def colour_matrix(bt709: bool) -> NDArray[np.float64]:
    """(3, 4): R, G, B of Y, U, V and 1, all from 0 to 255, Y, U and V in limited range."""
    matrix = _BT709 if bt709 else _BT601
    return np.concatenate([matrix, -(matrix @ _OFFSET)[:, None]], 1)


def planar(picture: av.VideoFrame, layout: Layout) -> PlanarPicture | None:
    """The picture in planes, or None where it must be converted, turned or resampled first."""
    upright = not (layout.transposed or layout.mirror_x or layout.mirror_y)
    plain = picture.format.name in ("yuv420p", "nv12") and picture.color_range != ColorRange.JPEG
    same = layout.square_size == (picture.width, picture.height)
    if not (upright and plain and same):
        return None
    if picture.format.name == "nv12":  # as decoders in hardware give it: U and V interleaved
        picture = reformatted(picture, "yuv420p")
    return PlanarPicture(picture)


def letterboxed(frame: Frame, plan: Letterbox) -> NDArray[np.uint8]:
    """A frame in the network's input, RGB (h, w, 3), from planes where it has them."""
    if isinstance(frame.picture, PlanarPicture):
        return frame.picture.letterbox(plan)
    return apply_letterbox(frame.rgb, plan)


def encodable(
    frame: Frame, into: NDArray[np.uint8] | av.VideoFrame | None = None
) -> NDArray[np.uint8] | av.VideoFrame:
    """What a VideoWriter takes of it: a copy of its planes where their colours allow, or RGB.

    Planes of the same size are copied `into` what an earlier call gave; RGB is not copied.
    """
    picture = frame.picture
    if isinstance(picture, PlanarPicture) and picture.is_bt709:
        return picture.copy(into if isinstance(into, av.VideoFrame) else None)
    return frame.rgb


def plane_view(plane: "av.video.plane.VideoPlane") -> NDArray[np.uint8]:
    """The pixels of a plane (h, w), without a copy."""
    flat = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
    view: NDArray[np.uint8] = flat.reshape(plane.height, plane.line_size)[:, : plane.width]
    return view
