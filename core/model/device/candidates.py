"""Candidates of keypoints in steps of fixed shapes; those of `core.model.candidates`."""

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from core.model.candidates import (
    FLOOR_LOGIT,
    LEAST_WORTH,
    PEAKS,
    REACH,
    RIVAL_REACH,
    SAME_IOU,
    Features,
)
from core.model.settings import HEATMAP_STRIDE

MOST_PEAKS = 256  # of one keypoint in a picture


def candidates_on_device(
    boxes: Tensor,
    scores: Tensor,
    keypoints: Tensor,
    confidences: Tensor,
    overlap: Tensor,
    maps: tuple[Tensor, Tensor],
    confidence: Tensor,
) -> tuple[Features[Tensor], Tensor]:
    """Boxes (N, 4), scores (N, 1), keypoints (N, K, 2), confidences (N, K), overlaps (N, N).

    `maps` are logits (K, h, w) and shifts (4K, h, w). -> the candidates, and whether no keypoint
    has more than `MOST_PEAKS` peaks.
    """
    heatmaps, shifts = maps
    offsets, displacements = shifts.chunk(2)
    peaks, cells, heights, whole = _peaks(heatmaps, offsets)
    guesses = (keypoints, _displaced(boxes, displacements))
    area = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1).prod(1)
    spread = 2 * REACH**2 * area[:, None, None]
    near = [_near(guess[:, :, None], peaks, spread) for guess in guesses]
    worth, best = (heights * torch.maximum(near[0], near[1])).topk(PEAKS, 2)
    joint = torch.arange(len(peaks), device=peaks.device)[:, None]
    places = torch.cat([*(guess[:, :, None] for guess in guesses), peaks[joint, best]], 2)
    under = torch.stack([_cells_of(guess, heatmaps) for guess in guesses], 2)
    cell = torch.cat([under, cells[joint, best]], 2)
    valid = torch.cat([torch.ones_like(under), worth > LEAST_WORTH], 2).float()
    every = heatmaps.flatten(1)[:, cell].permute(1, 2, 3, 0).sigmoid()
    share = scores.T / (scores + scores.T).clamp(min=1e-6)
    # Weaker people change nothing about a person above the confidence.
    counts = (confidence < scores.T) | (scores <= confidence)
    share = torch.where((overlap < SAME_IOU) & counts, share, 0.0)
    spread = 2 * RIVAL_REACH**2 * area[None, :, None, None]
    near = [_near(guess[None, :, :, None], places[:, None], spread) for guess in guesses]
    rivals = (torch.maximum(near[0], near[1]) * share[:, :, None, None]).amax(1)
    return Features(places, every, rivals, valid, boxes, scores, confidences), whole


def _near(guess: Tensor, place: Tensor, spread: Tensor) -> Tensor:
    return torch.exp(-((guess - place) ** 2).sum(-1) / spread)


def _displaced(boxes: Tensor, displacements: Tensor) -> Tensor:
    """Where the cells at the boxes' centres say that the keypoints are, (N, K, 2) px."""
    rows, columns = displacements.shape[1:]
    centre = (boxes[:, :2] + boxes[:, 2:]) * (0.5 / HEATMAP_STRIDE)
    column = centre[:, 0].floor().clamp(0, columns - 1)
    row = centre[:, 1].floor().clamp(0, rows - 1)
    shift = displacements.flatten(1)[:, (row * columns + column).long()]
    cell = torch.stack([column, row], 1)[:, None]
    return (cell + torch.unflatten(shift.T, 1, (-1, 2))) * HEATMAP_STRIDE


def _cells_of(places: Tensor, heatmaps: Tensor) -> Tensor:
    """The numbers of the cells under (N, K, 2) px, at the rim for what lies outside."""
    rows, columns = heatmaps.shape[1:]
    cell = (places / HEATMAP_STRIDE).floor()
    return (cell[..., 1].clamp(0, rows - 1) * columns + cell[..., 0].clamp(0, columns - 1)).long()


def _peaks(heatmaps: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The highest peaks of each keypoint: places (K, M, 2) px, cells, heights (K, M), 0 for none.

    And whether they are all.
    """
    highest = max_pool2d(heatmaps[None], 3, 1, 1)[0]
    is_peak = (heatmaps >= highest) & (heatmaps > FLOOR_LOGIT)
    logits = torch.where(is_peak, heatmaps, -torch.inf).flatten(1)
    most = min(MOST_PEAKS, logits.shape[1])
    chosen, cells = logits.topk(most)
    shifts = torch.unflatten(offsets, 0, (-1, 2)).flatten(2)
    shift = shifts.gather(2, cells[:, None].expand(-1, 2, -1)).transpose(1, 2)
    width = heatmaps.shape[2]
    cell = torch.stack([cells % width, cells // width], 2)
    whole = (is_peak.flatten(1).sum(1) <= most).all()
    return (cell + shift) * HEATMAP_STRIDE, cells, chosen.sigmoid(), whole
