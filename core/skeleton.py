"""Skeletons: names, limbs, flip pairs and OKS sigmas, in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """Keypoints of a body and how they belong together. K is the number of keypoints."""

    names: tuple[str, ...]  # (K,) in the order of every keypoint array
    limbs: tuple[tuple[int, int], ...]  # pairs of keypoint indices that are drawn as a line
    flip: NDArray[np.intp]  # (K,) index of the same joint on the other side of the body
    sigmas: NDArray[np.float32]  # (K,) spread of human annotation, as a fraction of sqrt(area)
    name: str = "own"  # coco-17, halpe-26; own for any other

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
    name="coco-17",
)

BODY_SHARE = 0.53  # of a person's box that the body covers, on average over COCO

DEFAULT_SIGMA = 0.079  # as of a shoulder, where nobody measured how people label a keypoint

_FEET = ("left_big_toe", "right_big_toe", "left_small_toe", "right_small_toe")
_HALPE_NAMES = (*_NAMES, "head", "neck", "hip", *_FEET, "left_heel", "right_heel")
_FOOT_LIMBS = ((15, 20), (16, 21), (15, 22), (16, 23), (15, 24), (16, 25), (17, 18), (18, 19))


@lru_cache(maxsize=16)
def skeleton_of(count: int) -> Skeleton:
    """The skeleton of so many keypoints where nothing tells another: COCO's 17, Halpe's 26, or
    numbered ones.

    >>> skeleton_of(26).name, skeleton_of(26).names[-2:]
    ('halpe-26', ('left_heel', 'right_heel'))
    >>> skeleton_of(3).names
    ('point_0', 'point_1', 'point_2')
    """
    for known in KNOWN:
        if len(known) == count:
            return known
    return skeleton_named([f"point_{i}" for i in range(count)])


def usual_names(count: int) -> tuple[str, ...]:
    """The names of `skeleton_of`."""
    return skeleton_of(count).names


def skeleton_named(
    names: Sequence[str],
    limbs: Sequence[tuple[str, str]] | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    sigmas: Sequence[float] | None = None,
) -> Skeleton:
    """A skeleton by its names; what is not told comes from the names.

    Limbs are those of known joints, pairs are `left_` and `right_` of the same, sigmas of unknown
    joints are `DEFAULT_SIGMA`. Raises ValueError.

    >>> skeleton_named(["nose", "left_paw", "right_paw"]).flip.tolist()
    [0, 2, 1]
    """
    names = tuple(names)
    if len(set(names)) != len(names):
        raise ValueError("two keypoints have the same name")
    if limbs is None and pairs is None and sigmas is None:
        for known in KNOWN:
            if names == known.names:
                return known
    named = [(HALPE_26.names[a], HALPE_26.names[b]) for a, b in HALPE_26.limbs]
    if limbs is None:
        limbs = [pair for pair in named if pair[0] in names and pair[1] in names]
    if pairs is None:
        other = {name: name.replace("left_", "right_", 1) for name in names if "left_" in name}
        pairs = [pair for pair in other.items() if pair[1] in names]
    for name in (name for pair in (*limbs, *pairs) for name in pair):
        if name not in names:
            raise ValueError(f"{name!r} is no keypoint; there are {', '.join(names)}")
    flip = np.arange(len(names), dtype=np.intp)
    for left, right in pairs:
        a, b = names.index(left), names.index(right)
        flip[a], flip[b] = b, a
    if sigmas is None:
        known_sigmas = dict(zip(HALPE_26.names, HALPE_26.sigmas.tolist(), strict=True))
        sigmas = [known_sigmas.get(name, DEFAULT_SIGMA) for name in names]
    if len(sigmas) != len(names) or min(sigmas, default=1.0) <= 0:
        raise ValueError(f"expected {len(names)} positive sigmas, got {len(sigmas)}")
    lines = tuple((names.index(a), names.index(b)) for a, b in limbs)
    return Skeleton(names, lines, flip, np.array(sigmas, np.float32))


def told_of(skeleton: Skeleton) -> dict[str, Any] | None:
    """What `skeleton_named` makes the skeleton of, in values of JSON; None for a usual one."""
    usual = skeleton_of(len(skeleton))
    if (skeleton.names, skeleton.limbs) == (usual.names, usual.limbs) and all(
        np.array_equal(own, other)
        for own, other in ((skeleton.flip, usual.flip), (skeleton.sigmas, usual.sigmas))
    ):
        return None
    names, flip = skeleton.names, skeleton.flip.tolist()
    return {
        "names": list(names),
        "limbs": [[names[a], names[b]] for a, b in skeleton.limbs],
        "pairs": [[names[a], names[b]] for a, b in enumerate(flip) if a < b],
        "sigmas": skeleton.sigmas.tolist(),
    }


def is_body(skeleton: Skeleton) -> bool:
    """Whether it has all of COCO's joints, in any order."""
    return set(_NAMES) <= set(skeleton.names)


def check_body(skeleton: Skeleton) -> None:
    """Raises ValueError for a skeleton that has not all of COCO's joints."""
    missing = [name for name in _NAMES if name not in skeleton.names]
    if missing:
        raise ValueError(
            f"a body is needed, and these skeletons have no {missing[0]}; their keypoints are "
            f"{', '.join(skeleton.names[:8])}{', ...' if len(skeleton) > 8 else ''}"
        )


def unknown_sigmas(skeleton: Skeleton) -> tuple[str, ...]:
    """Keypoints that are followed with the default sigma, as nobody measured theirs."""
    known = set(HALPE_26.names)
    return tuple(
        name
        for name, sigma in zip(skeleton.names, skeleton.sigmas.tolist(), strict=True)
        if name not in known and abs(sigma - DEFAULT_SIGMA) < 1e-6
    )


# Body and feet of Halpe (26 keypoints); the order is that of AlphaPose and mmpose.
HALPE_26 = Skeleton(
    names=_HALPE_NAMES,
    limbs=(*_LIMBS, *_FOOT_LIMBS),
    flip=np.array([*COCO_17.flip, 17, 18, 19, 21, 20, 23, 22, 25, 24], dtype=np.intp),
    # Head, neck and hip, then toes and heels, as published with Halpe.
    sigmas=np.concatenate(
        [COCO_17.sigmas, np.array([26, 26, 66, 79, 79, 79, 79, 79, 79], np.float32) / 1000],
        dtype=np.float32,
    ),
    name="halpe-26",
)

KNOWN = (COCO_17, HALPE_26)  # no two have as many keypoints
