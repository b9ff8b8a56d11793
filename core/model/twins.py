"""One person whom two boxes found, and the chooser gave one skeleton. Without torch.

Boxes of different extent, as where two people embrace, are no duplicates to non-maximum
suppression; their skeletons are.
"""

import numpy as np

from core.geometry import box_areas, oks
from core.skeleton import BODY_SHARE
from core.types import FloatArray, PoseBatch

TWIN_OKS = 0.9


def without_twins(people: PoseBatch, sigmas: FloatArray) -> PoseBatch:
    """Everyone whose skeleton, of K keypoints, is not nearly that of a better person."""
    if len(people) < 2:
        return people
    everywhere = np.ones(people.keypoint_scores.shape, np.bool_)
    areas = BODY_SHARE * box_areas(people.boxes)
    alike = oks(people.keypoints, people.keypoints, everywhere, areas, sigmas) > TWIN_OKS
    better = people.scores[None] > people.scores[:, None]
    first = np.logical_not(np.any(alike & better, axis=1))
    return people[np.flatnonzero(first)]
