"""CSP-Darknet with a PANet neck over four strides: the trunk of n6, s6, m6 and l6."""

import torch
from torch import Tensor, nn

from core.model.blocks import (
    ConvStem,
    ConvUnit,
    CspBlock,
    SpaceToDepthStem,
    SpatialPyramidPooling,
)
from core.model.settings import Activation

POOLS = (3, 5, 7)


def scaled_width(channels: int, width: float) -> int:
    """Channels times the width factor, rounded up to a multiple of 8."""
    return -(-int(channels * width) // 8) * 8


def scaled_depth(repeats: int, depth: float) -> int:
    """Repeats times the depth factor, at least one."""
    return max(round(repeats * depth), 1)


class CspDarknet(nn.Module):
    """(B, 3, H, W) in [0, 1] -> four feature maps at strides 8, 16, 32, 64."""

    def __init__(self, depth: float, width: float, conv_stem: bool, activation: Activation) -> None:
        super().__init__()
        c64, c128, c256, c512, c768, c1024 = (
            scaled_width(channels, width) for channels in (64, 128, 256, 512, 768, 1024)
        )
        three, nine = scaled_depth(3, depth), scaled_depth(9, depth)

        def conv(inputs: int, outputs: int, kernel: int, stride: int) -> ConvUnit:
            return ConvUnit(inputs, outputs, kernel, stride, activation=activation)

        def csp(inputs: int, outputs: int, repeats: int, shortcut: bool) -> CspBlock:
            return CspBlock(inputs, outputs, repeats, shortcut, activation)

        stem = ConvStem if conv_stem else SpaceToDepthStem
        self.stem: nn.Module = stem(c64, activation)
        self.stage2 = nn.Sequential(conv(c64, c128, 3, 2), csp(c128, c128, three, True))
        self.stage3 = nn.Sequential(conv(c128, c256, 3, 2), csp(c256, c256, nine, True))
        self.stage4 = nn.Sequential(conv(c256, c512, 3, 2), csp(c512, c512, nine, True))
        self.stage5 = nn.Sequential(conv(c512, c768, 3, 2), csp(c768, c768, three, True))
        self.stage6 = nn.Sequential(
            conv(c768, c1024, 3, 2),
            SpatialPyramidPooling(c1024, c1024, POOLS, activation),
            csp(c1024, c1024, three, False),
        )
        self.reduce5 = conv(c1024, c768, 1, 1)
        self.top_down5 = csp(2 * c768, c768, three, False)
        self.reduce4 = conv(c768, c512, 1, 1)
        self.top_down4 = csp(2 * c512, c512, three, False)
        self.reduce3 = conv(c512, c256, 1, 1)
        self.top_down3 = csp(2 * c256, c256, three, False)
        self.down4 = conv(c256, c256, 3, 2)
        self.bottom_up4 = csp(2 * c256, c512, three, False)
        self.down5 = conv(c512, c512, 3, 2)
        self.bottom_up5 = csp(2 * c512, c768, three, False)
        self.down6 = conv(c768, c768, 3, 2)
        self.bottom_up6 = csp(2 * c768, c1024, three, False)
        self.channels = (c256, c512, c768, c1024)

    def forward(self, x: Tensor) -> list[Tensor]:
        p3 = self.stage3(self.stage2(self.stem(x)))
        p4 = self.stage4(p3)
        p5 = self.stage5(p4)
        lateral5 = self.reduce5(self.stage6(p5))
        lateral4 = self.reduce4(self.top_down5.upsampled(lateral5, p5))
        lateral3 = self.reduce3(self.top_down4.upsampled(lateral4, p4))
        out3 = self.top_down3.upsampled(lateral3, p3)
        out4 = self.bottom_up4(torch.cat([self.down4(out3), lateral3], 1))
        out5 = self.bottom_up5(torch.cat([self.down5(out4), lateral4], 1))
        out6 = self.bottom_up6(torch.cat([self.down6(out5), lateral5], 1))
        return [out3, out4, out5, out6]
