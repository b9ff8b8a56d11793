"""Frames as Qt pictures, made away from the window's thread."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QSize
from PyQt6.QtGui import QImage

from core.types import Frame, FrameResult


@dataclass(frozen=True, slots=True, eq=False)
class ScaledPicture:
    """A frame as RGB32, which Qt paints without converting it. Holds the memory of its image."""

    image: QImage
    memory: NDArray[np.uint8]  # (H, W, 4) blue, green, red, 255

    @property
    def size(self) -> QSize:
        """Width and height in pixels."""
        return self.image.size()


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A result and its own picture: they can only be shown together."""

    picture: ScaledPicture
    result: FrameResult


def picture_of(frame: Frame) -> ScaledPicture:
    """The frame's picture in its full size."""
    memory = np.asarray(cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGRA), np.uint8)
    height, width = memory.shape[:2]
    layout = QImage.Format.Format_RGB32
    image = QImage(memory.data, width, height, 4 * width, layout)  # type: ignore[call-overload]
    return ScaledPicture(image, memory)


def shown(result: FrameResult) -> Shown:
    """What the window takes from a pipeline."""
    return Shown(picture_of(result.frame), result)
