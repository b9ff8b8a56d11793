"""`core.model.pyramid` in steps of fixed shapes: on a device, and traced into ONNX files."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from core.geometry import GREY
from core.model.pyramid import FACTOR, SHARE, halved_size


class HalvedPictures(nn.Module):
    """(B, H, W, 3) uint8 -> means of 2x2 px with grey up to the stride, whole float32 numbers."""

    def __init__(self, size: tuple[int, int], stride: int) -> None:
        super().__init__()
        halves = (side // FACTOR for side in size)
        padded = halved_size(size, stride)
        right, below = (whole - half for whole, half in zip(padded, halves, strict=True))
        self.pool = nn.AvgPool2d(FACTOR)
        self.pad = nn.ConstantPad2d((0, right, 0, below), float(GREY))

    def forward(self, pictures: Tensor) -> tuple[Tensor]:
        means = self.pool(pictures.permute(0, 3, 1, 2).float())
        return (self.pad((means + 0.5).floor()).permute(0, 2, 3, 1),)


class MapsOfLarge(nn.Module):
    """Maps (1, C, h, w) of a picture and of its half -> heatmaps and shifts for large people."""

    def __init__(self, keypoints: int, cells: tuple[int, int]) -> None:
        super().__init__()
        self._offsets = 2 * keypoints
        self._columns, self._rows = (side // FACTOR for side in cells)

    def forward(
        self, heatmaps: Tensor, shifts: Tensor, coarse_heatmaps: Tensor, coarse_shifts: Tensor
    ) -> tuple[Tensor, Tensor]:
        own = shifts.narrow(1, self._offsets, self._offsets) * (1 - SHARE)
        far = self._doubled(coarse_shifts.narrow(1, self._offsets, self._offsets))
        merged = own + (far * float(FACTOR) - 0.5) * SHARE
        return (
            heatmaps * (1 - SHARE) + self._doubled(coarse_heatmaps) * SHARE,
            torch.cat([shifts.narrow(1, 0, self._offsets), merged], 1),
        )

    def _doubled(self, maps: Tensor) -> Tensor:
        inside = maps.narrow(2, 0, self._rows).narrow(3, 0, self._columns)
        return interpolate(inside, scale_factor=float(FACTOR), mode="bilinear")
