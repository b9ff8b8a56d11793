"""How well skeletons agree with Shelf's truth, by the rule of the 4D Association study."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.skeleton import COCO_17
from core.space.tracks3d import Tracks3D

_SIDES = ("ankle", "knee", "hip")
_ARMS = ("wrist", "elbow", "shoulder")
_LIMBS = ((0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (9, 10), (10, 11), (12, 14))
_BODY = 12  # the first joints: neck, top of the head and middle of the hips are made of others


@dataclass(frozen=True)
class Score:
    """Of the actors 0 to 2 that the truth holds."""

    pcp_without_head: float  # percent, mean over actors
    mean_mm: float
    id_changes: int


def read_truth(path: Path) -> list[dict[int, np.ndarray]]:
    """By frame and actor: 15 joints (15, 3) in m."""
    numbers = iter(path.read_text().split())
    joint_count, frame_count = int(next(numbers)), int(next(numbers))
    assert joint_count == 15
    frames = []
    for _ in range(frame_count):
        people = {}
        for _ in range(int(next(numbers))):
            actor = int(next(numbers))
            values = np.array([float(next(numbers)) for _ in range(60)]).reshape(4, 15)
            people[actor] = values[:3].T
        frames.append(people)
    return frames


def shelf_score(tracks: Tracks3D, truth: list[dict[int, np.ndarray]]) -> Score:
    """A limb is right where both ends lie within half of its length."""
    right: dict[int, list[np.ndarray]] = {}
    errors: list[float] = []
    last: dict[int, int] = {}
    changes = 0
    for frame, people in enumerate(truth):
        rows = np.flatnonzero(tracks.frames == frame)
        bodies = [_shelf_body(tracks.points[row]) for row in rows]
        for actor in {0, 1, 2} & people.keys():
            true = people[actor]
            off = [np.linalg.norm(body - true, axis=1) for body in bodies]
            means = [np.nanmean(distances[:_BODY]) for distances in off]
            if not means or np.nanmin(means) > 0.5:
                right.setdefault(actor, []).append(np.zeros(len(_LIMBS)))
                continue
            best = int(np.nanargmin(means))
            errors += [value for value in off[best][:_BODY] if np.isfinite(value)]
            person = int(tracks.ids[rows[best]])
            changes += last.setdefault(actor, person) != person
            last[actor] = person
            good = [
                max(off[best][a], off[best][b]) <= 0.5 * np.linalg.norm(true[a] - true[b])
                for a, b in _LIMBS
            ]
            right.setdefault(actor, []).append(np.array(good, float))
    pcp = 100 * float(np.mean([np.mean(limbs) for limbs in right.values()]))
    return Score(pcp, 1000 * float(np.mean(errors)), changes)


def _shelf_body(points: np.ndarray) -> np.ndarray:
    at = {name: points[index] for index, name in enumerate(COCO_17.names)}
    ears = (at["left_ear"] + at["right_ear"]) / 2
    ears = np.where(np.isfinite(ears), ears, at["nose"])
    shoulders = (at["left_shoulder"] + at["right_shoulder"]) / 2
    neck = shoulders + (ears - shoulders) / 2
    legs = [at[f"right_{part}"] for part in _SIDES] + [at[f"left_{part}"] for part in _SIDES[::-1]]
    arms = [at[f"right_{part}"] for part in _ARMS] + [at[f"left_{part}"] for part in _ARMS[::-1]]
    hips = (at["left_hip"] + at["right_hip"]) / 2
    top_of_head = np.full(3, np.nan)  # not scored
    return np.stack([*legs, *arms, neck, top_of_head, hips])
