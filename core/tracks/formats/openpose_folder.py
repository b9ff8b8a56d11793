"""Folders of OpenPose JSON, a file a frame, as OpenPose, Pose2Sim and Sports2D write them."""

import json
import re
from pathlib import Path

import numpy as np

from core.errors import TableError
from core.file_names import is_hidden
from core.types import PoseBatch

# COCO's 17 keypoints in OpenPose's models, by how many keypoints a person of a file has.
_BODY_25 = (0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11)
_COCO_18 = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)
_COCO_17 = tuple(range(17))  # and HALPE_26 and BODY_25B, which begin with them
_ORDERS = {17: _COCO_17, 18: _COCO_18, 25: _BODY_25, 26: _COCO_17, 133: _COCO_17}


def read_openpose(folder: Path, body_25b: bool = False) -> list[PoseBatch]:
    """The people of each frame with COCO's 17 keypoints, in the order of the files' numbers.

    `body_25b`: 25 keypoints are BODY_25B's, which begin with COCO's. Raises TableError.
    """
    paths = [
        path for path in folder.glob("*.json") if _number(path) is not None and not is_hidden(path)
    ]
    if not paths:
        raise TableError(f"{folder}: holds no OpenPose files (NAME_000000000000_keypoints.json)")
    numbers = [(_number(path), path) for path in paths]
    first, last = min(numbers)[0] or 0, max(numbers)[0] or 0
    if last - first > 100 * len(paths):
        raise TableError(f"{folder}: the numbers of its files run from {first} to {last}")
    by_number = dict(numbers)
    return [
        _people(by_number[number], body_25b) if number in by_number else PoseBatch.empty()
        for number in range(first, last + 1)
    ]


def _number(path: Path) -> int | None:
    """The last number in a file's name."""
    found = re.findall(r"\d+", path.stem)
    return int(found[-1]) if found and len(found[-1]) < 16 else None


def _people(path: Path, body_25b: bool) -> PoseBatch:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        people = [person["pose_keypoints_2d"] for person in content["people"]]
        bodies = [np.array(person, np.float32).reshape(-1, 3) for person in people]
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TableError(f"{path}: is not a file of OpenPose's ({error})") from error
    rows = []
    for body in bodies:
        order = _COCO_17 if body_25b and len(body) == 25 else _ORDERS.get(len(body))
        if order is None:
            known = ", ".join(map(str, _ORDERS))
            raise TableError(f"{path}: a person of {len(body)} keypoints; {known} are understood")
        rows.append(body[list(order)])
    rows = [row for row in rows if (row[:, 2] > 0).sum() >= 3]
    if not rows:
        return PoseBatch.empty()
    poses = np.nan_to_num(np.stack(rows))
    scores = np.clip(poses[..., 2], 0, 1)
    seen = (scores > 0)[..., None]
    low = np.where(seen, poses[..., :2], np.inf).min(axis=1)
    high = np.where(seen, poses[..., :2], -np.inf).max(axis=1)
    confidence = scores.sum(axis=1) / np.maximum((scores > 0).sum(axis=1), 1)
    best = np.argsort(-confidence, kind="stable")
    return PoseBatch(
        np.concatenate([low, high], axis=1).astype(np.float32)[best],
        confidence.astype(np.float32)[best],
        poses[..., :2][best],
        scores.astype(np.float32)[best],
    )
