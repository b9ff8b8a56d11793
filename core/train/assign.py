"""Which anchors answer for which person."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """M anchors of one level and the people they answer for."""

    image: Tensor  # (M,) int64
    anchor: Tensor  # (M,) int64
    row: Tensor  # (M,) int64
    column: Tensor  # (M,) int64
    person: Tensor  # (M,) int64, row of the batch's people

    def __len__(self) -> int:
        return len(self.person)


def match_anchors(
    boxes: Tensor,
    image: Tensor,
    anchors: Tensor,
    stride: int,
    grid: tuple[int, int],
    ratio_limit: float = 4.0,
) -> Matches:
    """Match people (T, 4) xyxy px of `image` (T,) to the anchors (A, 2) px of one level.

    An anchor fits a person when neither side differs by `ratio_limit` or more. Each fitting
    anchor answers in the cell of the box's centre and in the nearer horizontal and vertical
    neighbour; `grid` is (rows, columns).
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    ratio = sides[None] / anchors[:, None]
    fits = torch.maximum(ratio, 1 / ratio).amax(2) < ratio_limit
    anchor, person = fits.nonzero(as_tuple=True)
    centre = ((boxes[:, :2] + boxes[:, 2:]) / 2 / stride)[person]
    rows, columns = grid
    limit = torch.tensor([columns, rows], device=boxes.device)
    cell = centre.floor()
    inside = ((cell >= 0) & (cell < limit)).all(1)
    part = centre - cell
    parts_cell, parts_index = [cell[inside]], [inside.nonzero()[:, 0]]
    for axis in (0, 1):
        for low, step in ((True, -1), (False, 1)):
            near = part[:, axis] < 0.5 if low else part[:, axis] > 0.5
            neighbour = cell.clone()
            neighbour[:, axis] += step
            use = near & inside & (neighbour[:, axis] >= 0) & (neighbour[:, axis] < limit[axis])
            parts_cell.append(neighbour[use])
            parts_index.append(use.nonzero()[:, 0])
    index = torch.cat(parts_index)
    cells = torch.cat(parts_cell).long()
    return Matches(image[person[index]], anchor[index], cells[:, 1], cells[:, 0], person[index])
