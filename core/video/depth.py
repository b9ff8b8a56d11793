"""Images of more than 8 bits a channel -> 8 bits, as bright as they were meant."""

import cv2
import numpy as np
from numpy.typing import NDArray

_DEPTHS = (8, 10, 12, 14, 16)  # bits of sensors; more are taken as they are


def decode_rgb(data: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """An image file's bytes -> upright RGB (H, W, 3); None where it is damaged."""
    # The second way takes what the first cannot convert: grey images of floats.
    for flags in (cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH, cv2.IMREAD_UNCHANGED):
        try:
            image = cv2.imdecode(data, flags) if len(data) else None
        except cv2.error:
            continue
        if image is not None:
            return rgb_of(image)
    return None


def rgb_of(image: NDArray[np.generic]) -> NDArray[np.uint8] | None:
    """OpenCV's image (H, W) or (H, W, 1, 3 or 4), blue first -> RGB (H, W, 3) of 8 bits."""
    bgr = _eight_bits(image)
    channels = 1 if bgr.ndim == 2 else bgr.shape[2]
    codes = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
    if channels not in codes:
        return None
    return np.asarray(cv2.cvtColor(bgr, codes[channels]), np.uint8)


def _eight_bits(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Whole numbers lose the lowest of the bits in use; floats count from 0 to 1, or to 255, or
    to their largest.

    Cameras store 10, 12 or 14 bits in files of 16, which say nothing of it: the largest value
    tells how many are in use.
    """
    if image.dtype == np.uint8:
        return np.asarray(image, np.uint8)
    if np.issubdtype(image.dtype, np.floating):
        values = np.nan_to_num(image.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        largest = max(float(values.max(initial=0)), 1e-12)
        white = next((limit for limit in (1.0, 255.0) if largest <= limit), largest)
        return np.asarray(np.clip(values * (255 / white) + 0.5, 0, 255), np.uint8)
    whole = np.maximum(image.astype(np.int64), 0)
    bits = int(whole.max(initial=0)).bit_length()
    used = next((depth for depth in _DEPTHS if bits <= depth), bits)
    return np.asarray(whole >> (used - 8), np.uint8)
