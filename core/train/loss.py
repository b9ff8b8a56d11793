"""The loss of YOLO-Pose: box, keypoints by OKS, class, keypoint confidence, objectness."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import smooth_l1_loss

from core.model.grids import placed
from core.model.settings import BOX_VALUES, ModelSettings
from core.train.assign import Matches, match_anchors
from core.train.batches import Batch

# Makes the denominator of a mean out of this rank's count, so that the gradients of several ranks
# add up to those of the joint batch.
Share = Callable[[Tensor], Tensor]


def alone(count: Tensor) -> Tensor:
    """The denominator when there is only one rank."""
    return count.clamp(min=1)


@dataclass(frozen=True, slots=True)
class LossSettings:
    """Gains of the parts of the loss. The defaults are the published ones."""

    box: float = 0.05  # Gain of the box loss: 1 - CIoU
    keypoints: float = 0.1  # Gain of the keypoint loss: 1 - OKS
    person: float = 0.5  # Gain of the class loss: binary cross-entropy
    # Gain of the keypoint confidence loss: binary cross-entropy of whether a keypoint is visible
    keypoint_confidence: float = 0.5
    # How far the target of a keypoint's confidence falls from 1 to the root of its similarity in
    # the OKS, so that it tells how accurate the keypoint is, not only that it is visible (0 to 1)
    keypoint_quality: float = 0.0
    objectness: float = 1.0  # Gain of the objectness loss: binary cross-entropy
    # Weights of the levels in the objectness loss, finest level first
    balance: tuple[float, ...] = (4.0, 1.0, 0.25, 0.06)
    # An anchor matches a box whose sides differ from its own by less than this factor
    ratio_limit: float = 4.0
    # Gain of the distance loss of keypoints (smooth L1, body sizes), which also pulls from far off
    distance: float = 0.0
    heatmaps: float = 0.0  # Gain of the auxiliary heatmaps, which exist in training alone
    refinement: float = 0.0  # Gain of the heatmaps to whose peaks keypoints are moved
    offsets: float = 0.0  # Gain of the offsets of keypoints inside the heatmaps' cells
    # Gain of how far heatmaps and offsets went from those before training (without forgetting)
    retain: float = 0.0
    # Gain of the displacements from a person's centre to the keypoints
    displacements: float = 0.0


def complete_iou(a: Tensor, b: Tensor) -> Tensor:
    """CIoU of (M, 4) and (M, 4) xyxy boxes, pair by pair -> (M,) in (-1.5, 1].

    IoU - d^2 / c^2 - alpha v (Zheng et al., 2020): d between the centres, c the diagonal of the
    box around both, v the difference of their aspect angles, alpha its trade-off (no gradient).
    """
    size_a, size_b = a[:, 2:] - a[:, :2], b[:, 2:] - b[:, :2]
    overlap = (
        (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    )
    iou = overlap / (size_a.prod(1) + size_b.prod(1) - overlap + 1e-7)
    around = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    diagonal2 = (around**2).sum(1) + 1e-7
    distance2 = ((a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]) ** 2).sum(1) / 4
    angle_a = torch.atan(size_a[:, 0] / (size_a[:, 1] + 1e-7))
    angle_b = torch.atan(size_b[:, 0] / (size_b[:, 1] + 1e-7))
    aspect = 4 / math.pi**2 * (angle_a - angle_b) ** 2
    with torch.no_grad():
        alpha = aspect / (aspect - iou + 1 + 1e-7)
    return iou - distance2 / diagonal2 - alpha * aspect


def keypoint_similarity(predicted: Tensor, target: Tensor, areas: Tensor, sigmas: Tensor) -> Tensor:
    """exp(-d^2 / (2 s^2 k^2)) of (M, K, 2) px against (M, K, 2) px -> (M, K).

    k = 2 sigma, s^2 the person's area in px^2.
    """
    distance2 = ((predicted - target) ** 2).sum(2)
    spread = 2 * areas[:, None] * (2 * sigmas[None]) ** 2
    return torch.exp(-distance2 / spread.clamp(min=1e-6))


def oks_loss(similarity: Tensor, weights: Tensor) -> Tensor:
    """1 - OKS, anchor by anchor: similarities (M, K) of keypoints -> (M,).

    OKS = sum_n w_n similarity_n / sum_n w_n with w_n the weight of a labelled keypoint (1 where
    the label is sure). 0 without a keypoint.
    """
    total = weights.sum(1)
    return torch.where(
        total > 0,
        1 - (similarity * weights).sum(1) / total.clamp(min=1e-6),
        torch.zeros_like(total),
    )


class PoseLoss(nn.Module):
    """Compares raw maps with a batch's labels."""

    sigmas: Tensor

    def __init__(
        self,
        model: ModelSettings,
        settings: LossSettings,
        sigmas: Tensor,
        count: Share = alone,
    ) -> None:
        super().__init__()
        self._model = model
        self._count = count
        self._settings = settings
        self.register_buffer("sigmas", sigmas, persistent=False)

    def forward(self, maps: Sequence[Tensor], batch: Batch) -> dict[str, Tensor]:
        """Raw maps (B, A, h, w, 6 + 3K) a level, float32 -> the parts after their gains.

        The parts are called as their gains; their sum is the loss.
        """
        gain = self._settings
        zero = maps[0].new_zeros(())
        box = keypoints = person = confidence = objectness = distance = zero
        for level, sizes, stride, balance in zip(
            maps, self._model.anchors, self._model.strides, gain.balance, strict=False
        ):
            anchors = level.new_tensor(sizes)
            grid = (level.shape[2], level.shape[3])
            matches = match_anchors(
                batch.boxes, batch.image, anchors, stride, grid, gain.ratio_limit
            )
            values = level[matches.image, matches.anchor, matches.row, matches.column]
            cell = torch.stack([matches.column, matches.row], 1)
            iou = self._box_iou(values, cell, anchors[matches.anchor], stride, batch, matches)
            matched = self._count(values.new_tensor(len(matches)))
            box = box + (1 - iou).sum() / matched
            sure = torch.ones_like(values[:, 5])
            person = person + bce(values[:, 5], sure, reduction="sum") / matched
            parts = self._keypoint_parts(values, cell, stride, batch, matches)
            keypoints = keypoints + parts[0]
            confidence = confidence + parts[1]
            distance = distance + parts[2]
            target = torch.zeros_like(level[..., 4])
            target[matches.image, matches.anchor, matches.row, matches.column] = iou.detach().clamp(
                min=0
            )
            judged = judged_cells(level.shape, stride, batch) | (target > 0)
            raw = bce(level[..., 4], target, reduction="none")
            objectness = objectness + balance * (raw * judged).sum() / self._count(judged.sum())
        return {
            "box": gain.box * box,
            "keypoints": gain.keypoints * keypoints,
            "person": gain.person * person,
            "keypoint_confidence": gain.keypoint_confidence * confidence,
            "objectness": gain.objectness * objectness,
            "distance": gain.distance * distance,
        }

    def _box_iou(
        self,
        values: Tensor,
        cell: Tensor,
        anchors: Tensor,
        stride: int,
        batch: Batch,
        matches: Matches,
    ) -> Tensor:
        part = torch.sigmoid(values[:, :4])
        centre = placed(part[:, :2], cell, stride)
        half = 0.5 * (2 * part[:, 2:]) ** 2 * anchors
        return complete_iou(
            torch.cat([centre - half, centre + half], 1), batch.boxes[matches.person]
        )

    def _keypoint_parts(
        self, values: Tensor, cell: Tensor, stride: int, batch: Batch, matches: Matches
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Mean OKS loss, mean confidence loss over known keypoints, mean distance."""
        points = values[:, BOX_VALUES:].reshape(len(values), self._model.keypoints, 3)
        predicted = placed(points[..., :2], cell[:, None], stride)
        person = matches.person
        target, weights = batch.keypoints[person], batch.weights[person]
        areas = batch.areas[person]
        similarity = keypoint_similarity(predicted, target, areas, self.sigmas)
        labelled = weights.sum(1) > 0
        keypoints = oks_loss(similarity, weights).sum() / self._count(labelled.sum())
        known = batch.known[person]
        doubt = self._settings.keypoint_quality * (1 - similarity.detach().sqrt())
        raw = bce(points[..., 2], batch.visible[person] * (1 - doubt), reduction="none")
        confidence = (raw * known).sum() / self._count(known.sum())
        size = areas.clamp(min=1).sqrt()[:, None, None]
        pull = smooth_l1_loss(predicted / size, target / size, reduction="none", beta=0.1).sum(2)
        distance = (pull * weights).sum() / self._count(weights.sum())
        return keypoints, confidence, distance


def judged_cells(shape: torch.Size, stride: int, batch: Batch) -> Tensor:
    """(B, 1, h, w) bool: False where a cell's centre lies in an ignore zone."""
    images, _, rows, columns = shape[:4]
    device = batch.ignore.device
    judged = torch.ones((images, 1, rows, columns), dtype=torch.bool, device=device)
    if len(batch.ignore) == 0:
        return judged
    hit = cells_inside(batch.ignore, stride, shape)
    covered = torch.zeros((images, rows, columns), device=device)
    covered.index_add_(0, batch.ignore_image, hit)
    return judged & (covered == 0)[:, None]


def cells_inside(boxes: Tensor, stride: int, shape: torch.Size) -> Tensor:
    """(N, h, w) 1 where a cell's centre lies in the box of px, else 0; `shape` is (B, N', h, w)."""
    rows, columns = shape[2:4]
    x = (torch.arange(columns, device=boxes.device) + 0.5) * stride
    y = (torch.arange(rows, device=boxes.device) + 0.5) * stride
    in_x = (x[None] >= boxes[:, 0:1]) & (x[None] < boxes[:, 2:3])
    in_y = (y[None] >= boxes[:, 1:2]) & (y[None] < boxes[:, 3:4])
    return (in_y[:, :, None] & in_x[:, None, :]).float()
