"""Keypoints moved to the peaks of heatmaps near them. Without torch."""

from itertools import pairwise

import cv2
import numpy as np

from core.model.decode import sigmoid
from core.model.settings import HEATMAP_STRIDE
from core.types import FloatArray, PoseBatch

# How far from the regression a peak is believed, in roots of the box's area: for a keypoint that
# the regression is sure of, and what is added for one that it knows nothing of.
REACH, DOUBT_REACH = 0.15, 0.2
FLOOR = 0.02  # a lower peak is no keypoint
FLOOR_LOGIT = float(np.log(FLOOR / (1 - FLOOR)))
_NEIGHBOURS = np.ones((3, 3), np.uint8)


def refine(poses: PoseBatch, heatmaps: FloatArray, offsets: FloatArray) -> PoseBatch:
    """Each keypoint to the peak that is high and near; where there is none it stays.

    `heatmaps` (K, h, w) are logits, `offsets` (2K, h, w) x and y from a cell to its keypoint,
    both of the picture in whose px the poses are. A person's keypoint of confidence c goes to the
    peak that maximises height times exp(-d^2 / 2 s^2), s being REACH + DOUBT_REACH (1 - c) roots
    of the box's area. Its score becomes the root of c times the peak's height.
    """
    if len(poses) == 0:
        return poses
    joint, places, heights = find_peaks(heatmaps, offsets)
    sides = np.maximum(poses.boxes[:, 2:] - poses.boxes[:, :2], np.float32(1))
    reach = REACH + DOUBT_REACH * (1 - poses.keypoint_scores)
    spread = 2 * sides.prod(1)[:, None] * reach**2
    # All people times all peaks, each peak with the keypoint of its kind.
    x, y = (poses.keypoints[:, joint, axis] - places[:, axis] for axis in (0, 1))
    worth = heights * np.exp(-(x * x + y * y) / spread[:, joint])
    keypoints = poses.keypoints.copy()
    height = np.full_like(poses.keypoint_scores, FLOOR)
    people = np.arange(len(poses))
    ends = np.searchsorted(joint, np.arange(len(heatmaps) + 1))
    for k, (first, end) in enumerate(pairwise(ends)):
        if first == end:
            continue
        best = first + worth[:, first:end].argmax(1)
        found = worth[people, best] > FLOOR
        keypoints[found, k] = places[best[found]]
        height[found, k] = heights[best[found]]
    return PoseBatch(poses.boxes, poses.scores, keypoints, np.sqrt(poses.keypoint_scores * height))


def find_peaks(
    heatmaps: FloatArray, offsets: FloatArray
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], FloatArray, FloatArray]:
    """All cells that no neighbour exceeds: joint (M,) in order, place (M, 2) px, height (M,)."""
    floor = np.float32(FLOOR_LOGIT)
    highest = np.stack([cv2.dilate(heatmap, _NEIGHBOURS) for heatmap in heatmaps])
    np.maximum(highest, floor, out=highest)
    cells = np.flatnonzero(heatmaps >= highest)
    joint, cell = np.divmod(cells, heatmaps[0].size)
    row, column = np.divmod(cell, heatmaps.shape[2])
    shift = np.stack([offsets[2 * joint, row, column], offsets[2 * joint + 1, row, column]], 1)
    place = np.stack([column, row], 1).astype(np.float32) + shift
    return joint, place * np.float32(HEATMAP_STRIDE), sigmoid(heatmaps.reshape(-1)[cells])
