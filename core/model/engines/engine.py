"""What runs a network: pictures in, raw branches out."""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

EngineName = Literal["torch", "onnxruntime", "openvino"]
Precision = Literal["float32", "bfloat16", "int8"]
Branches = list[tuple[FloatArray, FloatArray]]


class Engine(Protocol):
    """A network on a device. May be called from several threads at once."""

    name: EngineName
    precision: Precision
    device: str

    def __call__(self, pictures: NDArray[np.uint8]) -> Branches:
        """(B, H, W, 3) RGB, sides multiples of the coarsest stride -> a pair of arrays a level.

        Finest level first: the box branch (B, A*6, h, w) and the keypoint branch (B, A*3K, h, w).
        Networks that refine add a pair: heatmaps (B, K, H/4, W/4), shifts (B, 4K, H/4, W/4).
        """
        ...


def paired(flat: list[FloatArray]) -> Branches:
    """box, keypoints, box, keypoints ... -> pairs."""
    return list(zip(flat[::2], flat[1::2], strict=True))
