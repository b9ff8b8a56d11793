"""Heatmaps of everybody's keypoints on the finest map, and the shifts that go with them."""

import torch
from torch import Tensor, nn

from core.model.mobilenet import Smooth

_WIDTH = 96


class FineHead(Smooth):
    """The pyramid's smoothing, wider, then 1x1. (B, C, h, w) -> (B, N, h, w)."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__(channels, _WIDTH)
        self.out: nn.Module = nn.Conv2d(_WIDTH, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(super().forward(x))
        return y


class Refinement(nn.Module):
    """(B, C, h, w) -> logits (B, K, h, w) and shifts (B, 4K, h, w), x and y a keypoint.

    A keypoint is at (cell + shift) times `HEATMAP_STRIDE` px, cells counted by their column and
    row. The first half of the shifts, the offsets, leads from a peak to its keypoint; the second,
    the displacements, from the cell at the centre of a person's box to the person's keypoints.
    """

    def __init__(self, channels: int, keypoints: int) -> None:
        super().__init__()
        self.heatmaps = FineHead(channels, keypoints)
        self.offsets = FineHead(channels, 2 * keypoints)
        self.displacements = FineHead(channels, 2 * keypoints)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.heatmaps(x), torch.cat([self.offsets(x), self.displacements(x)], 1)
