"""Heatmaps of all keypoints of everybody on the finest map, and offsets inside their cells."""

from torch import Tensor, nn

_WIDTH = 96


class FineHead(nn.Module):
    """Depthwise 3x3 without a bias, pointwise 1x1 and ReLU, 1x1. (B, C, h, w) -> (B, N, h, w)."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, _WIDTH, 1)
        self.activate = nn.ReLU(inplace=True)
        self.out: nn.Module = nn.Conv2d(_WIDTH, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(self.activate(self.pointwise(self.depthwise(x))))
        return y


class Refinement(nn.Module):
    """(B, C, h, w) -> logits (B, K, h, w) and offsets (B, 2K, h, w), x and y a keypoint.

    A keypoint is at (cell + offset) times `HEATMAP_STRIDE` px, cells counted by their column and
    row.
    """

    def __init__(self, channels: int, keypoints: int) -> None:
        super().__init__()
        self.heatmaps = FineHead(channels, keypoints)
        self.offsets = FineHead(channels, 2 * keypoints)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.heatmaps(x), self.offsets(x)
