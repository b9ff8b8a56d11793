"""Where the anchors of a network stand, and what its numbers mean from there."""

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from core.model.settings import ModelSettings
from core.types import FloatArray

if TYPE_CHECKING:
    from torch import Tensor

Array = TypeVar("Array", FloatArray, "Tensor")


def placed(values: Array, cell: Array, stride: "Array | float") -> Array:
    """The network's x and y of a cell -> px: (2 values - 0.5 + cell) stride (YOLOv5, 2020).

    For boxes `values` are sigmoids, so that a centre lies within half a cell around its own.
    """
    place: Array = (2 * values - 0.5 + cell) * stride
    return place


def anchor_grids(
    settings: ModelSettings, size: tuple[int, int]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Column and row, stride, and width and height of every anchor: (N, 2), (N, 1), (N, 2).

    `size` is width and height of the input in px. Levels, then anchors, then cells by rows.
    """
    cells, strides, anchors = [], [], []
    for sizes, stride in zip(settings.anchors, settings.strides, strict=True):
        row, column = np.mgrid[: size[1] // stride, : size[0] // stride]
        level = np.stack([column, row], 2).reshape(-1, 2)
        cells.append(np.tile(level, (len(sizes), 1)))
        strides.append(np.full((len(sizes) * len(level), 1), stride))
        anchors.append(np.repeat(np.array(sizes), len(level), 0))
    made = [np.concatenate(part).astype(np.float32) for part in (cells, strides, anchors)]
    return made[0], made[1], made[2]
