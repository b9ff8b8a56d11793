"""Camera jumps, estimated from the people themselves."""

import numpy as np

from core.types import FloatArray
from trackers.association import box_similarity

MOST = 12  # so many detections and tracks, the largest, are asked


def common_shift(boxes: FloatArray, expected: FloatArray, margin: float) -> FloatArray:
    """The shift of the whole picture, (2,) px, under which detections best cover expected boxes.

    Every pair of a detection (N, 4) and a track (M, 4) of similar size proposes a shift; the one
    that brings the most overlap wins.
    """
    boxes, expected = _largest(boxes), _largest(expected)
    sides, others = boxes[:, 2:] - boxes[:, :2], expected[:, 2:] - expected[:, :2]
    unlike = np.abs(np.log(sides[:, None] / np.maximum(others, 1))).max(axis=2)
    offsets = (boxes[:, None, :2] + boxes[:, None, 2:] - expected[:, :2] - expected[:, 2:]) / 2
    shifts = np.concatenate([np.zeros((1, 2), np.float32), offsets[unlike < 0.5]])
    moved = expected[None] + np.tile(shifts, 2)[:, None]
    overlap = box_similarity(boxes, moved.reshape(-1, 4), margin)
    overlap = overlap.reshape(len(boxes), len(shifts), len(expected))
    best: FloatArray = shifts[cover(overlap.transpose(1, 0, 2)).argmax()]
    return best


def cover(fit: FloatArray) -> FloatArray:
    """The mean similarity (..., N, M) of the scarcer side's people to their best counterparts."""
    sums = np.minimum(fit.max(axis=-2).sum(axis=-1), fit.max(axis=-1).sum(axis=-1))
    mean: FloatArray = sums / min(fit.shape[-2:])
    return mean


def _largest(boxes: FloatArray) -> FloatArray:
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return boxes[np.argsort(-areas, kind="stable")[:MOST]]
