"""A second look at the mirrored picture, laid over the first."""

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, PoseBatch


def mirror_poses(poses: PoseBatch, width: int, swap: NDArray[np.intp]) -> PoseBatch:
    """Poses found in the mirror image of a picture of `width` px, in that picture.

    `swap` exchanges the indices of left and right keypoints.
    """
    boxes, keypoints = poses.boxes.copy(), poses.keypoints[:, swap].copy()
    boxes[:, [0, 2]] = width - poses.boxes[:, [2, 0]]
    keypoints[..., 0] = width - keypoints[..., 0]
    return PoseBatch(boxes, poses.scores, keypoints, poses.keypoint_scores[:, swap])


def mean_maps(
    first: tuple[FloatArray, FloatArray],
    mirrored: tuple[FloatArray, FloatArray],
    swap: NDArray[np.intp],
) -> tuple[FloatArray, FloatArray]:
    """Heatmaps (K, h, w) and shifts (4K, h, w) of both looks as their mean."""
    heatmaps, shifts = (part[..., ::-1] for part in mirrored)
    heatmaps = heatmaps[swap]
    pairs = shifts.reshape(2, len(swap), 2, *shifts.shape[1:])[:, swap]
    # A cell that is mirrored counts its shifts from its other edge.
    turned = np.stack([1 - pairs[:, :, 0], pairs[:, :, 1]], 2).reshape(shifts.shape)
    half = np.float32(0.5)
    return half * (first[0] + heatmaps), half * (first[1] + turned)
