"""`core.model.candidates` in steps of fixed shapes: on a device, and traced into ONNX files."""

import torch
from torch import Tensor, nn

from core.model.candidates import (
    FLOOR_LOGIT,
    LEAST_WORTH,
    PEAKS,
    REACH,
    RIVAL_REACH,
    SAME_IOU,
    Features,
)
from core.model.pyramid import LARGE
from core.model.pyramid_layer import MapsOfLarge
from core.model.settings import HEATMAP_STRIDE

_NO_PEAK = -1e4  # logit


class CandidateLayer(nn.Module):
    """People of one picture and its maps -> what there is to choose from.

    `cells` are columns and rows of the maps, `most` the highest peaks of one keypoint that are
    looked at in a picture. With a `pyramid` there are maps of the halved picture as well.
    """

    last: Tensor
    steps: Tensor
    first_peak: Tensor

    def __init__(
        self, keypoints: int, cells: tuple[int, int], most: int, pyramid: bool = False
    ) -> None:
        super().__init__()
        columns, rows = cells
        self._keypoints, self._columns = keypoints, columns
        self._most = min(most, columns * rows)
        self.pool = nn.MaxPool2d(3, 1, 1)
        self.large = MapsOfLarge(keypoints, cells) if pyramid else None
        self.register_buffer("last", torch.tensor([columns - 1.0, rows - 1.0]), persistent=False)
        self.register_buffer("steps", torch.tensor([1.0, float(columns)]), persistent=False)
        first = torch.arange(keypoints)[:, None] * self._most
        self.register_buffer("first_peak", first, persistent=False)

    def forward(
        self, boxes: Tensor, scores: Tensor, keypoints: Tensor, confidences: Tensor,
        overlap: Tensor, confidence: Tensor, heatmaps: Tensor, shifts: Tensor,
        coarse_heatmaps: Tensor | None = None, coarse_shifts: Tensor | None = None,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        """Boxes (N, 4), scores (N, 1), keypoints (N, K, 2), confidences (N, K), overlaps (N, N).

        Logits (1, K, h, w), shifts (1, 4K, h, w). -> `Features`, and whether `most` held all peaks.
        """
        low, high = boxes.narrow(1, 0, 2), boxes.narrow(1, 2, 2)
        sides = (high - low).clamp(min=1.0)
        area = sides.narrow(1, 0, 1) * sides.narrow(1, 1, 1)
        displaced, places, found, valid, whole = self._look(
            boxes, area, keypoints, heatmaps, shifts
        )
        if self.large is not None:
            assert coarse_heatmaps is not None
            assert coarse_shifts is not None
            maps = self.large(heatmaps, shifts, coarse_heatmaps, coarse_shifts)
            *others, also_whole = self._look(boxes, area, keypoints, *maps)
            large = (area > LARGE**2).unsqueeze(2)
            wide = large.unsqueeze(3)
            displaced = torch.where(large, others[0], displaced)
            places = torch.where(wide, others[1], places)
            found = torch.where(wide, others[2], found)
            valid = torch.where(large, others[3], valid)
            whole = whole & also_whole
        # Weaker people change nothing about a person above the confidence.
        across = scores.permute(1, 0)
        counts = (across > confidence) | (scores <= confidence)
        share = across / (scores + across).clamp(min=1e-6)
        share = torch.where((overlap < SAME_IOU) & counts, share, 0.0).unsqueeze(2).unsqueeze(3)
        mine = places.unsqueeze(1)
        away = [
            _squared(guess.unsqueeze(0).unsqueeze(3) - mine) for guess in (keypoints, displaced)
        ]
        spread = (area * (-2.0 * RIVAL_REACH**2)).unsqueeze(0).unsqueeze(3)
        rivals = (torch.minimum(away[0], away[1]) / spread).exp() * share
        # Nobody's share, so that there is a largest one also where there are no people.
        rivals = torch.cat([rivals, valid.unsqueeze(1) * 0.0], 1).amax(1)
        return (*Features(places, found, rivals, valid, boxes, scores, confidences), whole)

    def _look(
        self, boxes: Tensor, area: Tensor, keypoints: Tensor, heatmaps: Tensor, shifts: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """The displaced guess, places, heights, which are valid; whether all peaks are in."""
        joints = self._keypoints
        logits = heatmaps.reshape(joints, -1)
        maps = shifts.reshape(2, 2 * joints, -1)
        peaks, cells, heights, whole = self._peaks(heatmaps, logits, maps)
        guesses = [keypoints, self._displaced(boxes, maps)]
        away = [_squared(guess.unsqueeze(2) - peaks) for guess in guesses]
        near = (torch.minimum(away[0], away[1]) / (area.unsqueeze(2) * (-2.0 * REACH**2))).exp()
        best = torch.topk(near * heights, PEAKS, 2)
        chosen = (best[1] + self.first_peak).reshape(-1)
        place = torch.index_select(peaks.reshape(-1, 2), 0, chosen).reshape(-1, joints, PEAKS, 2)
        cell = torch.index_select(cells.reshape(-1), 0, chosen).reshape(-1, joints, PEAKS)
        under = torch.cat([self._cells_of(guess).unsqueeze(2) for guess in guesses], 2)
        places = torch.cat([*(guess.unsqueeze(2) for guess in guesses), place], 2)
        every = torch.cat([under, cell], 2)
        valid = torch.cat([(under >= 0).float(), (best[0] > LEAST_WORTH).float()], 2)
        columns = torch.index_select(logits, 1, every.reshape(-1)).permute(1, 0)
        found = columns.sigmoid().reshape(-1, joints, len(guesses) + PEAKS, joints)
        return guesses[1], places, found, valid, whole

    def _peaks(
        self, heatmaps: Tensor, logits: Tensor, maps: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The highest: places (K, M, 2) px, cells, heights (K, M), 0 for none; whether all."""
        highest = self.pool(heatmaps).reshape(self._keypoints, -1)
        is_peak = (logits >= highest) & (logits > FLOOR_LOGIT)
        top = torch.topk(torch.where(is_peak, logits, _NO_PEAK), self._most, 1)
        cells = top[1]
        offsets = maps.narrow(0, 0, 1).reshape(self._keypoints, 2, -1)
        sides = []
        for axis, at in enumerate((cells % self._columns, cells // self._columns)):
            shift = torch.gather(offsets.narrow(1, axis, 1).sum(1), 1, cells)
            sides.append(((at.float() + shift) * float(HEATMAP_STRIDE)).unsqueeze(2))
        whole = is_peak.float().sum(1).amax(0) <= float(self._most)
        return torch.cat(sides, 2), cells, top[0].sigmoid(), whole

    def _displaced(self, boxes: Tensor, maps: Tensor) -> Tensor:
        """Where the cells at the boxes' centres say that the keypoints are, (N, K, 2) px."""
        centre = (boxes.narrow(1, 0, 2) + boxes.narrow(1, 2, 2)) * (0.5 / HEATMAP_STRIDE)
        cell = self._inside(centre)
        index = (cell * self.steps).sum(1).long()
        shift = torch.index_select(maps.narrow(0, 1, 1).sum(0), 1, index).permute(1, 0)
        moved = cell.unsqueeze(1) + shift.reshape(-1, self._keypoints, 2)
        return moved * float(HEATMAP_STRIDE)

    def _cells_of(self, places: Tensor) -> Tensor:
        """The numbers of the cells under (N, K, 2) px, at the rim for what lies outside."""
        return (self._inside(places * (1 / HEATMAP_STRIDE)) * self.steps).sum(2).long()

    def _inside(self, cells: Tensor) -> Tensor:
        return torch.minimum(cells.floor().clamp(min=0.0), self.last)


def _squared(way: Tensor) -> Tensor:
    return (way * way).sum(-1)
