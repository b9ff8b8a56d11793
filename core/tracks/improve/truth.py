"""What a person says is in a frame, kept with why the frame was proposed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from core.errors import TableError
from core.json_text import read_json_text
from core.part_file import write_whole
from core.skeleton import BODY_SHARE, COCO_17
from core.tracks.edits.frame import EditedFrame
from core.tracks.edits.log import HIDDEN
from core.tracks.improve.proposals import WHYS, Proposal, Why
from core.types import FloatArray

# COCO's flags, and one of our own: nobody says whether it is there.
_UNKNOWN, _ABSENT, _HIDDEN, _SEEN = -1, 0, 1, 2
_MOST = 2**31  # frames


@dataclass(frozen=True, slots=True, eq=False)
class FrameTruth:
    """Everybody in a frame, as a person left it."""

    boxes: FloatArray  # (N, 4) x1, y1, x2, y2 px
    keypoints: FloatArray  # (N, K, 2) px
    flags: NDArray[np.int8]  # (N, K) -1 not known, 0 absent, 1 hidden, 2 seen

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True, slots=True)
class ListedFrame:
    """A frame that was proposed; without a truth it waits to be checked."""

    proposal: Proposal
    truth: FrameTruth | None = None

    @property
    def frame(self) -> int:
        """Its number."""
        return self.proposal.frame


def truth_of(frame: EditedFrame, least_score: float = 0.0) -> FrameTruth:
    """A frame with its corrections as it is on the screen.

    Keypoints of a score of 0, or below the least one, are absent, those marked hidden are hidden.
    """
    poses = frame.tracks.poses
    scores = poses.keypoint_scores
    there = (scores > 0) & (scores >= least_score) & np.isfinite(poses.keypoints).all(axis=2)
    hidden = frame.corrected & (scores == HIDDEN)
    flags = np.where(there, np.where(hidden, _HIDDEN, _SEEN), _ABSENT).astype(np.int8)
    return FrameTruth(poses.boxes.copy(), np.nan_to_num(poses.keypoints), flags)


def coco_people(truth: FrameTruth, frame: int, first_id: int = 1) -> list[dict[str, Any]]:
    """COCO annotations of a frame, numbered from `first_id`."""
    return [
        {
            "id": first_id + row,
            "image_id": frame,
            "category_id": 1,
            "bbox": [x1, y1, round(x2 - x1, 2), round(y2 - y1, 2)],
            "area": round(BODY_SHARE * (x2 - x1) * (y2 - y1), 2),
            "iscrowd": 0,
            "num_keypoints": int((truth.flags[row] > 0).sum()),
            "keypoints": _triples(truth, row, _ABSENT),
            "unknown": np.flatnonzero(truth.flags[row] == _UNKNOWN).tolist(),
        }
        for row, (x1, y1, x2, y2) in enumerate(np.round(truth.boxes.astype(float), 2).tolist())
    ]


def truth_from_coco(people: Iterable[dict[str, Any]]) -> FrameTruth:
    """Annotations of one picture, as `read_labels` gives them."""
    known = [person for person in people if not person.get("iscrowd")]
    corners = np.array([person["bbox"] for person in known], np.float32).reshape(-1, 4)
    corners[:, 2:] += corners[:, :2]
    values = np.array([person["keypoints"] for person in known], np.float32)
    values = values.reshape(len(known), len(COCO_17), 3)
    flags = values[..., 2].astype(np.int8)
    for row, person in enumerate(known):
        flags[row, person.get("unknown", [])] = _UNKNOWN
    return FrameTruth(corners, values[..., :2].copy(), flags)


def save_listed(path: Path, listed: Iterable[ListedFrame]) -> None:
    """Write the frames of a clip as JSON, whole or not at all. Raises OutputError."""
    items = []
    for item in listed:
        values: dict[str, Any] = {"frame": item.frame, "why": item.proposal.why}
        if item.truth is not None:
            values["people"] = [
                {"box": box, "keypoints": _triples(item.truth, row)}
                for row, box in enumerate(np.round(item.truth.boxes.astype(float), 2).tolist())
            ]
        items.append(values)
    write_whole(path, json.dumps({"frames": items}) + "\n")


def load_listed(path: Path) -> list[ListedFrame]:
    """Read what `save_listed` wrote; a missing file holds no frames. Raises TableError."""
    if not path.exists():
        return []
    try:
        items = read_json_text(path.read_text(encoding="utf-8"))["frames"]
        return [_listed(item) for item in items]
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        what = f"'{error.args[0]}' is missing" if isinstance(error, KeyError) else str(error)
        raise TableError(f"{path}: is no list of frames that can be read ({what})") from error


def _listed(item: dict[str, Any]) -> ListedFrame:
    frame, why = int(item["frame"]), item["why"]
    if why not in WHYS or not 0 <= frame < _MOST:
        raise ValueError(f"frame {str(item['frame'])[:20]} for the reason {str(why)[:20]!r}")
    proposal = Proposal(frame, cast(Why, why))
    if "people" not in item:
        return ListedFrame(proposal)
    people = item["people"]
    boxes = np.array([person["box"] for person in people], np.float32).reshape(len(people), 4)
    values = np.array([person["keypoints"] for person in people], np.float32)
    values = values.reshape(len(people), -1 if people else len(COCO_17), 3)
    if not (np.isfinite(boxes).all() and np.isfinite(values).all()):
        raise ValueError(f"frame {frame} has places that are no numbers")
    flags = values[..., 2].astype(np.int8)
    return ListedFrame(proposal, FrameTruth(boxes, values[..., :2].copy(), flags))


def _triples(truth: FrameTruth, row: int, least: int = _UNKNOWN) -> list[float]:
    flags = truth.flags[row]
    places = np.where(flags[:, None] > 0, np.round(truth.keypoints[row].astype(float), 2), 0.0)
    return [
        value
        for (x, y), flag in zip(places.tolist(), flags.tolist(), strict=True)
        for value in (x, y, max(flag, least))
    ]
