"""How people are found, whatever network finds them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EstimatorSettings:
    """How people are detected and their keypoints found."""

    # Input size: longest side of the letterboxed image, a multiple of 64 (px)
    size: int = 512
    # Confidence threshold: detections with a lower score are dropped (0 to 1)
    confidence: float = 0.3
    # Detections from this score up are kept below the threshold as well, for when it is lowered
    # later; 1 keeps none (0 to 1)
    weak: float = 1.0
    # IoU threshold of non-maximum suppression (NMS): of boxes that overlap more, the best is kept
    iou: float = 0.6
    most: int = 100  # Maximum number of people per frame, highest scores first
    # Compute device; auto takes a GPU where there is one
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    # Inference engine; auto takes the fastest one whose results agree with float32
    engine: Literal["auto", "torch", "onnxruntime", "openvino"] = "auto"
    # Numeric precision; auto goes below float32 only where the measured loss of accuracy is small
    precision: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    # Two-scale inference: looks at the image at half its size as well, which finds large people
    # better and takes a quarter more time; only networks with heatmaps do it
    pyramid: bool = True
    flip: bool = False  # Flip test: average with the mirrored image; better, takes twice the time
    threads: int = 0  # CPU threads of one inference; 0 uses all cores

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
