"""Convolution blocks shared by the backbones, the necks and the head."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from core.model.settings import Activation

NORM_EPSILON = 1e-3


def make_activation(name: Activation) -> nn.Module:
    """The non-linearity after every convolution but the last."""
    return nn.SiLU(inplace=True) if name == "silu" else nn.ReLU(inplace=True)


def upsample_onto(coarse: Tensor, fine: Tensor) -> Tensor:
    """Upsample a feature map (nearest) and concatenate it with the finer one along channels."""
    return torch.cat([interpolate(coarse, scale_factor=2.0, mode="nearest"), fine], 1)


class ConvUnit(nn.Module):
    """Convolution, batch norm (or a bias instead), activation. (B, C, H, W) -> (B, C', H', W')."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        groups: int = 1,
        activation: Activation = "silu",
        norm: bool = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=not norm
        )
        self.norm: nn.Module = (
            nn.BatchNorm2d(outputs, eps=NORM_EPSILON, momentum=0.03) if norm else nn.Identity()
        )
        self.activate = make_activation(activation)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.activate(self.norm(self.conv(x)))
        return y

    def fuse(self) -> None:
        """Fold the batch norm into the convolution; only right in evaluation mode.

        With twice the bits, and so to the last bit as `core.model.outline` does without torch.
        """
        if not isinstance(self.norm, nn.BatchNorm2d):
            return
        norm, conv = self.norm, self.conv
        assert norm.running_mean is not None
        assert norm.running_var is not None
        weight, bias, mean, variance = (
            tensor.detach().cpu().double()
            for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var)
        )
        scale = weight / torch.sqrt(variance + norm.eps)
        fused = nn.Conv2d(
            conv.in_channels,
            conv.out_channels,
            conv.kernel_size,  # type: ignore[arg-type]
            conv.stride,  # type: ignore[arg-type]
            conv.padding,  # type: ignore[arg-type]
            groups=conv.groups,
            bias=True,
        ).to(conv.weight.device)
        assert fused.bias is not None
        with torch.no_grad():
            fused.weight.copy_(conv.weight.cpu().double() * scale[:, None, None, None])
            fused.bias.copy_(bias - mean * scale)
        self.conv, self.norm = fused, nn.Identity()


class SpaceToDepthStem(nn.Module):
    """Each 2x2 block of pixels becomes 12 channels, then a 3x3 convolution.

    The channels are ordered by (row, column) of the pixel in its block, colour innermost.
    """

    def __init__(self, outputs: int, activation: Activation) -> None:
        super().__init__()
        self.conv = ConvUnit(12, outputs, 3, activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        parts = [x[..., row::2, column::2] for row in (0, 1) for column in (0, 1)]
        y: Tensor = self.conv(torch.cat(parts, 1))
        return y


class ConvStem(nn.Module):
    """Two 3x3 convolutions instead of space-to-depth, for devices without strided slicing."""

    def __init__(self, outputs: int, activation: Activation) -> None:
        super().__init__()
        self.reduce = ConvUnit(3, 12, 3, 2, activation=activation)
        self.conv = ConvUnit(12, outputs, 3, activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(self.reduce(x))
        return y


class Bottleneck(nn.Module):
    """1x1 then 3x3, with an optional shortcut."""

    def __init__(self, channels: int, shortcut: bool, activation: Activation) -> None:
        super().__init__()
        self.reduce = ConvUnit(channels, channels, 1, activation=activation)
        self.conv = ConvUnit(channels, channels, 3, activation=activation)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(self.reduce(x))
        return x + y if self.shortcut else y


class SeparableBottleneck(nn.Module):
    """Separable 5x5, with an optional shortcut."""

    def __init__(self, channels: int, shortcut: bool, activation: Activation) -> None:
        super().__init__()
        self.conv = SeparableUnit(channels, channels, 5, activation=activation)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.shortcut else y


class CspBlock(nn.Module):
    """C3: cross-stage partial block with three convolutions, hidden width half of the output."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        repeats: int,
        shortcut: bool,
        activation: Activation,
        bottleneck: type[Bottleneck] | type[SeparableBottleneck] = Bottleneck,
    ) -> None:
        super().__init__()
        hidden = outputs // 2
        self.main = ConvUnit(inputs, hidden, 1, activation=activation)
        self.short = ConvUnit(inputs, hidden, 1, activation=activation)
        self.join = ConvUnit(2 * hidden, outputs, 1, activation=activation)
        self.blocks = nn.Sequential(
            *(bottleneck(hidden, shortcut, activation) for _ in range(repeats))
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.joined(self.main(x), self.short(x))

    def joined(self, main: Tensor, short: Tensor) -> Tensor:
        """What follows the first two convolutions."""
        y: Tensor = self.join(torch.cat([self.blocks(main), short], 1))
        return y

    def upsampled(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """The block on the upsampled coarse map, concatenated with the fine one."""
        return self.forward(upsample_onto(coarse, fine))


class SpatialPyramidPooling(nn.Module):
    """Max pools of growing size side by side, between two 1x1 convolutions."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        pools: tuple[int, ...],
        activation: Activation,
    ) -> None:
        super().__init__()
        hidden = inputs // 2
        self.reduce = ConvUnit(inputs, hidden, 1, activation=activation)
        self.join = ConvUnit(hidden * (len(pools) + 1), outputs, 1, activation=activation)
        self.pools = nn.ModuleList(nn.MaxPool2d(size, 1, size // 2) for size in pools)

    def forward(self, x: Tensor) -> Tensor:
        x = self.reduce(x)
        y: Tensor = self.join(torch.cat([x, *(pool(x) for pool in self.pools)], 1))
        return y


class SeparableUnit(nn.Module):
    """Depthwise k x k, then pointwise 1x1, each with its norm and activation."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        *,
        activation: Activation,
    ) -> None:
        super().__init__()
        self.depthwise = ConvUnit(
            inputs, inputs, kernel, stride, groups=inputs, activation=activation
        )
        self.pointwise = ConvUnit(inputs, outputs, 1, activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.pointwise(self.depthwise(x))
        return y
