"""The network as it runs: the same numbers from fewer and better-shaped operations.

Space-to-depth and the 3x3 convolution after it are one 6x6 convolution of stride 2; a 1x1
convolution is done before its map is doubled. Two 1x1 convolutions that read the same map stay
two: as one, ONNX Runtime takes longer to part what they make than they gain.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from core.model.blocks import ConvUnit, CspBlock, SpaceToDepthStem
from core.model.network import PoseNetwork


class RunningNetwork(nn.Module):
    """(B, H, W, 3) uint8 RGB -> the head's raw branches, flat: box, keypoints, box, keypoints ...

    Per level the box branch is (B, A*6, h, w) and the keypoint branch (B, A*3K, h, w); networks
    that refine add heatmaps (B, K, H/4, W/4) and shifts (B, 4K, H/4, W/4). Takes the network
    over: it is fused and rewritten in place.
    """

    mean: Tensor

    def __init__(self, network: PoseNetwork) -> None:
        super().__init__()
        self.network = rewrite(network.fuse())
        stem = next(m for m in network.modules() if isinstance(m, nn.Conv2d))
        with torch.no_grad():
            stem.weight /= 255  # instead of dividing every pixel
        # Whole numbers, so that bfloat16 holds them exactly or nearly so.
        self.register_buffer("mean", 255 * network.input_mean, persistent=False)
        self._has_mean = any(network.settings.input_mean)

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        x = pictures.permute(0, 3, 1, 2).to(self.mean.dtype)
        if self._has_mean:
            x = x - self.mean
        features = self.network.trunk(x)
        flat = [part for pair in self.network.branches(features) for part in pair]
        refined = self.network.refined(features)
        return (*flat, *(refined or ()))


class UpsampledLayer(nn.Module):
    """A cross-stage partial layer on a doubled coarse map in front of a fine one."""

    def __init__(self, layer: CspBlock) -> None:
        super().__init__()
        self.main, self.short = DoubledConvolution(layer.main), DoubledConvolution(layer.short)
        self.layer = layer
        del layer.main, layer.short

    def upsampled(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """(B, C, h, w) and (B, C, 2h, 2w) -> what the layer makes of both at the fine size."""
        return self.layer.joined(self.main(coarse, fine), self.short(coarse, fine))


class DoubledConvolution(nn.Module):
    """A 1x1 convolution on a doubled map in front of a fine one, equally many channels each.

    It may as well come before the doubling, on a quarter of the cells.
    """

    def __init__(self, unit: ConvUnit) -> None:
        super().__init__()
        convolution = unit.conv
        half = convolution.in_channels // 2
        self.coarse = _convolution(convolution, convolution.weight[:, :half], None)
        self.fine = _convolution(convolution, convolution.weight[:, half:], convolution.bias)
        self.activate = unit.activate

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        doubled = interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        y: Tensor = self.activate(doubled + self.fine(fine))
        return y


def rewrite(network: PoseNetwork) -> PoseNetwork:
    """Put the equal, cheaper parts in place of those of a fused network; changes it in place."""
    stems = [(n, m) for n, m in network.named_modules() if isinstance(m, SpaceToDepthStem)]
    layers = [(n, m) for n, m in network.named_modules() if isinstance(m, CspBlock)]
    for name, stem in stems:
        network.set_submodule(name, _strided_stem(stem))
    for name, layer in layers:
        if "top_down" in name:
            network.set_submodule(name, UpsampledLayer(layer))
    return network


def _strided_stem(stem: SpaceToDepthStem) -> ConvUnit:
    small = stem.conv.conv
    unit = ConvUnit(3, small.out_channels, 6, 2, norm=False)
    unit.activate = stem.conv.activate
    with torch.no_grad():
        weight = torch.zeros_like(unit.conv.weight)
        for row in (0, 1):
            for column in (0, 1):
                first = 3 * (2 * row + column)
                weight[:, :, row::2, column::2] = small.weight[:, first : first + 3]
    # A block of padding is two pixels; the third that a 6x6 kernel would get is never read.
    unit.conv = _convolution(small, weight, small.bias, stride=2, padding=2)
    return unit


def _convolution(
    like: nn.Conv2d, weight: Tensor, bias: Tensor | None, stride: int = 1, padding: int = 0
) -> nn.Conv2d:
    outputs, inputs, *kernel = weight.shape
    made = nn.Conv2d(
        inputs, outputs, (kernel[0], kernel[1]), stride, padding, bias=bias is not None
    ).to(like.weight.device)
    with torch.no_grad():
        made.weight.copy_(weight)
        if bias is not None and made.bias is not None:
            made.bias.copy_(bias)
    return made
