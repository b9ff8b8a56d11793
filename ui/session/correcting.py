"""Corrections of keypoints in the clip that is open, for the frame on the screen."""

from collections.abc import Callable

import numpy as np

from core.skeleton import Skeleton
from core.tracks.edits.log import ABSENT, Box, Edit, EditError
from core.tracks.edits.make import (
    added_in,
    between,
    copied,
    limb_of,
    moved,
    next_state,
    placed_of,
    removed,
    row_of,
    scored,
    shifted,
    with_other_sides,
)
from core.types import Tracks, skeleton_of_tracks
from ui.session.clip_analysis import Knowledge
from ui.session.editing import Editing

_NOBODY = "Select a person first."
_NO_JOINT = "Choose a keypoint first: click it, or step through them with . and ,"


class Correcting:
    """Makes edits of the selected person's keypoints; `joint` is the one chosen.

    `ask_box` lets a person be drawn.
    """

    def __init__(self, editing: Editing, ask_box: Callable[[], None]) -> None:
        self._editing = editing
        self._ask_box = ask_box
        self.joint: int | None = None
        self._run: tuple[tuple[int, int, int | None], Edit, tuple[float, float]] | None = None

    @property
    def person(self) -> int | None:
        """Whose keypoints can be corrected: the selected person's, while the clip stands still."""
        session = self._editing.session
        still = session is not None and not session.playing
        return self._editing.selected if still else None

    def choose(self, joint: int | None) -> None:
        """Choose a keypoint, or none."""
        self.joint = joint
        self._editing.notify()

    def step(self, by: int) -> None:
        """The next keypoint, or with -1 the one before; after the last comes the first."""
        count = self._tracks().poses.keypoint_scores.shape[1]
        start = -1 if by > 0 else 0
        self.choose(((start if self.joint is None else self.joint) + by) % count)

    def next_person(self) -> None:
        """Select the next person of this frame."""
        ids = self._tracks().ids.tolist()
        if ids:
            later = [i for i in ids if self._editing.selected is None or i > self._editing.selected]
            self._editing.select(min(later or ids))

    def drag(self, joint: int, x: float, y: float) -> bool:
        """The keypoint is at a place (px). -> whether it is now"""
        self.joint = joint
        return self._make(
            lambda track_id, n: moved(self._tracks(), track_id, n, joint, (x, y), self._named)
        )

    def nudge(self, x: float, y: float, whole: bool = False) -> None:
        """The chosen keypoint, or the whole person, so many px further.

        Steps that follow each other are one edit.
        """
        person, number, joint = self.person, self._editing.number, None if whole else self.joint
        if person is None or (joint is None and not whole):
            self._editing.refuse(_NOBODY if person is None else _NO_JOINT)
            return
        log, by, key = self._editing.log, (x, y), (person, number, joint)
        if self._run is not None and self._run[0] == key and log.edits[-1:] == (self._run[1],):
            by = (x + self._run[2][0], y + self._run[2][1])
            log.undo()

        def edit(track_id: int, frame: int) -> Edit:
            tracks = self._tracks()
            if joint is None:
                return shifted(tracks, track_id, frame, by, self._named)
            at_x, at_y = _place(tracks, track_id, joint)
            place = at_x + by[0], at_y + by[1]
            return moved(tracks, track_id, frame, joint, place, self._named)

        if self._make(edit):
            self._run = (key, log.edits[-1], by)

    def toggle_hidden(self) -> None:
        """The chosen keypoint is hidden behind something, or seen."""

        def edit(track_id: int, number: int, joint: int) -> Edit:
            tracks = self._tracks()
            score = float(tracks.poses.keypoint_scores[row_of(tracks, track_id), joint])
            return scored(tracks, track_id, number, joint, next_state(score), self._named)

        self._of_joint(edit)

    def mark_absent(self) -> None:
        """The chosen keypoint is not in the picture."""
        self._of_joint(
            lambda person, n, joint: scored(self._tracks(), person, n, joint, ABSENT, self._named)
        )

    def swap_limb(self, on: bool) -> None:
        """The chosen keypoint's limb is that of the other side, here or from here on."""

        def edit(track_id: int, number: int, joint: int) -> Edit:
            names = self._names()
            limb = limb_of(names, names[joint])
            return with_other_sides(track_id, number, None if on else number, limb)

        self._of_joint(edit)

    def swap_body(self, on: bool) -> None:
        """Left is right, here or from here on."""
        names = self._names()
        self._make(lambda person, n: with_other_sides(person, n, None if on else n, names))

    def copy_before(self) -> None:
        """The pose of the frame before."""
        before = self._editing.number - 1

        def edit(track_id: int, number: int) -> Edit:
            source = self._tracks(before)
            if not (source.ids == track_id).any():
                raise EditError(f"person {track_id} is not in the frame before")
            return copied(self._tracks(), source, track_id, number, self._named)

        self._make(edit, before)

    def remove(self) -> None:
        """The person is not in this frame."""
        self._make(removed)

    def add(self) -> None:
        """The selected person with the pose of the nearest frame, or one who is drawn."""
        person, number = self.person, self._editing.number
        if person is None or (self._tracks().ids == person).any():
            self._ask_box()
            return
        frames = self._knowledge().frames_of(person)
        if not len(frames):
            self._editing.refuse(f"there is no person {person}")
            return
        nearest = int(frames[np.abs(frames - number).argmin()])
        self._make(
            lambda track_id, n: copied(
                self._tracks(), self._tracks(nearest), track_id, n, self._named
            ),
            nearest,
        )

    def add_in(self, box: Box) -> None:
        """A new person in a box (px) of this frame, who is selected then."""
        session, number = self._editing.session, self._editing.number
        if session is None:
            return
        new_id = session.knowledge.next_id()
        if self._editing.make(
            added_in(self._tracks(), new_id, number, box, self._named), (), number
        ):
            self.joint = None
            self._editing.select(new_id)

    def interpolate(self) -> None:
        """Straight ways between the corrected frames before and after this one."""

        def edit(track_id: int, number: int) -> Edit:
            placed = self._placed_frames(track_id)
            frames = sorted(placed)
            before = [frame for frame in frames if frame < number]
            after = [frame for frame in frames if frame > number]
            if number in frames:
                before, after = (before, [number]) if before else ([number], after)
            if not before or not after:
                side = "after" if before else "before"
                raise EditError(f"person {track_id} has no corrected frame {side} this one")
            first, last = before[-1], after[0]
            joints = placed[first] | placed[last]
            names = [name for name in self._names() if name in joints]
            ends = (first, self._tracks(first)), (last, self._tracks(last))
            return between(track_id, *ends, names, self._named)

        self._make(edit)

    def _placed_frames(self, track_id: int) -> dict[int, set[str]]:
        """The frames in which keypoints of a person were placed, and which."""
        rows = self._knowledge().rows()
        marked = set(rows.frames[(rows.ids == track_id) & rows.corrected].tolist())
        found: dict[int, set[str]] = {}
        for edit in self._editing.log.edits:
            if edit.kind in ("move", "add") and edit.ids[0] == track_id and edit.frame in marked:
                names = {joint.name for joint in edit.poses[0].joints}
                found.setdefault(edit.frame, set()).update(names)
        return found

    def _of_joint(self, make: Callable[[int, int, int], Edit]) -> None:
        joint = self.joint
        if joint is None:
            self._editing.refuse(_NOBODY if self.person is None else _NO_JOINT)
        else:
            self._make(lambda track_id, number: make(track_id, number, joint))

    def _make(self, make: Callable[[int, int], Edit], at: int | None = None) -> bool:
        """Make what a function gives for the person and the frame on the screen."""
        person, number = self.person, self._editing.number
        if person is None:
            self._editing.refuse(_NOBODY)
            return False
        try:
            edit = make(person, number)
        except EditError as error:
            self._editing.refuse(str(error))
            return False
        return self._editing.make(edit, (person,), edit.frame if at is None else at)

    def _knowledge(self) -> Knowledge:
        session = self._editing.session
        return Knowledge() if session is None else session.knowledge

    def _tracks(self, number: int | None = None) -> Tracks:
        return self._knowledge().tracks_at(self._editing.number if number is None else number)

    @property
    def _named(self) -> Skeleton | None:
        return self._knowledge().named

    def _names(self) -> tuple[str, ...]:
        return skeleton_of_tracks(self._tracks(), self._named).names


def _place(tracks: Tracks, track_id: int, joint: int) -> tuple[float, float]:
    """Where a keypoint is; in the middle of the person where nobody knows."""
    placed = placed_of(tracks, track_id)
    x, y = placed.joints[joint].x, placed.joints[joint].y
    if np.isfinite([x, y]).all() or placed.box is None:
        return x, y
    x1, y1, x2, y2 = placed.box
    return (x1 + x2) / 2, (y1 + y2) / 2
