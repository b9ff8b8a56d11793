"""Keypoints moved to the peaks of heatmaps near them. Numpy alone."""

from itertools import pairwise

import numpy as np

from core.model.decode import sigmoid
from core.model.settings import HEATMAP_STRIDE
from core.types import FloatArray, PoseBatch

# How far from the regression a peak is believed, in roots of the box's area: for a keypoint that
# the regression is sure of, and what is added for one that it knows nothing of.
REACH, DOUBT_REACH = 0.15, 0.2
FLOOR = 0.02  # a lower peak is no keypoint
FLOOR_LOGIT = float(np.log(FLOOR / (1 - FLOOR)))


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
    keypoints = poses.keypoints.copy()
    height = np.full_like(poses.keypoint_scores, FLOOR)
    people = np.arange(len(poses))
    ends = np.searchsorted(joint, np.arange(len(heatmaps) + 1))
    for k, (first, end) in enumerate(pairwise(ends)):
        if first == end:
            continue
        away = poses.keypoints[:, None, k] - places[None, first:end]
        worth = heights[first:end] * np.exp(-(away**2).sum(2) / spread[:, k, None])
        best = worth.argmax(1)
        found = worth[people, best] > FLOOR
        chosen = first + best[found]
        keypoints[found, k] = places[chosen]
        height[found, k] = heights[chosen]
    return PoseBatch(poses.boxes, poses.scores, keypoints, np.sqrt(poses.keypoint_scores * height))


def find_peaks(
    heatmaps: FloatArray, offsets: FloatArray
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], FloatArray, FloatArray]:
    """All cells that no neighbour exceeds: joint (M,) in order, place (M, 2) px, height (M,)."""
    joint, row, column = np.nonzero(heatmaps > np.float32(FLOOR_LOGIT))
    padded = np.pad(heatmaps, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    own = heatmaps[joint, row, column]
    highest = np.ones(len(own), np.bool_)
    for down in range(3):
        for right in range(3):
            highest &= own >= padded[joint, row + down, column + right]
    joint, row, column = joint[highest], row[highest], column[highest]
    shift = np.stack([offsets[2 * joint, row, column], offsets[2 * joint + 1, row, column]], 1)
    cell = np.stack([column, row], 1).astype(np.float32)
    return joint, (cell + shift) * np.float32(HEATMAP_STRIDE), sigmoid(own[highest])
