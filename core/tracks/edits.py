"""Corrections of who is who, as an ordered log that can be undone, saved and applied again.

An edit names people by id, and remembers where each of them was: after a re-run, in which ids may
differ, the edit finds the same people by their place.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import TableError, UserError
from core.geometry import box_iou
from core.json_text import read_json_text
from core.part_file import write_whole
from core.types import Tracks

LEAST_OVERLAP = 0.3  # of the remembered box with the person found there

EditKind = Literal["merge", "split", "swap", "name", "hide", "show"]
_PEOPLE = {"merge": 2, "split": 2, "swap": 2, "name": 1, "hide": 1, "show": 1}
_MOST = 2**31  # frames and ids


class EditError(UserError):
    """An edit that cannot be made."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a person was when the edit was made."""

    frame: int
    box: tuple[float, float, float, float]  # x1, y1, x2, y2 px


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction. `ids` holds the people it is about, in the order given below.

    merge: the second becomes the first. split: the first gets the new second id from `frame` on.
    swap: both exchange their ids from `frame` on. name, hide, show: the first.
    """

    kind: EditKind
    ids: tuple[int, ...]
    frame: int = 0
    name: str = ""
    anchors: tuple[Anchor, ...] = ()


def edited_ids(
    edits: Sequence[Edit], frames: NDArray[np.integer], ids: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The ids of rows (R,) after all edits, given each row's frame (R,)."""
    result = ids.copy()
    for edit in edits:
        if edit.kind == "merge":
            result[result == edit.ids[1]] = edit.ids[0]
        elif edit.kind == "split":
            result[(result == edit.ids[0]) & (frames >= edit.frame)] = edit.ids[1]
        elif edit.kind == "swap":
            first, second = edit.ids
            later = frames >= edit.frame
            was_first, was_second = (result == first) & later, (result == second) & later
            result[was_first], result[was_second] = second, first
    return result


def edited_tracks(edits: Sequence[Edit], number: int, tracks: Tracks) -> Tracks:
    """The people of one frame after all edits, by ascending id."""
    frames = np.full(len(tracks), number, np.int64)
    ids = edited_ids(edits, frames, tracks.ids)
    order = np.argsort(ids, kind="stable")
    return Tracks(ids[order], tracks.poses[order], tracks.observed[order])


def names_of(edits: Sequence[Edit]) -> dict[int, str]:
    """The names given; an empty name takes one away."""
    names: dict[int, str] = {}
    for edit in edits:
        if edit.kind == "name":
            names[edit.ids[0]] = edit.name
        elif edit.kind == "merge" and edit.ids[1] in names:
            names.setdefault(edit.ids[0], names.pop(edit.ids[1]))
    return {track_id: name for track_id, name in names.items() if name}


def hidden_in(edits: Sequence[Edit]) -> frozenset[int]:
    """Who is hidden."""
    hidden: set[int] = set()
    for edit in edits:
        if edit.kind == "hide":
            hidden.add(edit.ids[0])
        elif edit.kind == "show":
            hidden.discard(edit.ids[0])
    return frozenset(hidden)


def check_edit(
    edit: Edit, before: Sequence[Edit], frames: NDArray[np.integer], ids: NDArray[np.int64]
) -> None:
    """Raises EditError for an edit that makes no sense for these rows."""
    now = edited_ids(before, frames, ids)
    known = edit.ids[:1] if edit.kind == "split" else edit.ids
    for track_id in known:
        if not (now == track_id).any():
            raise EditError(f"there is no person {track_id}")
    if edit.kind in ("merge", "swap") and edit.ids[0] == edit.ids[1]:
        raise EditError(f"person {edit.ids[0]} cannot be joined or exchanged with itself")
    if edit.kind == "merge":
        both = np.intersect1d(frames[now == edit.ids[0]], frames[now == edit.ids[1]])
        if len(both):
            raise EditError(
                f"{edit.ids[0]} and {edit.ids[1]} are two people: "
                f"both are in frame {both[0]} and {len(both) - 1} more"
            )
    if edit.kind == "split":
        own = frames[now == edit.ids[0]]
        if not own.min() < edit.frame <= own.max():
            raise EditError(
                f"person {edit.ids[0]} is in frames {own.min()} to {own.max()}; "
                f"splitting at {edit.frame} would leave one part empty"
            )


