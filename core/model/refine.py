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


def refine(poses: PoseBatch, heatmaps: FloatArray, shifts: FloatArray) -> PoseBatch:
    """Each keypoint to the peak that is high and near; where there is none it stays.

    `heatmaps` (K, h, w) are logits, `shifts` (4K, h, w) offsets and displacements as
    `Refinement` gives them, of the picture in whose px the poses are. A person's keypoint of
    confidence c goes to the peak that maximises height times the mean of exp(-d^2 / 2 s^2) over
    two guesses: the regression and the displacement from the box's centre. s is
    REACH + DOUBT_REACH (1 - c) roots of the box's area. Its score becomes the root of c times the
    peak's height.
    """
    if len(poses) == 0:
        return poses
    joint, places, heights = find_peaks(heatmaps, shifts)
    sides = np.maximum(poses.boxes[:, 2:] - poses.boxes[:, :2], np.float32(1))
    reach = REACH + DOUBT_REACH * (1 - poses.keypoint_scores)
    spread = 2 * sides.prod(1)[:, None] * reach**2
    # All people times all peaks, each peak with the keypoint of its kind.
    own_spread = spread[:, joint]
    near = np.zeros_like(own_spread)
    for guess in (poses.keypoints, displaced(poses.boxes, shifts)):
        x, y = (guess[:, joint, axis] - places[:, axis] for axis in (0, 1))
        near += np.exp(-(x * x + y * y) / own_spread)
    worth = np.float32(0.5) * heights * near
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


def displaced(boxes: FloatArray, shifts: FloatArray) -> FloatArray:
    """Where the cells at the centres of (N, 4) boxes say that the keypoints are, (N, K, 2) px."""
    rows, columns = shifts.shape[1:]
    centre = (boxes[:, :2] + boxes[:, 2:]) * np.float32(0.5 / HEATMAP_STRIDE)
    cell = np.clip(np.floor(centre), 0, np.array([columns - 1, rows - 1], np.float32))
    column, row = cell.astype(np.intp).T
    shift = shifts[len(shifts) // 2 :, row, column].T.reshape(len(boxes), -1, 2)
    place: FloatArray = (cell[:, None] + shift) * np.float32(HEATMAP_STRIDE)
    return place


def find_peaks(
    heatmaps: FloatArray, shifts: FloatArray
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], FloatArray, FloatArray]:
    """All cells that no neighbour exceeds: joint (M,) in order, place (M, 2) px, height (M,)."""
    floor = np.float32(FLOOR_LOGIT)
    highest = np.stack([cv2.dilate(heatmap, _NEIGHBOURS) for heatmap in heatmaps])
    np.maximum(highest, floor, out=highest)
    cells = np.flatnonzero(heatmaps >= highest)
    joint, cell = np.divmod(cells, heatmaps[0].size)
    row, column = np.divmod(cell, heatmaps.shape[2])
    shift = np.stack([shifts[2 * joint, row, column], shifts[2 * joint + 1, row, column]], 1)
    place = np.stack([column, row], 1).astype(np.float32) + shift
    return joint, place * np.float32(HEATMAP_STRIDE), sigmoid(heatmaps.reshape(-1)[cells])
