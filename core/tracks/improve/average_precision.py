"""COCO's average precision of many samples of the same frames at once."""

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

OKS_STEPS = np.linspace(0.5, 0.95, 10)
_RECALLS = np.linspace(0, 1, 101)


def average_precisions(
    scores: FloatArray,
    right: NDArray[np.bool_],
    owner: NDArray[np.intp],
    people: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """AP of B samples in which each of F frames stands so often as `weights` (B, F) says -> (B,).

    D poses with `scores` (D,) of the frames `owner` (D,); `right` (T, D) whether each agrees with
    somebody at OKS_STEPS; `people` (F,) those who are there. The mean over the steps of the mean
    of the best precision at no less than each of 101 recalls, as pycocotools has it. NaN without
    people.
    """
    order = np.argsort(-scores, kind="stable")
    drawn = weights[:, owner[order]]
    total = weights @ people
    seen = np.cumsum(drawn, axis=1)
    means = []
    for step in right[:, order]:
        true = np.cumsum(drawn * step, axis=1)
        precision = true / np.maximum(seen, 1e-9)
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        recall = true / np.maximum(total, 1e-9)[:, None]
        means.append(_means(best, recall))
    result = np.mean(means, axis=0)
    return np.asarray(np.where(total > 0, result, np.nan), np.float64)


def _means(best: NDArray[np.float64], recall: NDArray[np.float64]) -> NDArray[np.float64]:
    """(B, D) the best precision from each pose on, and its recall -> (B,) their mean.

    For all samples at once: Python's lock would be held again and again in a loop over them.
    """
    count = len(_RECALLS) + 1
    reached = np.searchsorted(_RECALLS, recall, side="right")  # recalls that each pose reaches
    cells = reached + count * np.arange(len(recall))[:, None]
    poses = np.bincount(cells.reshape(-1), minlength=count * len(recall)).reshape(-1, count)
    first = np.cumsum(poses, axis=1)[:, :-1]  # the pose that reaches each recall
    padded = np.pad(best, ((0, 0), (0, 1)))
    return np.asarray(np.take_along_axis(padded, first, axis=1).mean(axis=1), np.float64)
