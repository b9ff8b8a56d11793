"""Heatmaps of the keypoints: an auxiliary head for training only, and the losses of all maps."""

import torch
from torch import Tensor, nn
from torch.nn.functional import smooth_l1_loss

from core.train.batches import Batch
from core.train.loss import Share, alone, cells_inside, judged_cells

_START_BIAS = -4.0  # almost every cell is empty
_WIDTH = 64
_BETA = 0.25  # of the smooth L1 of shifts, below which it is quadratic


class HeatmapHead(nn.Module):
    """(B, C, h, w) features -> (B, K, h, w) logits."""

    def __init__(self, channels: int, keypoints: int) -> None:
        super().__init__()
        self.hidden = nn.Conv2d(channels, _WIDTH, 3, padding=1)
        self.activate = nn.SiLU(inplace=True)
        self.out = nn.Conv2d(_WIDTH, keypoints, 1)
        assert self.out.bias is not None
        nn.init.constant_(self.out.bias, _START_BIAS)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(self.activate(self.hidden(x)))
        return y


def draw_targets(batch: Batch, sigmas: Tensor, stride: int, shape: torch.Size) -> Tensor:
    """(B, K, h, w) in [0, 1]: a Gaussian of 1.2 sigma_n sqrt(area) around each keypoint's cell."""
    rows, columns = shape[2:]
    size = batch.areas.clamp(min=1).sqrt()[:, None]
    spread = (1.2 * sigmas[None] * size / stride).clamp(0.6, 3)
    x = torch.arange(columns, device=sigmas.device)
    y = torch.arange(rows, device=sigmas.device)
    centre = (batch.keypoints / stride).floor()
    scale = 2 * spread[..., None] ** 2
    in_x = torch.exp(-((x - centre[..., 0:1]) ** 2) / scale)
    in_y = torch.exp(-((y - centre[..., 1:2]) ** 2) / scale)
    drawn = in_y[..., :, None] * in_x[..., None, :] * (batch.weights > 0)[..., None, None]
    targets = torch.zeros(shape, device=sigmas.device)
    index = batch.image[:, None, None, None].expand_as(drawn)
    return targets.scatter_reduce_(0, index, drawn, "amax")


def heatmap_loss(logits: Tensor, targets: Tensor, judged: Tensor, count: Share = alone) -> Tensor:
    """Penalty-reduced focal loss (CenterNet, 2019) a visible keypoint.

    `judged` (B, 1, h, w) leaves out the cells of ignore zones; `count` as in the other losses.
    """
    probability = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    peak = targets > 0.9
    near = (1 - probability) ** 2 * probability.log() * targets
    far = (1 - targets) ** 4 * probability**2 * (1 - probability).log()
    loss = -torch.where(peak, near, far) * judged
    return loss.sum() / count(peak.sum())


def judged_keypoints(shape: torch.Size, stride: int, batch: Batch) -> Tensor:
    """(B, K, h, w) bool: False in ignore zones, and where an unknown keypoint of a person may be.

    That is the person's whole box, as the label says nothing of the keypoint.
    """
    covered = torch.zeros(shape, device=batch.boxes.device)
    inside = cells_inside(batch.boxes, stride, shape)
    for k in range(shape[1]):
        unknown = ~batch.known[:, k]
        if unknown.any():
            covered[:, k].index_add_(0, batch.image[unknown], inside[unknown])
    return judged_cells(shape, stride, batch) & (covered == 0)


def offset_loss(offsets: Tensor, batch: Batch, stride: int, count: Share = alone) -> Tensor:
    """Distance in cells between (B, 2K, h, w) offsets and keypoints, in the 3 x 3 cells around.

    A peak may stand a cell beside its keypoint; its offset still has to lead there.
    """
    person, k = (batch.weights > 0).nonzero(as_tuple=True)
    places = batch.keypoints[person, k]
    return _shift_loss(offsets, batch, stride, (person, k), places, torch.ones_like(places), count)


def displacement_loss(
    displacements: Tensor, batch: Batch, stride: int, count: Share = alone
) -> Tensor:
    """Distance in body sizes between keypoints and where a person's centre says that they are.

    `displacements` (B, 2K, h, w) are read in the 3 x 3 cells around the centre of the box, as the
    box that is found may lie a little beside the true one.
    """
    person, k = (batch.weights > 0).nonzero(as_tuple=True)
    centres = (batch.boxes[person, :2] + batch.boxes[person, 2:]) / 2
    sizes = (batch.areas[person].clamp(min=1).sqrt() / stride)[:, None].expand(-1, 2)
    return _shift_loss(displacements, batch, stride, (person, k), centres, sizes, count)


def _shift_loss(
    shifts: Tensor,
    batch: Batch,
    stride: int,
    which: tuple[Tensor, Tensor],
    places: Tensor,
    units: Tensor,
    count: Share,
) -> Tensor:
    """Mean distance in `units` of cells from the keypoints `which`, read around `places` (M, 2)."""
    person, k = which
    target = batch.keypoints[person, k] / stride
    weight = batch.weights[person, k]
    rows, columns = shifts.shape[2:]
    total, seen = shifts.new_zeros(()), shifts.new_zeros(())
    maps = shifts.reshape(len(shifts), -1, 2, rows, columns)
    middle = (places / stride).floor()
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            cell = middle + middle.new_tensor([right, down])
            x, y = cell[:, 0].long(), cell[:, 1].long()
            use = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
            found = maps[batch.image[person[use]], k[use], :, y[use], x[use]]
            unit = units[use]
            away = smooth_l1_loss(
                found / unit, (target - cell)[use] / unit, reduction="none", beta=_BETA
            )
            total = total + (away.sum(1) * weight[use]).sum()
            seen = seen + weight[use].sum()
    return total / count(seen)
