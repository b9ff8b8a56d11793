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

    name: str = "s6"
    trunk: Literal["csp_darknet", "mobile"] = "csp_darknet"
    depth: float = 0.33  # factor on repeats (csp_darknet)
    width: float = 0.5  # factor on channels (csp_darknet)
    stem: Literal["space_to_depth", "convolution"] = "space_to_depth"
    activation: Activation = "silu"
    box_pairs: int = 0  # separable convolutions before the box branch's 1x1
    keypoint_pairs: int = 5  # separable convolutions in the keypoint branch; 0: a plain 1x1
    keypoints: int = 17  # 26 are those of Halpe, with feet
    layout: Layout = "split"  # how the channels of a level are shared out to its anchors
    # How keypoints are moved to peaks of heatmaps (mobile): by a rule, or as a second network
    # chooses, which learned it after the first.
    refine: Literal["none", "rule", "chooser"] = "none"
    input_mean: tuple[float, float, float] = (0.0, 0.0, 0.0)  # RGB in [0, 1], subtracted

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
