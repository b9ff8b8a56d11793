"""Detections that can be followed, in an order that does not depend on the order given."""

import numpy as np
from numpy.typing import NDArray

from core.types import PoseBatch


def usable_poses(poses: PoseBatch) -> tuple[PoseBatch, NDArray[np.intp]]:
    """Those with finite boxes and scores, in order, and their rows (M,) in the batch given.

    Keypoints that are not finite get score 0.
    """
    usable = np.isfinite(poses.boxes).all(axis=1) & np.isfinite(poses.scores)
    usable &= (poses.boxes[:, 2:] > poses.boxes[:, :2]).all(axis=1)
    seen = np.isfinite(poses.keypoints).all(axis=2) & np.isfinite(poses.keypoint_scores)
    poses = PoseBatch(
        poses.boxes,
        poses.scores,
        np.where(seen[..., None], poses.keypoints, np.float32(0)),
        np.where(seen, poses.keypoint_scores, np.float32(0)),
    )[usable]
    rows = np.flatnonzero(usable)
    flat = poses.keypoints.reshape(len(poses), 2 * poses.keypoints.shape[1])
    keys = np.concatenate([flat[:, ::-1], poses.boxes[:, ::-1], -poses.scores[:, None]], axis=1)
    order = np.lexsort(keys.T)
    return poses[order], rows[order]
