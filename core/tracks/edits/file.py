"""The file of a log of edits: JSON that later versions can add to."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from core.errors import TableError
from core.json_text import read_json_text
from core.part_file import write_whole
from core.tracks.edits.log import KINDS, Anchor, Box, Edit, EditKind, Joint, Placed

_ALWAYS = ("kind", "ids", "frame", "name", "anchors")
_PEOPLE = {"merge": 2, "split": 2, "swap": 2}  # 1 for every other kind
_MOST = 2**31  # frames and ids
_POSES = {"move": 1, "add": 1, "between": 2}


def save_edits(path: Path, edits: Sequence[Edit]) -> None:
    """Write a log as JSON, whole or not at all. Raises OutputError."""
    items = [
        {
            name: value
            for name, value in asdict(edit).items()
            if name in _ALWAYS or value not in ((), None)
        }
        for edit in edits
    ]
    write_whole(path, json.dumps({"edits": items}, indent=1) + "\n")


def load_edits(path: Path, required: bool = False) -> list[Edit]:
    """Read a log; a missing file is an empty one unless it is required. Raises TableError."""
    if not required and not path.exists():
        return []
    try:
        items = read_json_text(path.read_text(encoding="utf-8"))["edits"]
        return [_edit(number, item) for number, item in enumerate(items, 1)]
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        what = f"'{error.args[0]}' is missing" if isinstance(error, KeyError) else str(error)
        raise TableError(f"{path}: is no log of edits that can be read ({what})") from error


def _edit(number: int, item: dict[str, Any]) -> Edit:
    """Raises ValueError, KeyError and TypeError."""
    kind = item["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(
            f"edit {number} is of the unknown kind {str(kind)[:40]!r}; known: {', '.join(KINDS)}"
        )
    ids = tuple(_whole(track_id) for track_id in item["ids"])
    if len(ids) != _PEOPLE.get(kind, 1):
        raise ValueError(f"edit {number} ({kind}) needs {_PEOPLE.get(kind, 1)} ids, has {len(ids)}")
    poses = tuple(_placed(pose) for pose in item.get("poses", ()))
    if len(poses) != _POSES.get(kind, 0):
        raise ValueError(
            f"edit {number} ({kind}) needs {_POSES.get(kind, 0)} poses, has {len(poses)}"
        )
    if kind == "add" and poses[0].box is None:
        raise ValueError(f"edit {number} ({kind}) needs a box")
    last = None if item.get("last") is None else _whole(item["last"])
    if kind == "between" and last is None:
        raise ValueError(f"edit {number} ({kind}) needs a last frame")
    return Edit(
        kind=cast(EditKind, kind),
        ids=ids,
        frame=_whole(item.get("frame", 0)),
        name=str(item.get("name", "")),
        anchors=tuple(
            Anchor(_whole(anchor["frame"]), _box(anchor["box"]))
            for anchor in item.get("anchors", ())
        ),
        poses=poses,
        joints=tuple(str(name) for name in item.get("joints", ())),
        last=last,
        others=tuple(_box(box) for box in item.get("others", ())),
    )


def _anchor(item: dict[str, Any]) -> Anchor:
    return Anchor(_whole(item["frame"]), _box(item["box"]))


def _placed(item: dict[str, Any]) -> Placed:
    joints = tuple(
        Joint(
            str(joint["name"]),
            _number(joint["x"]),
            _number(joint["y"]),
            _number(joint.get("score", 1.0)),
        )
        for joint in item["joints"]
    )
    return Placed(joints, None if item.get("box") is None else _box(item["box"]))


def _box(values: Any) -> Box:
    x1, y1, x2, y2 = (_number(value) for value in values)
    return x1, y1, x2, y2


def _whole(value: Any) -> int:
    number = int(value)
    if not 0 <= number < _MOST:
        raise ValueError(f"{str(value)[:40]} is no id and no frame")
    return number


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no coordinate or score")
    return number
