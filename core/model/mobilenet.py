"""MobileNetV2 of width 1.5 with a pyramid down to stride 4: the pose estimator's part of `mobile`.

Module for module MoveNet MultiPose without its heads, batch norm folded in, so that its weights
(Google, Apache-2.0) can start our training. Padding is TensorFlow's SAME: a strided 3x3 convolution
pads below and on the right only.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.functional import interpolate

# Outputs and stride of each block; every block but the first widens its input six times.
BLOCKS = (
    (24, 1),
    *((40, 2), (40, 1)),
    *((48, 2), (48, 1), (48, 1)),
    *((96, 2), (96, 1), (96, 1), (96, 1)),
    *((144, 1), (144, 1), (144, 1)),
    *((240, 2), (240, 1), (240, 1)),
    (480, 1),
)
STEM, LAST, EXPANSION = 48, 1280, 6
# The blocks whose outputs are read, and their widths: strides 4, 8, 16, again 16, and 32.
C2, C3, C4, LATE4, LATE5 = 2, 5, 9, 12, 16
P2, P3, P4, P5 = 24, 24, 32, 64


def same_convolution(
    inputs: int, outputs: int, stride: int = 1, *, groups: int = 1, bias: bool = True
) -> nn.Sequential | nn.Conv2d:
    """A 3x3 convolution with TensorFlow's SAME padding of even sides."""
    if stride == 1:
        return nn.Conv2d(inputs, outputs, 3, padding=1, groups=groups, bias=bias)
    return nn.Sequential(
        nn.ZeroPad2d((0, 1, 0, 1)),
        nn.Conv2d(inputs, outputs, 3, stride, groups=groups, bias=bias),
    )


class InvertedResidual(nn.Module):
    """Widen by 1x1, depthwise 3x3, narrow by 1x1 without an activation; a shortcut if it fits."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand: nn.Module = nn.Conv2d(inputs, hidden, 1) if expansion > 1 else nn.Identity()
        self.widened: nn.Module = nn.ReLU6(inplace=True) if expansion > 1 else nn.Identity()
        self.depthwise = same_convolution(hidden, hidden, stride, groups=hidden)
        self.activate = nn.ReLU6(inplace=True)
        self.project = nn.Conv2d(hidden, outputs, 1)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.widened(self.expand(x))
        y = self.project(self.activate(self.depthwise(y)))
        return x + y if self.shortcut else y


class BackboneMaps(NamedTuple):
    """What the backbone hands on, by block, and its last 1x1 convolution's output."""

    c2: Tensor
    c3: Tensor
    c4: Tensor
    late4: Tensor
    late5: Tensor
    c5: Tensor


class MobileNetV2(nn.Module):
    """(B, 3, H, W) in [-0.5, 0.5], sides multiples of 32 -> maps at strides 4 to 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = same_convolution(3, STEM, 2)
        self.activate = nn.ReLU6(inplace=True)
        widths = (STEM, *(outputs for outputs, _ in BLOCKS))
        self.blocks = nn.ModuleList(
            InvertedResidual(inputs, outputs, stride, EXPANSION if index else 1)
            for index, (inputs, (outputs, stride)) in enumerate(zip(widths, BLOCKS, strict=False))
        )
        self.last = nn.Conv2d(widths[-1], LAST, 1)

    def forward(self, x: Tensor) -> BackboneMaps:
        x = self.activate(self.stem(x))
        maps = []
        for block in self.blocks:
            x = block(x)
            maps.append(x)
        last = self.activate(self.last(x))
        return BackboneMaps(maps[C2], maps[C3], maps[C4], maps[LATE4], maps[LATE5], last)


class Smooth(nn.Module):
    """Depthwise 3x3 without a bias, then pointwise 1x1 and ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1)
        self.activate = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.activate(self.pointwise(self.depthwise(x)))
        return y


class PyramidMaps(NamedTuple):
    """The pyramid's maps at strides 4, 8, 16, 32 with 24, 24, 32 and 64 channels."""

    p2: Tensor
    p3: Tensor
    p4: Tensor
    p5: Tensor


class FeaturePyramid(nn.Module):
    """Backbone maps -> maps that know both where and what, from coarse to fine."""

    def __init__(self) -> None:
        super().__init__()
        c2, c3, c4 = (BLOCKS[index][0] for index in (C2, C3, C4))
        self.lateral2 = nn.Conv2d(c2, P3, 1)
        self.lateral3 = nn.Conv2d(c3, P4, 1)
        self.lateral4 = nn.Conv2d(c4, P5, 1)
        self.lateral5 = nn.Conv2d(LAST, P5, 1)
        self.smooth2 = Smooth(P3, P2)
        self.smooth3 = Smooth(P4, P3)
        self.smooth4 = Smooth(P5, P4)

    def forward(self, maps: BackboneMaps) -> PyramidMaps:
        p5: Tensor = self.lateral5(maps.c5)
        p4: Tensor = self.smooth4(_doubled(p5) + self.lateral4(maps.c4))
        p3: Tensor = self.smooth3(_doubled(p4) + self.lateral3(maps.c3))
        p2: Tensor = self.smooth2(_doubled(p3) + self.lateral2(maps.c2))
        return PyramidMaps(p2, p3, p4, p5)


def _doubled(x: Tensor) -> Tensor:
    return interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
