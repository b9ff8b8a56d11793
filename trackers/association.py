"""Which detection is which track: similarities in [0, 1] and their best assignment."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from core.types import FloatArray

Pairs = NDArray[np.intp]


def grow_boxes(boxes: FloatArray, margin: float) -> FloatArray:
    """Widen (N, 4) boxes on each side by `margin` of their width and height."""
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    grown: FloatArray = boxes + sides * np.array([-margin, -margin, margin, margin], np.float32)
    return grown


def pose_similarity(
    keypoints: FloatArray,
    keypoint_scores: FloatArray,
    references: FloatArray,
    reference_scores: FloatArray,
    areas: FloatArray,
    sigmas: FloatArray,
    seen: float,
) -> tuple[FloatArray, FloatArray]:
    """OKS over the keypoints that both sides saw, and the share of keypoints that is.

    Detections (N, K, 2) against tracks (M, K, 2) of `areas` (M,) px^2; a keypoint counts as seen
    from the score `seen` up. -> two (N, M) arrays in [0, 1].
    """
    both = (keypoint_scores >= seen)[:, None] & (reference_scores >= seen)[None]
    distance2 = ((keypoints[:, None] - references[None]) ** 2).sum(axis=3)
    spread = 2 * np.maximum(areas, 1)[None, :, None] * (2 * sigmas) ** 2
    count = both.sum(axis=2)
    similarity = (np.exp(-distance2 / spread) * both).sum(axis=2) / np.maximum(count, 1)
    share = count / max(1, len(sigmas))
    return similarity.astype(np.float32), share.astype(np.float32)


def assign(similarity: FloatArray, least: float) -> Pairs:
    """The pairs (row, column) with the greatest total similarity, none below `least`. -> (P, 2)"""
    allowed = similarity >= least
    rows, columns = linear_sum_assignment(np.where(allowed, similarity, 0), maximize=True)
    kept = allowed[rows, columns]
    return np.stack([rows[kept], columns[kept]], axis=1).astype(np.intp)
