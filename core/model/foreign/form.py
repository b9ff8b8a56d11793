"""What is known of a pose network of somebody else: its input, its outputs and its skeleton."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton
from core.types import FloatArray, PoseBatch

Outputs = Mapping[str, NDArray[np.generic]]
Shape = tuple[int | None, ...]  # None: any


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output of a graph."""

    name: str
    shape: Shape
    type: str  # as ONNX Runtime says it, such as tensor(float)


@dataclass(frozen=True, slots=True)
class Graph:
    """What an ONNX file says of itself."""

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    facts: Mapping[str, str]  # metadata

    def output(self, name: str) -> Value | None:
        """An output by its name."""
        return next((value for value in self.outputs if value.name == name), None)


@dataclass(frozen=True, slots=True)
class PictureInput:
    """What image a network takes."""

    # Axes of the input: channels first (nchw) or last (nhwc)
    layout: Literal["nchw", "nhwc"] = "nchw"
    colours: Literal["rgb", "bgr"] = "rgb"  # Order of the channels
    largest: float = 1.0  # Value of white before mean and deviation: 1 or 255
    # Mean of each channel, in the order of colours, which is subtracted
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    # Standard deviation of each channel, by which the difference is divided
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)
    stride: int = 32  # Sides of the input are multiples of this, a divisor of 64 (px)

    def __post_init__(self) -> None:
        if self.largest <= 0 or min(self.deviation) <= 0:
            raise ValueError("largest and deviation must be positive")
        if self.stride < 1 or 64 % self.stride:
            raise ValueError(f"stride must divide 64, got {self.stride}")


@dataclass(frozen=True, slots=True, eq=False)
class NetworkForm:
    """A form of pose network and how its outputs become people."""

    name: str
    picture: PictureInput
    skeleton: Skeleton
    # Outputs of a picture and its (width, height) in px -> everyone, in network px.
    people: Callable[[Outputs, tuple[int, int]], PoseBatch]
    suppressed: bool  # whether each person comes once already
    licence: str = "unknown"


def joined(boxes: FloatArray, scores: FloatArray, points: FloatArray) -> PoseBatch:
    """(N, 4) boxes, (N,) scores and (N, K, 2 or 3) keypoints as poses, scores within [0, 1]."""
    known = points.shape[2] == 3
    seen = points[..., 2] if known else np.ones(points.shape[:2], np.float32)
    return PoseBatch(
        boxes.astype(np.float32),
        np.clip(scores, 0, 1).astype(np.float32),
        points[..., :2].astype(np.float32),
        np.clip(seen, 0, 1).astype(np.float32),
    )


def corners_of(centred: FloatArray) -> FloatArray:
    """(N, 4) centre x, y, width, height -> (N, 4) x1, y1, x2, y2."""
    half = centred[:, 2:] / 2
    return np.concatenate([centred[:, :2] - half, centred[:, :2] + half], 1)
