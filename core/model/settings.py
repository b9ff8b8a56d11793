"""The settings that describe a network; free of torch, so that every engine can read them."""

import math
from dataclasses import dataclass
from typing import Literal

from core.skeleton import Skeleton, skeleton_of

Activation = Literal["silu", "relu"]
Layout = Literal["split", "joined"]
Anchors = tuple[tuple[tuple[float, float], ...], ...]

# Width and height in px of the published P6 anchors, three at each of the strides 8 to 64.
ANCHORS: Anchors = (
    ((19, 27), (44, 40), (38, 94)),
    ((96, 68), (86, 152), (180, 137)),
    ((140, 301), (303, 264), (238, 542)),
    ((436, 615), (739, 380), (925, 792)),
)
BOX_VALUES = 6  # x, y, w, h, objectness, person
HEATMAP_STRIDE = 4  # px a cell


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which network. YAML files in configs/model hold what differs from these defaults."""

    name: str = "s6"  # Name of the network
    # Backbone and neck: csp_darknet, as in YOLO-Pose, or mobile, on MobileNetV2
    trunk: Literal["csp_darknet", "mobile"] = "csp_darknet"
    depth: float = 0.33  # Depth multiple of csp_darknet: factor on the repeats of blocks
    width: float = 0.5  # Width multiple of csp_darknet: factor on the channels
    # First layer of csp_darknet: space_to_depth (Focus) or a strided convolution
    stem: Literal["space_to_depth", "convolution"] = "space_to_depth"
    activation: Activation = "silu"  # Activation function
    # Separable convolutions before the 1x1 convolution of the box branch
    box_pairs: int = 0
    # Separable convolutions before the 1x1 convolution of the keypoint branch; 0: a 1x1 alone
    keypoint_pairs: int = 5
    keypoints: int = 17  # Number of keypoints: 17 are those of COCO, 26 those of Halpe, with feet
    # How output channels are divided among the anchors: those of each branch by themselves (split)
    # or those of both branches together (joined)
    layout: Layout = "split"
    # Keypoint refinement by heatmaps, of mobile: none, by a rule, or by a chooser, a second network
    # that is trained after the first
    refine: Literal["none", "rule", "chooser"] = "none"
    # Mean of the RGB channels (0 to 1), which is subtracted from the input
    input_mean: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        for name in ("depth", "width"):
            if not 0 < getattr(self, name) <= 4:
                raise ValueError(f"{name} must be in (0, 4], got {getattr(self, name)}")
        for name, least, most in (
            ("box_pairs", 0, 16),
            ("keypoint_pairs", 0, 16),
            ("keypoints", 1, 1000),
        ):
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be {least} to {most}, got {getattr(self, name)}")
        if not all(abs(value) < math.inf for value in self.input_mean):
            raise ValueError(f"input_mean must be finite, got {self.input_mean}")
        if self.refine != "none" and self.trunk != "mobile":
            raise ValueError(f"refine: the trunk {self.trunk} has no map for heatmaps")

    @property
    def skeleton(self) -> Skeleton:
        """The usual one of as many keypoints: COCO's for 17, Halpe's for 26."""
        return skeleton_of(self.keypoints)

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels a cell, finest level first."""
        return (8, 16, 32, 64) if self.trunk == "csp_darknet" else (8, 16, 32)

    @property
    def anchors(self) -> Anchors:
        """Anchor sizes in px, a tuple a level."""
        return ANCHORS[: len(self.strides)]

    @property
    def values(self) -> int:
        """Numbers an anchor: box, objectness, person, and x, y, confidence a keypoint."""
        return BOX_VALUES + 3 * self.keypoints
