"""Keypoints moved to where a chooser puts them, from what heatmaps offer. Without torch."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.model.candidates import Features, gather_candidates, mirrored_features
from core.model.decode import sigmoid
from core.model.pyramid import Maps
from core.types import FloatArray, PoseBatch

# Candidates -> keypoints (N, K, 2) in px, and logits (N, K) of how right they are.
Choose = Callable[[Features[FloatArray]], tuple[FloatArray, FloatArray]]


def refine(
    poses: PoseBatch,
    maps: Maps,
    confidence: float,
    choose: Choose,
    maps_of_large: Maps | None = None,
) -> PoseBatch:
    """Each keypoint to the candidate that is chosen; its score is how likely it is right.

    Maps are logits (K, h, w) and shifts (4K, h, w), offsets and displacements, as `Refinement`
    gives them, of the picture in whose px the poses are; the others as in `gather_candidates`.
    """
    if len(poses) == 0:
        return poses
    keypoints, right = choose(gather_candidates(poses, maps, confidence, maps_of_large))
    return PoseBatch(poses.boxes, poses.scores, keypoints, sigmoid(right))


def choose_both_ways(choose: Choose, swap: NDArray[np.intp]) -> Choose:
    """A choice that does not depend on which side is left: of two looks, the surer one a joint."""
    turn = np.array([-1, 1, -1, 1], np.float32)

    def chosen(inputs: Features[FloatArray]) -> tuple[FloatArray, FloatArray]:
        keypoints, right = choose(inputs)
        mirrored, right_there = choose(mirrored_features(inputs, swap, turn))
        mirrored, right_there = mirrored[:, swap] * turn[:2], right_there[:, swap]
        surer = (right_there > right)[..., None]
        return np.where(surer, mirrored, keypoints), np.float32(0.5) * (right + right_there)

    return chosen
