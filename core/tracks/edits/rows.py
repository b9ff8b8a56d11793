"""What the edits of a log make of the rows of a whole clip, without reading any pose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.tracks.edits.frame import blended_box, share_of
from core.tracks.edits.log import POSE_KINDS, Box, Edit
from core.tracks.edits.people import change_ids
from core.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PeopleRows:
    """R rows, one a frame and person, ordered by frame."""

    frames: NDArray[np.int64]  # (R,)
    ids: NDArray[np.int64]  # (R,)
    scores: FloatArray  # (R,)
    boxes: FloatArray  # (R, 4) px
    corrected: NDArray[np.bool_]  # (R,) whether any keypoint was corrected

    @staticmethod
    def of(
        frames: NDArray[np.integer],
        ids: NDArray[np.int64],
        scores: FloatArray,
        boxes: FloatArray,
    ) -> "PeopleRows":
        """Rows before any edit, as far as all columns reach: a thread may be adding to them."""
        count = min(len(frames), len(ids), len(scores), len(boxes))
        return PeopleRows(
            frames[:count].astype(np.int64),
            ids[:count].copy(),
            scores[:count],
            boxes[:count].copy(),
            np.zeros(count, np.bool_),
        )

    def where(self, track_id: int, frame: int | None = None) -> NDArray[np.intp]:
        """The rows of a person, in one frame or in all."""
        if frame is None:
            return np.flatnonzero(self.ids == track_id)
        start, stop = np.searchsorted(self.frames, (frame, frame + 1)).tolist()
        found: NDArray[np.intp] = start + np.flatnonzero(self.ids[start:stop] == track_id)
        return found


def edited_rows(edits: Sequence[Edit], rows: PeopleRows) -> PeopleRows:
    """The rows after all edits."""
    # Only what is written to is copied: a long clip has millions of rows.
    moves_ids = any(edit.kind not in POSE_KINDS for edit in edits)
    moves_boxes = any(edit.poses and edit.poses[0].box for edit in edits)
    rows = replace(
        rows,
        ids=rows.ids.copy() if moves_ids else rows.ids,
        boxes=rows.boxes.copy() if moves_boxes else rows.boxes,
        corrected=rows.corrected.copy(),
    )
    for edit in edits:
        if edit.kind not in POSE_KINDS:
            change_ids(edit, rows.frames, rows.ids)
        else:
            rows = _corrected(rows, edit)
    return rows


def _corrected(rows: PeopleRows, edit: Edit) -> PeopleRows:
    track_id = edit.ids[0]
    if edit.kind in ("between", "sides"):
        is_between = edit.kind == "between"
        first = edit.frame + 1 if is_between else edit.frame
        end = edit.last if is_between or edit.last is None else edit.last + 1
        mine = (rows.ids == track_id) & (rows.frames >= first)
        if end is not None:
            mine &= rows.frames < end
        rows.corrected[mine] = True
        if edit.kind == "sides" or end is None:
            return rows
        missing = np.setdiff1d(np.arange(first, end), rows.frames[mine]).tolist()
        boxes = [(number, blended_box(edit, share_of(edit, number))) for number in missing]
        return _with(rows, track_id, [(number, box) for number, box in boxes if box])
    here = rows.where(track_id, edit.frame)
    if edit.kind == "remove":
        return _taken(rows, np.delete(np.arange(len(rows.ids)), here))
    box = edit.poses[0].box
    if not len(here) and edit.kind == "add" and box is not None:
        return _with(rows, track_id, [(edit.frame, box)])
    rows.corrected[here] = True
    if box is not None:
        rows.boxes[here] = box
    return rows


def _with(rows: PeopleRows, track_id: int, places: list[tuple[int, Box]]) -> PeopleRows:
    if not places:
        return rows
    count = len(places)
    longer = PeopleRows(
        np.append(rows.frames, [number for number, _ in places]).astype(np.int64),
        np.append(rows.ids, np.full(count, track_id)).astype(np.int64),
        np.append(rows.scores, np.ones(count)).astype(np.float32),
        np.vstack([rows.boxes, np.array([box for _, box in places], np.float32)]),
        np.append(rows.corrected, np.ones(count, np.bool_)),
    )
    return _taken(longer, np.argsort(longer.frames, kind="stable"))


def _taken(rows: PeopleRows, chosen: NDArray[np.intp]) -> PeopleRows:
    return PeopleRows(
        rows.frames[chosen],
        rows.ids[chosen],
        rows.scores[chosen],
        rows.boxes[chosen],
        rows.corrected[chosen],
    )