def found_again(
    made: Sequence[Edit], tracks_at: Callable[[int], Tracks], next_id: int
) -> list[Edit | None]:
    """Each edit with the ids of a new run; None for an edit whose people are not found.

    `tracks_at(frame)` gives the new run's people before any edit; `next_id` is free in it.
    """
    result: list[Edit | None] = []
    renamed: dict[int, int] = {}  # ids made by splits
    for edit in made:
        holding = [item for item in result if item is not None]
        known = edit.ids[:1] if edit.kind == "split" else edit.ids
        ids: list[int] = []
        for track_id, anchor in zip(known, edit.anchors, strict=False):
            tracks = edited_tracks(holding, anchor.frame, tracks_at(anchor.frame))
            found = _at(tracks, anchor)
            if found is not None:
                ids.append(found)
            elif track_id in renamed:
                ids.append(renamed[track_id])
        if len(ids) < len(known) or len(set(ids)) < len(ids):
            result.append(None)
            continue
        if edit.kind == "split":
            renamed[edit.ids[1]] = next_id
            ids.append(next_id)
            next_id += 1
        result.append(replace(edit, ids=tuple(ids)))
    return result


class EditLog:
    """Edits in order, with undo and redo.

    Each edit is kept as it was made, beside what it means in the present run (None: nothing).
    """

    def __init__(self, made: Sequence[Edit] = ()) -> None:
        self._made = list(made)
        self._holds: list[Edit | None] = list(made)
        self._undone: list[tuple[Edit, Edit | None]] = []

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What holds now, with the ids of the present run."""
        return tuple(edit for edit in self._holds if edit is not None)

    @property
    def made(self) -> tuple[Edit, ...]:
        """All edits as they were made, for the file."""
        return tuple(self._made)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._made)

    @property
    def can_redo(self) -> bool:
        """Whether an edit was taken back."""
        return bool(self._undone)

    def add(self, edit: Edit) -> None:
        """Make an edit; what was undone before is gone."""
        self._made.append(edit)
        self._holds.append(edit)
        self._undone.clear()

    def undo(self) -> None:
        """Take the last edit back, if there is one."""
        if self._made:
            self._undone.append((self._made.pop(), self._holds.pop()))

    def redo(self) -> None:
        """Make the last edit that was taken back again, if there is one."""
        if self._undone:
            made, holds = self._undone.pop()
            self._made.append(made)
            self._holds.append(holds)

    def apply_again(self, holds: Sequence[Edit | None]) -> None:
        """What `found_again` found for all edits made; what was undone is gone."""
        if len(holds) != len(self._made):
            raise ValueError(f"{len(holds)} results for {len(self._made)} edits")
        self._holds = list(holds)
        self._undone.clear()


def save_edits(path: Path, edits: Sequence[Edit]) -> None:
    """Write a log as JSON, whole or not at all. Raises OutputError."""
    text = json.dumps({"edits": [asdict(edit) for edit in edits]}, indent=1)
    write_whole(path, text + "\n")


def load_edits(path: Path) -> list[Edit]:
    """Read a log; a missing file is an empty one. Raises TableError."""
    if not path.exists():
        return []
    try:
        content = read_json_text(path.read_text(encoding="utf-8"))
        return [_edit(item) for item in content["edits"]]
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise TableError(f"{path}: is no log of edits that can be read ({reason})") from error


def _edit(item: dict[str, Any]) -> Edit:
    """Raises ValueError, KeyError, TypeError and OverflowError for what is no edit."""
    kind = item["kind"]
    people = _PEOPLE.get(kind) if isinstance(kind, str) else None
    if people is None:
        raise ValueError(f"{str(kind)[:40]!r} is no kind of edit")
    ids = tuple(_whole(track_id) for track_id in item["ids"])
    if len(ids) != people:
        raise ValueError(f"{kind} is about {people} people, not {len(ids)}")
    anchors = tuple(_anchor(anchor) for anchor in item["anchors"])
    return Edit(kind, ids, _whole(item["frame"]), str(item["name"]), anchors)


def _anchor(item: dict[str, Any]) -> Anchor:
    x1, y1, x2, y2 = (float(value) for value in item["box"])
    if not np.isfinite((x1, y1, x2, y2)).all():
        raise ValueError("a box holds something that is no number")
    return Anchor(_whole(item["frame"]), (x1, y1, x2, y2))


def _whole(value: Any) -> int:
    number = int(value)
    if not 0 <= number < _MOST:
        raise ValueError(f"{str(value)[:40]} is no id and no frame")
    return number


def _at(tracks: Tracks, anchor: Anchor) -> int | None:
    if len(tracks) == 0:
        return None
    overlap = box_iou(np.array([anchor.box], np.float32), tracks.poses.boxes)[0]
    best = int(overlap.argmax())
    return int(tracks.ids[best]) if overlap[best] >= LEAST_OVERLAP else None
