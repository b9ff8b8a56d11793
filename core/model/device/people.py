"""Raw maps -> people in steps of fixed shapes, as a CUDA graph needs them.

The outcome is that of `core.model.decode` and `core.model.refine`. Where fixed shapes cannot hold
it, that is said.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.model.candidate_layer import CandidateLayer
from core.model.decode import AGREEING_IOU
from core.model.grids import anchor_grids, placed
from core.model.settings import BOX_VALUES, HEATMAP_STRIDE, ModelSettings
from core.types import FloatArray, PoseBatch

CANDIDATES = 512
# A candidate's fate is settled after as many rounds as better ones stand in a row that each
# suppress the next; more than a few are rare.
_ROUNDS = 12
_PEAKS = 256  # of one keypoint in a picture


@dataclass(frozen=True, slots=True)
class Packed:
    """How people lie in one array of fixed shape (1 + most, 5 + 3K), for a single copy back.

    Row 0 holds the number of people and 1 where the rows are the whole outcome, else 0; the
    others x1, y1, x2, y2, score, then x and y, then scores of K keypoints.
    """

    keypoints: int

    @property
    def values(self) -> int:
        """Columns of the array."""
        return 5 + 3 * self.keypoints

    def unpack(self, rows: FloatArray) -> PoseBatch | None:
        """The people, or None where the fixed shapes could not hold them."""
        count, whole = int(rows[0, 0]), rows[0, 1] > 0
        if not whole:
            return None
        people = rows[1 : 1 + count]
        places = people[:, 5 : 5 + 2 * self.keypoints]
        return PoseBatch(
            np.ascontiguousarray(people[:, :4]),
            np.ascontiguousarray(people[:, 4]),
            places.reshape(count, self.keypoints, 2).copy(),
            np.ascontiguousarray(people[:, 5 + 2 * self.keypoints :]),
        )


class PeopleOnDevice(nn.Module):
    """Flat raw branches of one picture and (confidence, iou, weakest) -> people, as `Packed`.

    With a `pyramid` the branches of the halved picture follow.
    """

    def __init__(
        self,
        model: ModelSettings,
        canvas: tuple[int, int],
        most: int,
        chooser: nn.Module | None,
        pyramid: bool = False,
    ) -> None:
        super().__init__()
        self._model = model
        self._chooser = chooser
        self._looks = 2 if pyramid else 1
        cells = (canvas[0] // HEATMAP_STRIDE, canvas[1] // HEATMAP_STRIDE)
        self._gather = CandidateLayer(model.keypoints, cells, _PEAKS, pyramid)
        self._most = most
        self._packed = Packed(model.keypoints)
        for name, grid in anchor_grids(model, canvas, pyramid)._asdict().items():
            self.register_buffer(name, torch.from_numpy(grid))
        self.cell: Tensor
        self.stride: Tensor
        self.anchor: Tensor
        self.least_area: Tensor
        better = torch.ones(CANDIDATES, CANDIDATES, dtype=torch.bool).triu(1)
        self.register_buffer("better", better[: len(self.cell), : len(self.cell)])
        self.better: Tensor  # [i, j]: candidate i goes before candidate j

    def forward(self, branches: tuple[Tensor, ...], limits: Tensor) -> Tensor:
        confidence, iou, weakest = limits[0], limits[1], limits[2]
        each = len(branches) // self._looks
        looks = [branches[look * each : (look + 1) * each] for look in range(self._looks)]
        boxes, keypoints = self._rows(looks)
        every = boxes[:, 4].sigmoid() * boxes[:, 5].sigmoid()
        every = torch.where(self._areas(boxes) > self.least_area[:, 0], every, 0.0)
        scores, rows = every.topk(len(self.better))
        valid = scores > weakest
        box, points = self._decoded(boxes[rows], keypoints[rows], rows)
        overlap = _box_iou(box, box)
        kept, settled = self._suppressed(overlap > iou, valid)
        order = (~kept).to(torch.uint8).sort(stable=True).indices[: self._most]
        weights = (overlap[order] > AGREEING_IOU) & valid & kept[order][:, None]
        # Weaker candidates change nothing about a person above the confidence.
        weights = weights & ((scores > confidence) | (scores[order] <= confidence)[:, None])
        shares = torch.where(weights, scores**2, 0.0)
        shares = shares / shares.sum(1, keepdim=True).clamp(min=1e-12)
        means = shares @ torch.cat([box, points.flatten(1)], 1)
        # Only a box without an area agrees with nobody, not even with itself.
        agreed = weights.any(1)
        last = (~agreed).to(torch.uint8).sort(stable=True).indices
        people = torch.cat([means[:, :4], scores[order][:, None], means[:, 4:]], 1)[last]
        whole = settled & ((every > weakest).sum() <= len(self.better))
        if self._chooser is not None:
            people, held = self._refined(people, looks, confidence, self._chooser)
            whole = whole & held
        packed = people.new_zeros(1 + self._most, self._packed.values)
        packed[1 : 1 + len(people)] = people
        packed[0, 0] = agreed.sum()
        packed[0, 1] = whole
        return packed

    def _refined(
        self,
        people: Tensor,
        looks: list[tuple[Tensor, ...]],
        confidence: Tensor,
        chooser: nn.Module,
    ) -> tuple[Tensor, Tensor]:
        """People with their keypoints as chosen, and whether all peaks were looked at."""
        count = self._model.keypoints
        boxes, score, places, seen = torch.split(people, [4, 1, 2 * count, count], 1)
        maps = (branch.float() for look in looks for branch in look[-2:])
        points = torch.unflatten(places, 1, (count, 2))
        people_found = (boxes, score, points, seen, _box_iou(boxes, boxes), confidence)
        *inputs, whole = self._gather(*people_found, *maps)
        points, right = chooser(*inputs)
        return torch.cat([boxes, score, points.flatten(1), right.sigmoid()], 1), whole

    def _rows(self, looks: list[tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """One row an anchor: (N, 6) and (N, 3K)."""
        joined: tuple[list[Tensor], list[Tensor]] = ([], [])
        for branches in looks:
            for level, sizes in enumerate(self._model.anchors):
                box, keypoints = (branches[2 * level + side][0].float() for side in (0, 1))
                for rows, part in zip(joined, self._parts(box, keypoints, len(sizes)), strict=True):
                    rows.append(part.flatten(2).transpose(1, 2).flatten(0, 1))
        return torch.cat(joined[0]), torch.cat(joined[1])

    def _parts(self, box: Tensor, keypoints: Tensor, anchors: int) -> list[Tensor]:
        """Both branches of a level by their anchors: (A, 6, h, w) and (A, 3K, h, w)."""
        if self._model.layout == "split":
            return [torch.unflatten(part, 0, (anchors, -1)) for part in (box, keypoints)]
        both = torch.unflatten(torch.cat([box, keypoints]), 0, (anchors, -1))
        return list(torch.split(both, [BOX_VALUES, both.shape[1] - BOX_VALUES], 1))

    def _decoded(self, boxes: Tensor, keypoints: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Corners (C, 4) and keypoints (C, 3K), all x and y first, of chosen anchors."""
        cell, stride = self.cell[rows], self.stride[rows]
        part = boxes[:, :4].sigmoid()
        centre = placed(part[:, :2], cell, stride)
        half = 0.5 * (2 * part[:, 2:]) ** 2 * self.anchor[rows]
        points = torch.unflatten(keypoints, 1, (-1, 3))
        places = placed(points[..., :2], cell[:, None], stride[:, None])
        corners = torch.cat([centre - half, centre + half], 1)
        return corners, torch.cat([places.flatten(1), points[..., 2].sigmoid()], 1)

    def _areas(self, boxes: Tensor) -> Tensor:
        """(N,) px^2 of the boxes of all anchors."""
        return ((2 * boxes[:, 2:4].sigmoid()) ** 2 * self.anchor).prod(1)

    def _suppressed(self, same: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Greedy non-maximum suppression in rounds.

        Who stays, and whether the last round changed nothing.
        """
        threats = (same & self.better).float()
        kept = before = valid
        for _ in range(_ROUNDS):
            before = kept
            kept = valid & (kept.float() @ threats == 0)
        return kept, (kept == before).all()


def _box_iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of (N, 4) and (M, 4) xyxy boxes -> (N, M)."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = (high - low).clamp(min=0).prod(2)
    areas = [(box[:, 2:] - box[:, :2]).clamp(min=0).prod(1) for box in (a, b)]
    return overlap / (areas[0][:, None] + areas[1][None] - overlap).clamp(min=1e-9)
