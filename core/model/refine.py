"""Keypoints moved to where a chooser puts them, from what heatmaps offer. Without torch."""

from collections.abc import Callable

from core.model.candidates import Features, gather_candidates
from core.model.decode import sigmoid
from core.types import FloatArray, PoseBatch

# Candidates -> keypoints (N, K, 2) in px, and logits (N, K) of how right they are.
Choose = Callable[[Features[FloatArray]], tuple[FloatArray, FloatArray]]


def refine(
    poses: PoseBatch, maps: tuple[FloatArray, FloatArray], confidence: float, choose: Choose
) -> PoseBatch:
    """Each keypoint to the candidate that is chosen; its score is how likely it is right.

    `maps` are logits (K, h, w) and shifts (4K, h, w), offsets and displacements, as `Refinement`
    gives them, of the picture in whose px the poses are; `confidence` as in `gather_candidates`.
    """
    if len(poses) == 0:
        return poses
    keypoints, right = choose(gather_candidates(poses, *maps, confidence))
    return PoseBatch(poses.boxes, poses.scores, keypoints, sigmoid(right))
