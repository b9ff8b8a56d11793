"""HOTA, CLEAR MOT and identity figures of finished tracks; TrackEval does the arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy

from core.errors import DatasetError
from core.geometry import box_areas, box_iou, oks
from core.types import FloatArray, Tracks
from trackers.sequences import TrackSequence, Truth

Similarity = Literal["iou", "oks"]
_SAME = 0.5  # from this similarity up a result and a distractor are the same thing


@dataclass(frozen=True, slots=True)
class Figures:
    """Percentages, then counts."""

    hota: float
    ass_a: float
    det_a: float
    mota: float
    idf1: float
    switches: int
    false_positives: int
    false_negatives: int


def evaluate(
    sequences: Sequence[TrackSequence],
    results: Sequence[Sequence[Tracks]],
    similarity: Similarity,
) -> Figures:
    """Figures over all sequences together; `results` holds the Tracks of every frame.

    Raises DatasetError when TrackEval is not installed.
    """
    try:
        from trackeval.metrics import CLEAR, HOTA, Identity
    except ImportError as error:
        raise DatasetError(
            "figures need TrackEval: pip install --no-deps trackeval "
            "(its requirements would bring a second OpenCV, which breaks the window)"
        ) from error
    metrics = (HOTA(), CLEAR({"PRINT_CONFIG": False}), Identity({"PRINT_CONFIG": False}))
    data = [_data(*pair, similarity) for pair in zip(sequences, results, strict=True)]
    hota, clear, identity = (
        metric.combine_sequences(
            {str(n): metric.eval_sequence(sequence) for n, sequence in enumerate(data)}
        )
        for metric in metrics
    )
    return Figures(
        100 * float(np.mean(hota["HOTA"])),
        100 * float(np.mean(hota["AssA"])),
        100 * float(np.mean(hota["DetA"])),
        100 * float(clear["MOTA"]),
        100 * float(identity["IDF1"]),
        int(clear["IDSW"]),
        int(clear["CLR_FP"]),
        int(clear["CLR_FN"]),
    )


def _data(
    sequence: TrackSequence, results: Sequence[Tracks], similarity: Similarity
) -> dict[str, Any]:
    """What TrackEval's metrics read of one sequence, after MOTChallenge's preprocessing."""
    truth_ids, track_ids, similarities = [], [], []
    for truth, found in zip(sequence.truths, results, strict=True):
        tracks = found[found.observed]
        if similarity == "iou":
            matrix = box_iou(truth.boxes, tracks.poses.boxes)
        else:
            matrix = _pose_matrix(truth, tracks, sequence.skeleton.sigmas)
        matrix = matrix.astype(np.float64)
        kept = np.ones(len(tracks), np.bool_)
        if truth.distractor.any() and len(tracks):
            rows, columns = scipy.optimize.linear_sum_assignment(
                np.where(matrix >= _SAME, matrix, 0), True
            )
            same = matrix[rows, columns] >= _SAME
            kept[columns[same & truth.distractor[rows]]] = False
        truth_ids.append(truth.ids[truth.counted])
        track_ids.append(tracks.ids[kept])
        similarities.append(matrix[truth.counted][:, kept])
    known_truth, truth_ids = _renumber(truth_ids)
    known_tracks, track_ids = _renumber(track_ids)
    return {
        "num_timesteps": len(sequence),
        "gt_ids": truth_ids,
        "tracker_ids": track_ids,
        "similarity_scores": similarities,
        "num_gt_ids": known_truth,
        "num_tracker_ids": known_tracks,
        "num_gt_dets": sum(map(len, truth_ids)),
        "num_tracker_dets": sum(map(len, track_ids)),
    }


def _pose_matrix(truth: Truth, tracks: Tracks, sigmas: FloatArray) -> FloatArray:
    """OKS (truths, tracks); the area is that of the true box."""
    areas = np.maximum(box_areas(truth.boxes), 1)
    return oks(tracks.poses.keypoints, truth.keypoints, truth.visible, areas, sigmas).T


def _renumber(ids: list[Any]) -> tuple[int, list[Any]]:
    known, numbers = np.unique(np.concatenate([*ids, np.zeros(0, int)]), return_inverse=True)
    return len(known), np.split(numbers, np.cumsum([len(frame) for frame in ids])[:-1])
