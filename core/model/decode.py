"""Raw maps -> people: decoding, objectness first, and non-maximum suppression. Numpy alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.geometry import box_iou
from core.model.grids import placed
from core.model.settings import BOX_VALUES, Anchors, ModelSettings
from core.types import FloatArray, PoseBatch

AGREEING_IOU = 0.7


def sigmoid(x: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x)), safe for large negative x."""
    y: FloatArray = 0.5 * (1.0 + np.tanh(0.5 * x))
    return y


def decode_maps(
    levels: Sequence[tuple[FloatArray, FloatArray]],
    anchors: Anchors,
    strides: Sequence[int],
    minimum: float,
) -> PoseBatch:
    """Raw maps of one image, finest level first -> candidates in network px.

    A level is what `by_anchor` gives. Only anchors whose score (objectness times person) exceeds
    `minimum` are decoded.
    x = (2 sigmoid(tx) - 0.5 + column) stride, w = (2 sigmoid(tw))^2 anchor width, and so on;
    keypoint x = (2 kx - 0.5 + column) stride, without a sigmoid.
    """
    parts = [
        _decode_level(*level, np.array(sizes, np.float32), stride, minimum)
        for level, sizes, stride in zip(levels, anchors, strides, strict=True)
    ]
    return join_poses(parts)


def join_poses(parts: Sequence[PoseBatch]) -> PoseBatch:
    """The poses of several levels or looks as one batch."""
    return PoseBatch(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.keypoints for part in parts]),
        np.concatenate([part.keypoint_scores for part in parts]),
    )


def by_anchor(
    box: FloatArray, keypoints: FloatArray, model: ModelSettings
) -> tuple[FloatArray, FloatArray]:
    """The branches (A*6, h, w) and (A*3K, h, w) of a level -> (A, 6, h, w) and (A, 3K, h, w)."""
    cells = box.shape[1:]
    anchors = len(box) // BOX_VALUES
    if model.layout == "split":
        return box.reshape(anchors, BOX_VALUES, *cells), keypoints.reshape(anchors, -1, *cells)
    joined = np.concatenate([box, keypoints]).reshape(anchors, model.values, *cells)
    return joined[:, :BOX_VALUES], joined[:, BOX_VALUES:]


def _decode_level(
    boxes: FloatArray, keypoints: FloatArray, sizes: FloatArray, stride: int, minimum: float
) -> PoseBatch:
    # Objectness alone bounds the score from above: most anchors end here, undecoded.
    low = -np.inf if minimum <= 0 else np.log(minimum / (1 - minimum)) if minimum < 1 else np.inf
    anchor, row, column = np.nonzero(boxes[:, 4] > low)
    values = boxes[anchor, :, row, column].astype(np.float32)
    scores = sigmoid(values[:, 4]) * sigmoid(values[:, 5])
    keep = scores > minimum
    values, scores = values[keep], scores[keep]
    anchor, row, column = anchor[keep], row[keep], column[keep]
    cell = np.stack([column, row], 1).astype(np.float32)
    box = sigmoid(values[:, :4])
    centre = placed(box[:, :2], cell, stride)
    half = 0.5 * (2 * box[:, 2:]) ** 2 * sizes[anchor]
    # Most keypoint values are never read: those of the candidates alone are gathered.
    points = keypoints[anchor, :, row, column].astype(np.float32)
    points = points.reshape(len(points), keypoints.shape[1] // 3, 3)
    return PoseBatch(
        np.concatenate([centre - half, centre + half], 1),
        scores,
        placed(points[..., :2], cell[:, None], stride),
        sigmoid(points[..., 2]),
    )


def non_maximum_suppression(candidates: PoseBatch, iou: float, most: int) -> PoseBatch:
    """Greedy non-maximum suppression: people by falling score, none overlapping a better one.

    Two boxes are the same person when their intersection over union exceeds `iou`.
    """
    order = np.argsort(-candidates.scores, kind="stable")
    boxes = candidates.boxes[order]
    alive = np.ones(len(order), np.bool_)
    kept: list[int] = []
    for best in range(len(order)):
        if not alive[best]:
            continue
        kept.append(best)
        if len(kept) == most:
            break
        rest = best + 1 + np.flatnonzero(alive[best + 1 :])
        alive[rest[box_iou(boxes[best : best + 1], boxes[rest])[0] > iou]] = False
    rows: NDArray[np.intp] = order[np.array(kept, np.intp)]
    return candidates[rows]


def average_agreeing(kept: PoseBatch, candidates: PoseBatch, confidence: float = 0.0) -> PoseBatch:
    """Boxes and keypoints of each person as the mean over all candidates that saw it.

    Neighbouring cells and anchors find the same person with errors of their own, which a mean
    over them (weight: score squared) makes smaller. Scores stay those of the best candidate.
    People above `confidence` are the mean of candidates above it, so that weaker ones, where they
    are asked for as well, change nothing about them.
    """
    agree = box_iou(kept.boxes, candidates.boxes) > AGREEING_IOU
    agree &= (candidates.scores > confidence) | (kept.scores <= confidence)[:, None]
    # Only a box without an area agrees with nobody, not even with itself.
    kept = kept[np.flatnonzero(agree.any(1))]
    if len(kept) == 0:
        return kept
    # Row by row and person by person, so that candidates that weigh nothing change no digit.
    person, row = np.nonzero(agree)
    values = np.concatenate(
        [
            np.ones((len(row), 1), np.float32),
            candidates.boxes[row],
            candidates.keypoint_scores[row],
            candidates.keypoints[row].reshape(len(row), kept.keypoints[0].size),
        ],
        1,
    )
    first = np.flatnonzero(np.diff(person, prepend=-1))
    sums: FloatArray = np.add.reduceat(candidates.scores[row, None] ** 2 * values, first, axis=0)
    count = kept.keypoint_scores.shape[1]
    totals: FloatArray = np.maximum(sums[:, :1], np.float32(1e-12))
    means: FloatArray = np.divide(sums[:, 1:], totals)
    seen, places = means[:, 4 : 4 + count], means[:, 4 + count :]
    return PoseBatch(means[:, :4], kept.scores, places.reshape(kept.keypoints.shape), seen)
