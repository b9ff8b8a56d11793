"""Keypoints to peaks in steps of fixed shapes; the outcome is that of `core.model.refine`."""

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from core.model.refine import DOUBT_REACH, FLOOR, FLOOR_LOGIT, REACH
from core.model.settings import HEATMAP_STRIDE

PEAKS = 256  # of one keypoint in a picture


def refine_on_device(
    boxes: Tensor, keypoints: Tensor, scores: Tensor, heatmaps: Tensor, shifts: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Boxes (N, 4), keypoints (N, K, 2), scores (N, K), logits (K, h, w), shifts (4K, h, w).

    -> keypoints, scores, and whether no keypoint has more than `PEAKS` peaks.
    """
    places, heights, whole = _peaks(heatmaps, shifts[: len(shifts) // 2])
    sides = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1)
    reach = REACH + DOUBT_REACH * (1 - scores)
    spread = 2 * sides.prod(1)[:, None] * reach**2
    near = [
        torch.exp(-((guess[:, :, None] - places) ** 2).sum(3) / spread[:, :, None])
        for guess in (keypoints, _displaced(boxes, shifts[len(shifts) // 2 :]))
    ]
    worth, best = (0.5 * heights * (near[0] + near[1])).max(2)
    joint = torch.arange(len(places), device=places.device)
    found = worth > FLOOR
    height = torch.where(found, heights[joint, best], FLOOR)
    moved = torch.where(found[:, :, None], places[joint, best], keypoints)
    return moved, torch.sqrt(scores * height), whole


def _displaced(boxes: Tensor, displacements: Tensor) -> Tensor:
    """Where the cells at the boxes' centres say that the keypoints are, (N, K, 2) px."""
    rows, columns = displacements.shape[1:]
    centre = (boxes[:, :2] + boxes[:, 2:]) * (0.5 / HEATMAP_STRIDE)
    column = centre[:, 0].floor().clamp(0, columns - 1)
    row = centre[:, 1].floor().clamp(0, rows - 1)
    shift = displacements.flatten(1)[:, (row * columns + column).long()]
    cell = torch.stack([column, row], 1)[:, None]
    return (cell + torch.unflatten(shift.T, 1, (-1, 2))) * HEATMAP_STRIDE


def _peaks(heatmaps: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The highest peaks of each keypoint: places (K, M, 2) in px, heights (K, M), 0 for none."""
    highest = max_pool2d(heatmaps[None], 3, 1, 1)[0]
    is_peak = (heatmaps >= highest) & (heatmaps > FLOOR_LOGIT)
    logits = torch.where(is_peak, heatmaps, -torch.inf).flatten(1)
    most = min(PEAKS, logits.shape[1])
    chosen, cells = logits.topk(most)
    shifts = torch.unflatten(offsets, 0, (-1, 2)).flatten(2)
    shift = shifts.gather(2, cells[:, None].expand(-1, 2, -1)).transpose(1, 2)
    width = heatmaps.shape[2]
    cell = torch.stack([cells % width, cells // width], 2)
    whole = (is_peak.flatten(1).sum(1) <= most).all()
    return (cell + shift) * HEATMAP_STRIDE, chosen.sigmoid(), whole
