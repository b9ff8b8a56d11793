"""Where the anchors of a network stand, and what its numbers mean from there."""

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from core.model.pyramid import FACTOR, LARGE, halved_size
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


class AnchorGrids(NamedTuple):
    """What is known of every anchor of an input: levels, then anchors, then cells by rows."""

    cell: FloatArray  # (N, 2) column and row
    stride: FloatArray  # (N, 1) px
    anchor: FloatArray  # (N, 2) px, width and height
    least_area: FloatArray  # (N, 1) px^2, below which a person is not taken from it


def anchor_grids(
    settings: ModelSettings, size: tuple[int, int], pyramid: bool = False
) -> AnchorGrids:
    """The grids for inputs of `size`, width and height in px.

    With a `pyramid` those of the halved picture follow, in px of the whole one.
    """
    if pyramid:
        whole = anchor_grids(settings, size)
        half = anchor_grids(settings, halved_size(size, settings.strides[-1]))
        least = np.full_like(half.stride, LARGE**2)
        enlarged = (half.cell, FACTOR * half.stride, FACTOR * half.anchor, least)
        return AnchorGrids(*(np.concatenate(both) for both in zip(whole, enlarged, strict=True)))
    cells, strides, anchors = [], [], []
    for sizes, stride in zip(settings.anchors, settings.strides, strict=True):
        row, column = np.mgrid[: size[1] // stride, : size[0] // stride]
        level = np.stack([column, row], 2).reshape(-1, 2)
        cells.append(np.tile(level, (len(sizes), 1)))
        strides.append(np.full((len(sizes) * len(level), 1), stride))
        anchors.append(np.repeat(np.array(sizes), len(level), 0))
    free = [np.zeros((len(part), 1)) for part in strides]
    grids = (cells, strides, anchors, free)
    return AnchorGrids(*(np.concatenate(part).astype(np.float32) for part in grids))
