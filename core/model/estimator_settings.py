"""How people are found, whatever network finds them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EstimatorSettings:
    """How people are found."""

    size: int = 512  # px, longest side of the network's input
    confidence: float = 0.3  # threshold: people scored lower are left out
    weak: float = 1.0  # people scored from here up are kept as well, for a lower threshold later
    iou: float = 0.6  # non-maximum suppression: boxes with a higher IoU are one person
    most: int = 100  # people a frame at most, best first
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"  # auto takes a GPU where there is one
    # Inference engine; auto takes the fastest that agrees with float32.
    engine: Literal["auto", "torch", "onnxruntime", "openvino"] = "auto"
    # Numeric precision; auto goes below float32 only where the loss was measured and is small.
    precision: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    # Look at the picture at half its size as well: large people are seen better, in a quarter
    # more time. Only networks with heatmaps do so.
    pyramid: bool = True
    flip: bool = False  # average with the mirrored picture (flip test): better, in twice the time
    threads: int = 0  # CPU threads of one inference; 0 uses every core

    def __post_init__(self) -> None:
        if self.size < 64 or self.size % 64:
            raise ValueError(f"size must be a multiple of 64, at least 64, got {self.size}")
        if not 0 <= self.confidence < 1:
            raise ValueError(f"confidence must be in [0, 1), got {self.confidence}")
        if not 0 <= self.weak <= 1:
            raise ValueError(f"weak must be in [0, 1], got {self.weak}")
        if not 0 < self.iou <= 1:
            raise ValueError(f"iou must be in (0, 1], got {self.iou}")
        if self.most < 1:
            raise ValueError(f"most must be at least 1, got {self.most}")
        if self.threads < 0:
            raise ValueError(f"threads must not be negative, got {self.threads}")
