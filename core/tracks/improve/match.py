"""Who was found in a frame that a person checked, and how far off their joints are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.geometry import box_areas, box_iou, oks
from core.skeleton import BODY_SHARE, COCO_17
from core.tracks.improve.average_precision import OKS_STEPS
from core.tracks.improve.truth import FrameTruth
from core.tracks.measure.scale import Scale
from core.types import FloatArray, PoseBatch

NEAR = 0.05  # of the torso: a joint that is no further off is right
_FOUND_IOU = 0.5
_SHOULDERS = [COCO_17.names.index(f"{side}_shoulder") for side in ("left", "right")]
_HIPS = [COCO_17.names.index(f"{side}_hip") for side in ("left", "right")]


@dataclass(frozen=True, slots=True, eq=False)
class FrameMatch:
    """Counts of one frame: D poses were found, by K joints. Sums of frames are those of a clip."""

    people: int  # who are there, with a joint that is labelled
    missed: int
    given: int  # poses
    false: int  # poses of nobody
    scores: FloatArray  # (D,) of the poses, as a whole
    right: NDArray[np.bool_]  # (T, D) whether a pose agrees with somebody at OKS_STEPS
    labelled: NDArray[np.int64]  # (K,) people with this joint
    measured: NDArray[np.int64]  # (K,) those of them whose torso has a length
    near: NDArray[np.int64]  # (K,) those of whom the joint is within NEAR of the torso
    found_joints: NDArray[np.int64]  # (K,) those who were found
    error_px: NDArray[np.float64]  # (K,) sum over those who were found
    error_cm: NDArray[np.float64]  # (K,) the same; NaN without a scale


def match_frame(found: PoseBatch, truth: FrameTruth, scale: Scale | None = None) -> FrameMatch:
    """What a frame says of the poses found in it.

    People are found where boxes overlap by half, the best pairs first. A pose on a person without
    any labelled joint is neither right nor wrong.
    """
    labelled = truth.flags > 0
    told = np.asarray(labelled.any(axis=1))
    overlap = box_iou(found.boxes, truth.boxes)
    pairs = _pairs(overlap)
    unknown = {row for row, person in pairs if not told[person]}
    kept = np.array([row for row in range(len(found)) if row not in unknown], np.intp)
    pairs = [(row, person) for row, person in pairs if told[person]]
    rows = np.array([row for row, _ in pairs], np.intp)
    people = np.array([person for _, person in pairs], np.intp)
    off = found.keypoints[rows] - truth.keypoints[people]
    mine = labelled[people]
    distance = np.where(mine, np.linalg.norm(off, axis=2), 0.0).astype(np.float64)
    torso = _torso(truth)
    known = labelled & np.isfinite(torso)[:, None]
    reach = NEAR * np.nan_to_num(torso[people])[:, None]
    return FrameMatch(
        people=int(told.sum()),
        missed=int(told.sum()) - len(pairs),
        given=len(kept),
        false=len(kept) - len(pairs),
        scores=pose_scores(found[kept]),
        right=_right(found[kept], truth, told),
        labelled=labelled.sum(axis=0),
        measured=known.sum(axis=0),
        near=(known[people] & (distance <= reach)).sum(axis=0),
        found_joints=mine.sum(axis=0),
        error_px=distance.sum(axis=0),
        error_cm=_error_cm(found.keypoints[rows], truth.keypoints[people], mine, scale),
    )


def pose_scores(poses: PoseBatch) -> FloatArray:
    """(N,) by which poses are ranked: a person can be sure and its pose a guess.

    The root of the person's score times the mean score of the keypoints, each weighted by itself,
    as what was hardly seen says little about the rest.
    """
    scores = np.nan_to_num(poses.keypoint_scores)
    mean = np.square(scores).sum(axis=1) / np.maximum(scores.sum(axis=1), 1e-9)
    ranks: FloatArray = np.sqrt(poses.scores) * mean
    return ranks


def _right(found: PoseBatch, truth: FrameTruth, told: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(T, D) by COCO's rule: the surest pose takes the most alike of those who are left."""
    people = np.flatnonzero(told)
    similar = oks(
        found.keypoints,
        truth.keypoints[people],
        truth.flags[people] > 0,
        BODY_SHARE * box_areas(truth.boxes[people]),
        COCO_17.sigmas,
    )
    right = np.zeros((len(OKS_STEPS), len(found)), np.bool_)
    for number, least in enumerate(OKS_STEPS.tolist()):
        left = similar.copy()
        for row in np.argsort(-pose_scores(found), kind="stable").tolist():
            if len(people) and left[row].max() >= least:
                left[:, left[row].argmax()] = -1
                right[number, row] = True
    return right


def _pairs(overlap: FloatArray) -> list[tuple[int, int]]:
    """Rows and columns that belong together, each once, the most overlap first."""
    pairs, left = [], overlap.copy()
    while left.size and left.max() >= _FOUND_IOU:
        row, column = (int(value) for value in np.unravel_index(left.argmax(), left.shape))
        pairs.append((row, column))
        left[row], left[:, column] = -1, -1
    return pairs


def _torso(truth: FrameTruth) -> NDArray[np.float64]:
    """(N,) px from the middle of the shoulders to that of the hips; NaN where neither is known."""
    points = np.where(truth.flags[..., None] > 0, truth.keypoints, np.nan).astype(np.float64)
    middles = []
    for joints in (_SHOULDERS, _HIPS):
        known = np.isfinite(points[:, joints, 0])
        total = np.nansum(points[:, joints], axis=1)
        count = known.sum(axis=1)[:, None]
        middles.append(np.where(count > 0, total / np.maximum(count, 1), np.nan))
    return np.asarray(np.linalg.norm(middles[0] - middles[1], axis=1), np.float64)


def _error_cm(
    found: FloatArray, true: FloatArray, labelled: NDArray[np.bool_], scale: Scale | None
) -> NDArray[np.float64]:
    if scale is None:
        return np.full(labelled.shape[1], np.nan)
    off_m = scale.metres(found.astype(np.float64)) - scale.metres(true.astype(np.float64))
    distance = np.where(labelled, np.linalg.norm(off_m, axis=2), 0.0)
    return np.asarray(100 * distance.sum(axis=0), np.float64)
