"""A downsampled grey picture, for optical flow."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Picture


def small_grey(picture: NDArray[np.uint8] | Picture, width: int) -> tuple[NDArray[np.uint8], int]:
    """Every n-th pixel of every n-th row, (h, w), about `width` px wide, and n.

    A picture is RGB (H, W, 3) or gives its brightness.
    """
    if isinstance(picture, np.ndarray):
        step = max(1, round(picture.shape[1] / width))
        colours = np.ascontiguousarray(picture[::step, ::step])
        return cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False), step
    step = max(1, round(picture.size[0] / width))
    return np.ascontiguousarray(picture.luma[::step, ::step]), step
