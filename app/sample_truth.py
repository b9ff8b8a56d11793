"""How close tracks are to the exact truth of the sample clip."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from core.geometry import box_areas, oks
from core.skeleton import BODY_SHARE, COCO_17
from core.tracks.table import NOBODY, TrackTable

FOUND = 0.5  # OKS from which a person counts as found


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts over all frames of a clip."""

    people: int  # in the truth, with at least one keypoint in the picture
    found: int  # of these, paired with a row at an OKS of at least FOUND
    mean_oks: float  # of the found ones
    extra: int  # rows that are nobody's
    persons: int  # different people of the truth
    ids: int  # different ids that were given to them
    switches: int  # times that a found person's id was not the one before

    def __str__(self) -> str:
        return (
            f"{self.found} of {self.people} people found ({self.found / self.people:.0%}), "
            f"mean OKS {self.mean_oks:.2f}, {self.extra} false; "
            f"{self.persons} persons followed under {self.ids} ids, {self.switches} id switches"
        )


def compare(table: TrackTable, truth: dict[str, Any]) -> Agreement:
    """Pair the rows of every frame with the truth's people by OKS, and count."""
    people = found = extra = switches = 0
    similarities: list[float] = []
    last_id: dict[int, int] = {}
    ids: set[int] = set()
    persons: set[int] = set()
    for frame in truth["frames"]:
        rows = table[(table.frames == frame["frame"]) & (table.ids != NOBODY)]
        expected = [p for p in frame["people"] if any(v > 0 for _, _, v in p["keypoints"])]
        people += len(expected)
        persons.update(person["track_id"] for person in expected)
        if not expected:
            extra += len(rows)
            continue
        similarity = _similarity(rows, expected)
        pairs = [
            (row, column)
            for row, column in zip(*linear_sum_assignment(-similarity), strict=True)
            if similarity[row, column] >= FOUND
        ]
        found += len(pairs)
        extra += len(rows) - len(pairs)
        for row, column in pairs:
            person, track_id = expected[column]["track_id"], int(rows.ids[row])
            similarities.append(float(similarity[row, column]))
            ids.add(track_id)
            switches += last_id.get(person, track_id) != track_id
            last_id[person] = track_id
    mean = float(np.mean(similarities)) if similarities else 0.0
    return Agreement(people, found, mean, extra, len(persons), len(ids), switches)


def load_truth(path: Path) -> dict[str, Any]:
    """The truth file that comes with the sample clip."""
    truth: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return truth


def _similarity(rows: TrackTable, expected: list[dict[str, Any]]) -> np.ndarray:
    """OKS (rows, people); a keypoint that was not written agrees with nothing."""
    body = np.array([person["keypoints"] for person in expected], np.float32)
    corner_size = np.array([person["bbox"] for person in expected], np.float32)
    boxes = np.concatenate([corner_size[:, :2], corner_size[:, :2] + corner_size[:, 2:]], axis=1)
    keypoints = np.nan_to_num(rows.keypoints, nan=-1e6)
    areas = BODY_SHARE * box_areas(boxes)
    return oks(keypoints, body[..., :2], body[..., 2] > 0, areas, COCO_17.sigmas)
