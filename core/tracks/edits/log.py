"""Corrections of a clip as an ordered log that can be undone.

An edit names people by id, and remembers where each of them was: after a re-run, in which ids may
differ, the edit finds the same people by their place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from core.errors import UserError

EditKind = Literal[
    "merge", "split", "swap", "name", "hide", "show", "move", "add", "remove", "sides", "between"
]
KINDS: tuple[str, ...] = get_args(EditKind)
POSE_KINDS: frozenset[str] = frozenset({"move", "add", "remove", "sides", "between"})

Box = tuple[float, float, float, float]  # x1, y1, x2, y2 px

SEEN, HIDDEN, ABSENT = 1.0, 0.5, 0.0  # scores of keypoints that a person placed


class EditError(UserError):
    """An edit that cannot be made."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a person was when the edit was made."""

    frame: int
    box: Box


@dataclass(frozen=True, slots=True)
class Joint:
    """A keypoint by its name, and where it is. A score of 0 means that it is not there."""

    name: str
    x: float  # px
    y: float  # px
    score: float = SEEN


@dataclass(frozen=True, slots=True)
class Placed:
    """A pose, or some keypoints of one. Without a box the person keeps theirs."""

    joints: tuple[Joint, ...]
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction. `ids` holds the people it is about, in the order given below.

    merge: the second becomes the first. split: the first gets the new second id from `frame` on.
    swap: both exchange their ids from `frame` on. name, hide, show: the first.

    The others are about the keypoints of the first. move: those of `poses[0]` are where it says,
    in `frame`. add: the person is in `frame` with the pose `poses[0]`. remove: is not in `frame`.
    sides: the keypoints `joints` are those of the other side, in the frames `frame` to `last`,
    or to the end without a last one. between: in the frames between `frame` with `poses[0]` and
    `last` with `poses[1]`, the keypoints `joints` are on straight ways from one to the other;
    where the person is missing, the whole pose is.
    """

    kind: EditKind
    ids: tuple[int, ...]
    frame: int = 0
    name: str = ""
    anchors: tuple[Anchor, ...] = ()
    poses: tuple[Placed, ...] = ()
    joints: tuple[str, ...] = ()
    last: int | None = None
    others: tuple[Box, ...] = ()  # who was near the person added

    def reaches(self, number: int) -> bool:
        """Whether an edit of keypoints is about a frame."""
        if self.kind == "between":
            return self.last is not None and self.frame < number < self.last
        if self.kind == "sides":
            return self.frame <= number and (self.last is None or number <= self.last)
        return self.kind in POSE_KINDS and self.frame == number


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
