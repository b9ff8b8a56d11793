"""Which detection is which track: similarities in [0, 1] and their best assignment."""

import numpy as np
import scipy
from numpy.typing import NDArray

from core.types import FloatArray, PoseBatch
from trackers.settings import TrackerSettings
from trackers.track import Outlook

Pairs = NDArray[np.intp]


def box_similarity(boxes: FloatArray, references: FloatArray, margin: float) -> FloatArray:
    """IoU of (N, 4) and (M, 4) boxes after all are widened. -> (N, M)

    The margin is in widths and heights, added on each side: the buffered IoU of Yang et al.,
    "Hard to Track Objects with Irregular Motions and Similar Appearances? Make It Easier by
    Buffering the Matching Space", WACV 2023.
    """
    low, high = _widen(boxes, margin)
    other_low, other_high = _widen(references, margin)
    shared = np.minimum(high[:, None], other_high) - np.maximum(low[:, None], other_low)
    overlap = np.maximum(shared, 0).prod(axis=2)
    areas, other_areas = (high - low).prod(axis=1), (other_high - other_low).prod(axis=1)
    union = areas[:, None] + other_areas - overlap
    iou: FloatArray = overlap / np.maximum(union, np.float32(1e-9))
    return iou


def _widen(boxes: FloatArray, margin: float) -> tuple[FloatArray, FloatArray]:
    extra = (boxes[:, 2:] - boxes[:, :2]) * np.float32(margin)
    return boxes[:, :2] - extra, boxes[:, 2:] + extra


def pose_similarity(
    keypoints: FloatArray,
    confidences: FloatArray,
    references: FloatArray,
    reference_confidences: FloatArray,
    spreads: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Object keypoint similarity, each keypoint weighted by how sure both sides are of it.

    Detections (N, K, 2) against tracks (M, K, 2), confidences (N, K) and (M, K) in [0, 1];
    `spreads` (M, K) px are the standard deviations at which a keypoint counts exp(-1/2).
    -> the similarity and the mean weight of a keypoint, both (N, M) in [0, 1].
    """
    difference = keypoints[:, None] - references[None]
    distance2 = np.einsum("nmkd,nmkd->nmk", difference, difference)
    likeness = np.exp(distance2 * (-0.5 / spreads**2))
    weights = np.sqrt(confidences)[:, None] * np.sqrt(reference_confidences)
    total = weights.sum(axis=2)
    similarity = np.einsum("nmk,nmk->nm", likeness, weights) / np.maximum(total, 1e-6)
    return similarity.astype(np.float32), (total / max(1, keypoints.shape[1])).astype(np.float32)


def similarity(
    poses: PoseBatch, outlook: Outlook, sigmas: FloatArray, settings: TrackerSettings
) -> FloatArray:
    """How well each detection fits each track, (N, M) in [0, 1].

    A track that was just missed may be where its filter says or where its steady course leads;
    the better of the two counts.
    """
    result = _fit(poses, outlook, outlook.boxes, sigmas, settings)
    missed = np.flatnonzero(outlook.missed)
    if len(missed):
        steady = _fit(poses, outlook, outlook.coasted, sigmas, settings, missed)
        result[:, missed] = np.maximum(result[:, missed], steady)
    return result


def _fit(
    poses: PoseBatch,
    outlook: Outlook,
    expected: FloatArray,
    sigmas: FloatArray,
    settings: TrackerSettings,
    rows: NDArray[np.intp] | slice = slice(None),
) -> FloatArray:
    expected = expected[rows]
    overlap = box_similarity(poses.boxes, expected, settings.margin)
    if not poses.keypoint_scores.any():
        return overlap
    shift = expected - outlook.last[rows]
    carried = (shift[:, :2] + shift[:, 2:]) * np.float32(0.5)
    references = outlook.keypoints[rows] + carried[:, None]
    size = np.maximum((expected[:, 2:] - expected[:, :2]).mean(axis=1), 1)
    still2 = (settings.pose_looseness * 2 * sigmas) ** 2
    moving2 = (settings.pose_change * outlook.ages_s[rows][:, None]) ** 2
    spreads: FloatArray = size[:, None] * np.sqrt(still2 + moving2)
    likeness, share = pose_similarity(
        poses.keypoints,
        poses.keypoint_scores,
        references,
        outlook.keypoint_scores[rows],
        spreads,
    )
    weight = settings.pose_weight * share
    fit: FloatArray = weight * likeness + (1 - weight) * overlap
    return fit


def assign(similarity: FloatArray, least: float) -> Pairs:
    """The pairs (row, column) with the greatest total similarity, none below `least`. -> (P, 2)"""
    allowed = similarity >= least
    rows, columns = scipy.optimize.linear_sum_assignment(
        np.where(allowed, similarity, 0), maximize=True
    )
    kept = allowed[rows, columns]
    return np.stack([rows[kept], columns[kept]], axis=1).astype(np.intp)
