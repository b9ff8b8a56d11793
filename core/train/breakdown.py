"""What goes wrong, and for whom: an error breakdown of poses against labels.

Each labelled keypoint of a found person is one of five cases (after Ronchi and Perona, 2017), by
the similarity exp(-d^2 / (2 s^2 k^2)) of one keypoint: good (0.85 or more), jitter (0.5 or more),
inversion (on the same person's other side), swap (on somebody else's same joint), miss.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.geometry import box_iou
from core.skeleton import skeleton_of
from core.train.dataset import LabelledImage, People
from core.types import FloatArray, PoseBatch

CASES = ("good", "jitter", "inversion", "swap", "miss")
GROUPS = ("everyone", "medium", "large", "crowded", "upside-down")
_GOOD, _NEAR = 0.85, 0.5
_MEDIUM = (32.0**2, 96.0**2)  # px^2, as COCO divides people by size
_CROWDED_IOU = 0.1
_FOUND_IOU = 0.5
_UNSEEN = -1


@dataclass(frozen=True, slots=True, eq=False)
class PersonErrors:
    """How one labelled person was found."""

    image: LabelledImage
    row: int  # among the image's people
    groups: tuple[str, ...]
    oks: float  # 0 when nobody was found there
    cases: NDArray[np.int8]  # (K,) index into CASES, or -1 where there is no label
    found: PoseBatch  # the pose that was taken for this person, or nobody


def person_errors(found: Iterable[tuple[LabelledImage, PoseBatch]]) -> list[PersonErrors]:
    """Every labelled person with keypoints, matched to the best-overlapping pose of its own."""
    errors = []
    for image, poses in found:
        people = image.people
        overlap = box_iou(people.boxes, poses.boxes)
        taken = _match(overlap)
        for row in range(len(people)):
            labelled = people.visible[row] > 0
            if not labelled.any():
                continue
            pose = taken.get(row)
            cases = np.full(len(labelled), _UNSEEN, np.int8)
            oks = 0.0
            if pose is not None:
                keypoints = poses.keypoints[pose]
                oks = float(_similarity(keypoints, people, row)[labelled].mean())
                cases[labelled] = _cases(keypoints, people, row)[labelled]
            rows = np.array([] if pose is None else [pose], np.intp)
            errors.append(PersonErrors(image, row, _groups(people, row), oks, cases, poses[rows]))
    return errors


def breakdown(errors: list[PersonErrors]) -> list[dict[str, float | str]]:
    """A row a group of people, then a row a joint: share found, mean OKS, share of each case."""
    rows = []
    for group in GROUPS:
        members = [error for error in errors if group in error.groups]
        if members:
            rows.append(_row(group, members, slice(None)))
    for joint, name in enumerate(errors[0].image.people.skeleton.names if errors else ()):
        rows.append(_row(name, errors, joint))
    return rows


def score_table(errors: list[PersonErrors]) -> list[dict[str, float]]:
    """What keypoint scores of found people are worth, a row a tenth that occurs, from 0 up.

    Each row: least `score`, `keypoints`, the share of them that is `labelled`, and of all of them
    the share that is `near` the label (similarity of 0.5 or more): without a label, none is.
    """
    seen = [error for error in errors if len(error.found)]
    if not seen:
        return []
    scores = np.concatenate([error.found.keypoint_scores[0] for error in seen])
    cases = np.concatenate([error.cases for error in seen])
    near = np.isin(cases, [CASES.index("good"), CASES.index("jitter")])
    tenths = np.clip((10 * scores).astype(int), 0, 9)
    return [
        {
            "score": tenth / 10,
            "keypoints": float((tenths == tenth).sum()),
            "labelled": float((cases[tenths == tenth] != _UNSEEN).mean()),
            "near": float(near[tenths == tenth].mean()),
        }
        for tenth in np.unique(tenths)
    ]


def _row(name: str, members: list[PersonErrors], joints: int | slice) -> dict[str, float | str]:
    cases = np.stack([member.cases for member in members])[:, joints].ravel()
    labelled = cases[cases != _UNSEEN]
    count = max(len(labelled), 1)
    seen = [member for member in members if len(member.found)]
    row: dict[str, float | str] = {
        "who": name,
        "people": float(len(members)),
        "found": len(seen) / max(len(members), 1),
        "oks": float(np.mean([member.oks for member in seen])) if seen else 0.0,
    }
    return row | {
        case: float((labelled == index).sum()) / count for index, case in enumerate(CASES)
    }


def _match(overlap: FloatArray) -> dict[int, int]:
    """Greedy: the best-overlapping pair first, each label and each pose once."""
    taken: dict[int, int] = {}
    used: set[int] = set()
    for flat in np.argsort(-overlap, axis=None, kind="stable"):
        row, column = (int(v) for v in np.unravel_index(flat, overlap.shape))
        if overlap[row, column] < _FOUND_IOU:
            break
        if row not in taken and column not in used:
            taken[row] = column
            used.add(column)
    return taken


def _similarity(keypoints: FloatArray, people: People, row: int) -> FloatArray:
    """(K, 2) against the labels of one person -> (K,), joint by joint."""
    return _near(keypoints, people.keypoints[row], float(people.areas[row]))


def _near(a: FloatArray, b: FloatArray, area: float) -> FloatArray:
    distance2 = ((a - b) ** 2).sum(-1)
    spread = 2 * max(area, 1e-6) * (2 * skeleton_of(len(a)).sigmas) ** 2
    near: FloatArray = np.exp(-distance2 / spread)
    return near


def _cases(keypoints: FloatArray, people: People, row: int) -> NDArray[np.int8]:
    own = _similarity(keypoints, people, row)
    area = float(people.areas[row])
    flip = people.skeleton.flip
    seen = people.visible > 0
    other_side = _near(keypoints, people.keypoints[row][flip], area) * seen[row][flip]
    other_side[flip == np.arange(len(flip))] = 0
    others = np.zeros_like(own)
    for other in range(len(people)):
        if other != row:
            for joints in (slice(None), flip):
                near = _near(keypoints, people.keypoints[other][joints], area)
                others = np.maximum(others, near * seen[other][joints])
    cases = np.full(len(own), CASES.index("miss"), np.int8)
    cases[others >= _NEAR] = CASES.index("swap")
    cases[other_side >= _NEAR] = CASES.index("inversion")
    cases[own >= _NEAR] = CASES.index("jitter")
    cases[own >= _GOOD] = CASES.index("good")
    return cases


def _groups(people: People, row: int) -> tuple[str, ...]:
    groups = ["everyone"]
    area = people.areas[row]
    if _MEDIUM[0] <= area < _MEDIUM[1]:
        groups.append("medium")
    elif area >= _MEDIUM[1]:
        groups.append("large")
    overlap = box_iou(people.boxes[row : row + 1], people.boxes)[0]
    overlap[row] = 0
    if overlap.max() > _CROWDED_IOU:
        groups.append("crowded")
    if _upside_down(people, row):
        groups.append("upside-down")
    return tuple(groups)


def _upside_down(people: People, row: int) -> bool:
    """Shoulders lower in the picture than hips."""
    names = people.skeleton.names
    seen = people.visible[row] > 0

    def height(joint: str) -> float | None:
        rows = [k for k, name in enumerate(names) if name.endswith(joint) and seen[k]]
        return float(people.keypoints[row, rows, 1].mean()) if rows else None

    shoulders, hips = height("shoulder"), height("hip")
    return shoulders is not None and hips is not None and shoulders > hips
