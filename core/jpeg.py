"""Pictures as JPEG, fine enough to learn from."""

import cv2
import numpy as np
from numpy.typing import NDArray

_QUALITY = 95


def encode_jpeg(rgb: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) RGB -> the bytes of a file."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1])
