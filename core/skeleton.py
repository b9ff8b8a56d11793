"""The COCO-17 skeleton: names, limbs, flip pairs and OKS sigmas, in one place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """Keypoints of a body and how they belong together. K is the number of keypoints."""

    names: tuple[str, ...]  # (K,) in the order of every keypoint array
    limbs: tuple[tuple[int, int], ...]  # pairs of keypoint indices that are drawn as a line
    flip: NDArray[np.intp]  # (K,) index of the same joint on the other side of the body
    sigmas: NDArray[np.float32]  # (K,) spread of human annotation, as a fraction of sqrt(area)

    def __len__(self) -> int:
        return len(self.names)


_NAMES = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
_LIMBS = (
    (15, 13),
    (13, 11),
    (16, 14),
    (14, 12),
    (11, 12),
    (5, 11),
    (6, 12),
    (5, 6),
    (5, 7),
    (6, 8),
    (7, 9),
    (8, 10),
    (1, 2),
    (0, 1),
    (0, 2),
    (1, 3),
    (2, 4),
    (3, 5),
    (4, 6),
)

COCO_17 = Skeleton(
    names=_NAMES,
    limbs=_LIMBS,
    flip=np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15], dtype=np.intp),
    # Published with COCO's keypoint evaluation; OKS uses k = 2 sigma.
    sigmas=np.array(
        [26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89],
        dtype=np.float32,
    )
    / np.float32(1000),
)

BODY_SHARE = 0.53  # of a person's box that the body covers, on average over COCO
