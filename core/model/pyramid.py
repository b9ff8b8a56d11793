"""A second look at the picture at half its size. Without torch.

The trunk learned from small pictures: people who fill a large one are seen better in a smaller
one. Both looks find large people, and their keypoints are looked for in heatmaps of both; small
people are left to the first. The second look costs a quarter of it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry import GREY
from core.types import FloatArray, PoseBatch

Maps = tuple[FloatArray, FloatArray]  # heatmaps and shifts of a picture

FACTOR = 2
# Chosen on COCO and sports pictures at 512 and 320 px: 120 to 190 px, 0.5 to 0.7 are as good.
LARGE = 150.0  # network px, the root of a box's area from which a person is large
SHARE = 0.6  # of the second look in the heatmaps of large people


def halved(pictures: NDArray[np.uint8], stride: int) -> NDArray[np.uint8]:
    """(B, H, W, 3), even sides -> means of 2x2 px, grey below and right up to the stride."""
    batch, height, width, _ = pictures.shape
    rows, columns = height // FACTOR, width // FACTOR
    size = halved_size((width, height), stride)
    small = np.full((batch, size[1], size[0], 3), GREY, np.uint8)
    for picture, to in zip(pictures, small, strict=True):
        cv2.resize(picture, (columns, rows), dst=to[:rows, :columns], interpolation=cv2.INTER_AREA)
    return small


def halved_size(size: tuple[int, int], stride: int) -> tuple[int, int]:
    """Width and height of what `halved` makes of pictures of `size`."""
    width, height = (-(-(side // FACTOR) // stride) * stride for side in size)
    return width, height


def large_ones(poses: PoseBatch) -> PoseBatch:
    """The large people of those found in the halved picture, in px of the whole one."""
    factor = np.float32(FACTOR)
    boxes, keypoints = factor * poses.boxes, factor * poses.keypoints
    enlarged = PoseBatch(boxes, poses.scores, keypoints, poses.keypoint_scores)
    return enlarged[np.flatnonzero(is_large(boxes))]


def maps_of_large(fine: Maps, coarse: Maps) -> Maps:
    """Logits (K, h, w) and shifts (4K, h, w) for large people, from both looks.

    Those of the coarse look are (K, h / 2, w / 2) and (4K, h / 2, w / 2). Logits and displacements
    are weighted means, offsets those of the finer look.
    """
    offsets, displacements = np.split(fine[1], 2)
    # A cell of the coarse maps is two of the fine, whose first middle lies half a cell before.
    far = np.float32(FACTOR) * _doubled(np.split(coarse[1], 2)[1]) - np.float32(0.5)
    own, share = np.float32(1 - SHARE), np.float32(SHARE)
    return (
        own * fine[0] + share * _doubled(coarse[0]),
        np.concatenate([offsets, own * displacements + share * far]),
    )


def without_padding(coarse: Maps, fine: Maps) -> Maps:
    """Maps of any batch without the cells of what `halved` laid around the picture."""
    rows, columns = (side // FACTOR for side in fine[0].shape[-2:])
    return coarse[0][..., :rows, :columns], coarse[1][..., :rows, :columns]


def is_large(boxes: FloatArray) -> NDArray[np.bool_]:
    """(N,) whose keypoints are looked for in both looks, of (N, 4) boxes in network px."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], np.float32(1))
    large: NDArray[np.bool_] = sides[:, 0] * sides[:, 1] > LARGE**2
    return large


def _doubled(maps: FloatArray) -> FloatArray:
    """(C, h, w) -> (C, 2h, 2w), linear between the middles of cells."""
    size = (FACTOR * maps.shape[2], FACTOR * maps.shape[1])
    large = [cv2.resize(part, size, interpolation=cv2.INTER_LINEAR) for part in maps]
    return np.stack(large).astype(np.float32)
