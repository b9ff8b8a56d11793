"""The trunk of `mobile`: MobileNetV2 with MoveNet's pyramid, and a neck of our own over it."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from core.model import mobilenet
from core.model.blocks import ConvUnit, CspBlock, SeparableBottleneck, SeparableUnit
from core.model.mobilenet import BLOCKS, FeaturePyramid, MobileNetV2
from core.model.settings import Activation

WIDTHS = (96, 128, 160)
_STRIDED_P2 = 48


class MobileTrunk(nn.Module):
    """(B, 3, H, W), mean already subtracted -> maps at strides 4, 8, 16, 32.

    The first is the pyramid's own, for heatmaps; the others are the neck's, for the heads.
    """

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        self.backbone = MobileNetV2()
        self.fpn = FeaturePyramid()
        self.neck = Neck(activation)
        self.channels = WIDTHS
        self.fine_channels = mobilenet.P2

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.above(*self.below(x))

    def below(self, x: Tensor) -> tuple[Tensor, ...]:
        """Backbone and FPN, which cost most: what the neck reads."""
        maps = self.backbone(x)
        pyramid = self.fpn(maps)
        coarse = torch.cat([maps.late5, pyramid.p5], 1)
        middle = torch.cat([maps.late4, pyramid.p4], 1)
        return pyramid.p2, maps.c3, pyramid.p3, middle, coarse

    def above(
        self, p2: Tensor, c3: Tensor, p3: Tensor, middle: Tensor, coarse: Tensor
    ) -> list[Tensor]:
        """The feature maps from what `below` found."""
        return [p2, *self.neck(p2, [c3, p3], middle, coarse)]

    def finest(self, x: Tensor) -> Tensor:
        """The first of these maps."""
        p2: Tensor = self.fpn(self.backbone(x)).p2
        return p2


class Neck(nn.Module):
    """Down the pyramid and up again, in separable convolutions of 5x5."""

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        w3, w4, w5 = WIDTHS

        def conv(inputs: int, outputs: int) -> ConvUnit:
            return ConvUnit(inputs, outputs, 1, activation=activation)

        def layer(inputs: int, outputs: int) -> CspBlock:
            return CspBlock(inputs, outputs, 1, True, activation, SeparableBottleneck)

        def down(inputs: int, outputs: int, kernel: int) -> SeparableUnit:
            return SeparableUnit(inputs, outputs, kernel, 2, activation=activation)

        late4, late5, c3 = (
            BLOCKS[index][0] for index in (mobilenet.LATE4, mobilenet.LATE5, mobilenet.C3)
        )
        self.fine = down(mobilenet.P2, _STRIDED_P2, 3)
        self.lateral5 = conv(late5 + mobilenet.P5, w4)
        self.lateral4 = conv(late4 + mobilenet.P4, w4)
        self.lateral3 = conv(c3 + mobilenet.P3 + _STRIDED_P2, w3)
        self.coarser = conv(w4, w3)
        self.top4 = layer(w4, w4)
        self.top3 = layer(w3, w3)
        self.down3 = down(w3, w4, 5)
        self.down4 = down(w4, w5, 5)
        self.up4 = layer(2 * w4, w4)
        self.up5 = layer(w5 + w4, w5)

    def forward(
        self, p2: Tensor, thirds: list[Tensor], middle: Tensor, coarse: Tensor
    ) -> list[Tensor]:
        t5 = self.lateral5(coarse)
        t4 = self.top4(self.lateral4(middle) + _doubled(t5))
        fine = self.lateral3(torch.cat([*thirds, self.fine(p2)], 1))
        t3 = self.top3(fine + _doubled(self.coarser(t4)))
        o4 = self.up4(torch.cat([self.down3(t3), t4], 1))
        o5 = self.up5(torch.cat([self.down4(o4), t5], 1))
        return [t3, o4, o5]


def _doubled(x: Tensor) -> Tensor:
    return interpolate(x, scale_factor=2.0, mode="nearest")
