"""CSPNeXt-nano with its PAFPN over three strides: the trunk of `light`.

Module for module the person detector RTMDet-nano without its own head, batch norm folded in, so
that its weights (Apache-2.0) can start our training.
"""

import torch
from torch import Tensor, nn

from core.model.blocks import (
    ConvUnit,
    SeparableUnit,
    SpatialPyramidPooling,
    upsample_onto,
)
from core.model.settings import Activation

POOLS = (5, 9, 13)
WIDTHS = (16, 32, 64, 128, 256)
REPEATS = (1, 2, 2, 1)


class ChannelAttention(nn.Module):
    """Scales each channel by a gate computed from its mean."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Conv2d(channels, channels, 1)
        self.gate = nn.Hardsigmoid(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x * self.gate(self.fc(x.mean((2, 3), keepdim=True)))
        return y


class NextBlock(nn.Module):
    """Separable 3x3, then separable 5x5, with an optional shortcut."""

    def __init__(self, channels: int, shortcut: bool, activation: Activation) -> None:
        super().__init__()
        self.conv1 = SeparableUnit(channels, channels, 3, activation=activation, norm=False)
        self.conv2 = SeparableUnit(channels, channels, 5, activation=activation, norm=False)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv2(self.conv1(x))
        return x + y if self.shortcut else y


class NextLayer(nn.Module):
    """Cross-stage partial layer of NextBlocks, with channel attention in the backbone."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        repeats: int,
        shortcut: bool,
        attention: bool,
        activation: Activation,
    ) -> None:
        super().__init__()
        hidden = outputs // 2
        self.short = ConvUnit(inputs, hidden, 1, activation=activation, norm=False)
        self.main = ConvUnit(inputs, hidden, 1, activation=activation, norm=False)
        self.blocks = nn.Sequential(
            *(NextBlock(hidden, shortcut, activation) for _ in range(repeats))
        )
        self.attention: nn.Module = ChannelAttention(2 * hidden) if attention else nn.Identity()
        self.join = ConvUnit(2 * hidden, outputs, 1, activation=activation, norm=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.joined(self.main(x), self.short(x))

    def joined(self, main: Tensor, short: Tensor) -> Tensor:
        """What follows the first two convolutions."""
        y: Tensor = self.join(self.attention(torch.cat([self.blocks(main), short], 1)))
        return y

    def upsampled(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """The layer on the doubled coarse map laid in front of the fine one."""
        return self.forward(upsample_onto(coarse, fine))


class CspNext(nn.Module):
    """(B, 3, H, W), mean already subtracted -> three feature maps at strides 8, 16, 32."""

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            ConvUnit(3, 8, 3, 2, activation=activation, norm=False),
            ConvUnit(8, 8, 3, activation=activation, norm=False),
            ConvUnit(8, WIDTHS[0], 3, activation=activation, norm=False),
        )
        stages: list[nn.Sequential] = []
        for level, repeats in enumerate(REPEATS):
            inputs, outputs = WIDTHS[level], WIDTHS[level + 1]
            last = level == len(REPEATS) - 1
            parts: list[nn.Module] = [
                SeparableUnit(inputs, outputs, 3, 2, activation=activation, norm=False)
            ]
            if last:
                parts.append(SpatialPyramidPooling(outputs, outputs, POOLS, activation, norm=False))
            parts.append(NextLayer(outputs, outputs, repeats, not last, True, activation))
            stages.append(nn.Sequential(*parts))
        self.stages = nn.ModuleList(stages)

        def conv(inputs: int, outputs: int) -> ConvUnit:
            return ConvUnit(inputs, outputs, 1, activation=activation, norm=False)

        def layer(inputs: int, outputs: int) -> NextLayer:
            return NextLayer(inputs, outputs, 1, False, False, activation)

        def down(channels: int) -> SeparableUnit:
            return SeparableUnit(channels, channels, 3, 2, activation=activation, norm=False)

        p3, p4, p5 = WIDTHS[2:]
        self.reduce = nn.ModuleList([conv(p5, p4), conv(p4, p3)])
        self.top_down = nn.ModuleList([layer(2 * p4, p4), layer(2 * p3, p3)])
        self.down = nn.ModuleList([down(p3), down(p4)])
        self.bottom_up = nn.ModuleList([layer(2 * p3, p4), layer(2 * p4, p5)])
        self.channels = (p3, p4, p5)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        _, p3, p4, p5 = features
        lateral5 = self.reduce[0](p5)
        lateral4 = self.reduce[1](self.top_down[0].upsampled(lateral5, p4))  # type: ignore[operator]
        out3 = self.top_down[1].upsampled(lateral4, p3)  # type: ignore[operator]
        out4 = self.bottom_up[0](torch.cat([self.down[0](out3), lateral4], 1))
        out5 = self.bottom_up[1](torch.cat([self.down[1](out4), lateral5], 1))
        return [out3, out4, out5]
