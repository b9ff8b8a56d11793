"""Learning without forgetting: what the network said of a picture before it was trained further.

Labels of some sources are a teacher's or inexact. Heatmaps that follow them alone lose more on
other pictures than they gain (Li and Hoiem, Learning without forgetting, 2016).
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from core.model.network import PoseNetwork
from core.train.loss import Share, alone


class Before(nn.Module):
    """The maps for refinement of the network as it is at this moment; it stays so.

    They are the mean over a picture and its mirror image, which is better than either.
    """

    swap: Tensor

    def __init__(self, network: PoseNetwork) -> None:
        super().__init__()
        self.network = copy.deepcopy(network)
        self.network.heads = nn.ModuleList()  # they are not asked
        self.requires_grad_(False)
        swap = torch.from_numpy(network.settings.skeleton.flip)
        self.register_buffer("swap", swap, persistent=False)

    @torch.no_grad()
    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) -> heatmaps (B, K, h, w) and shifts (B, 4K, h, w)."""
        looks = torch.cat([images, images.flip(3)])
        maps = self.network.refined([self.network.finest(looks)])
        assert maps is not None
        (heatmaps, mirrored), (shifts, turned) = (part.float().chunk(2) for part in maps)
        heatmaps = (heatmaps + mirrored.flip(3)[:, self.swap]) / 2
        pairs = turned.flip(3).reshape(len(images), 2, -1, 2, *turned.shape[2:])[:, :, self.swap]
        # A cell that is mirrored counts its shifts from its other edge.
        pairs = torch.stack([1 - pairs[:, :, :, 0], pairs[:, :, :, 1]], 3)
        return heatmaps, (shifts + pairs.reshape(shifts.shape)) / 2


def retained_loss(
    maps: tuple[Tensor, Tensor], before: tuple[Tensor, Tensor], count: Share = alone
) -> Tensor:
    """How far heatmaps (B, K, h, w) and shifts (B, 4K, h, w) went from those of before.

    The divergence of each cell's probability, and the distance of the offsets in cells weighted by
    that probability, a keypoint that was seen before.
    """
    logits, shifts = maps
    probability = before[0].sigmoid()
    divergence = bce(logits, probability, reduction="none") - bce(
        before[0], probability, reduction="none"
    )
    # x and y of a keypoint stand one after the other.
    offsets = shifts.shape[1] // 2
    away = (shifts[:, :offsets] - before[1][:, :offsets]).abs()
    weighted = probability.repeat_interleave(2, 1) * away
    return (divergence.sum() + weighted.sum()) / count(probability.sum())
