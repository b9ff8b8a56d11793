"""Images of more than 8 bits a channel -> 8 bits, as bright as they were meant."""

from collections import Counter
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Deep = tuple[int, int, str]  # height and width px of an image, and the kind of its numbers
Whites = Mapping[Deep, float]  # what is white in the images of a sequence

_DEPTHS = (8, 10, 12, 14, 16)  # bits of sensors; more are taken as they are
_FLOAT_LIMITS = (1.0, 255.0)


def decoded(data: NDArray[np.uint8]) -> NDArray[np.generic] | None:
    """An image file's bytes -> upright (H, W) or (H, W, 1, 3 or 4), as deep as it is, blue first.

    None where it is damaged.
    """
    # The second way takes what the first cannot convert: grey images of floats.
    for flags in (cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH, cv2.IMREAD_UNCHANGED):
        try:
            image = cv2.imdecode(data, flags) if len(data) else None
        except cv2.error:
            continue
        if image is not None:
            return image
    return None


def rgb_of(image: NDArray[np.generic], whites: Whites | None = None) -> NDArray[np.uint8] | None:
    """OpenCV's image (H, W) or (H, W, 1, 3 or 4), blue first -> RGB (H, W, 3) of 8 bits.

    `whites` are those of its sequence; what is brighter is as bright as white.
    """
    bgr = _eight_bits(image, (whites or {}).get(_deep(image)))
    channels = 1 if bgr.ndim == 2 else bgr.shape[2]
    codes = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
    if channels not in codes:
        return None
    return np.asarray(cv2.cvtColor(bgr, codes[channels]), np.uint8)


def white_of(image: NDArray[np.generic]) -> tuple[Deep, float] | None:
    """What is white in an image, judged by it alone; None where 8 bits leave no question.

    Cameras store 10, 12 or 14 bits in files of 16, which say nothing of it: the largest value
    tells how many are in use. Floats count from 0 to 1, or to 255, or to their largest.
    """
    if image.dtype == np.uint8:
        return None
    if np.issubdtype(image.dtype, np.floating):
        largest = max(float(_finite(image).max(initial=0)), 1e-12)
        return _deep(image), next((limit for limit in _FLOAT_LIMITS if largest <= limit), largest)
    bits = max(int(image.max(initial=0)), 0).bit_length()
    used = next((depth for depth in _DEPTHS if bits <= depth), bits)
    return _deep(image), float(1 << used)


def common_whites(found: Sequence[tuple[Deep, float]]) -> Whites:
    """One white for all images of a size and kind, out of some of them.

    Of whole numbers the largest, so that nothing in use is cut off. Of floats that of most, as
    filters overshoot 1.
    """
    common = {}
    for deep in {deep for deep, _ in found}:
        whites = [white for known, white in found if known == deep]
        if deep[2] == "f":
            classes = Counter(white if white in _FLOAT_LIMITS else np.inf for white in whites)
            most = max(classes, key=lambda white: (classes[white], white))
            common[deep] = max(whites) if most == np.inf else most
        else:
            common[deep] = max(whites)
    return common


def _eight_bits(image: NDArray[np.generic], white: float | None) -> NDArray[np.uint8]:
    """Whole numbers lose the lowest of the bits in use."""
    if image.dtype == np.uint8:
        return np.asarray(image, np.uint8)
    if white is None:
        alone = white_of(image)
        assert alone is not None
        white = alone[1]
    if np.issubdtype(image.dtype, np.floating):
        return np.asarray(np.clip(_finite(image) * (255 / white) + 0.5, 0, 255), np.uint8)
    whole = np.maximum(image.astype(np.int64), 0)
    return np.asarray(np.minimum(whole >> (int(white).bit_length() - 9), 255), np.uint8)


def _finite(image: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.nan_to_num(image.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _deep(image: NDArray[np.generic]) -> Deep:
    return image.shape[0], image.shape[1], "f" if image.dtype.kind == "f" else "i"
