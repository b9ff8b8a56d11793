"""The edits of one run in another: people are found by where they were."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.geometry import box_iou
from core.tracks.edits.frame import edited_tracks
from core.tracks.edits.log import Anchor, Box, Edit
from core.types import Tracks

LEAST_OVERLAP = 0.3  # of the remembered box with the person found there
SAME_PERSON = 0.5  # of the box of a person who was added with one that is found now


def found_again(
    made: Sequence[Edit], tracks_at: Callable[[int], Tracks], run_ids: NDArray[np.int64]
) -> list[Edit | None]:
    """Each edit with the ids of a new run; None for an edit whose people are not found.

    `tracks_at(frame)` gives the new run's people before any edit, `run_ids` all of its ids. A
    person who was added, and is found now, is the one who is found.
    """
    result: list[Edit | None] = []
    renamed: dict[int, int] = {}  # ids made by edits
    used = set(np.unique(run_ids).tolist())
    for edit in made:
        holding = [item for item in result if item is not None]

        def people(frame: int, holding: Sequence[Edit] = holding) -> Tracks:
            return edited_tracks(holding, frame, tracks_at(frame))

        known = 0 if edit.kind == "add" and not edit.anchors else len(edit.ids)
        known = 1 if edit.kind == "split" else known
        ids: list[int] = []
        for track_id, anchor in zip(edit.ids[:known], edit.anchors, strict=False):
            found = _at(people(anchor.frame), anchor)
            if found is not None:
                ids.append(found)
            elif track_id in renamed:
                ids.append(renamed[track_id])
        if edit.kind == "add":
            here = _added(people(edit.frame), edit)
            ids = ids if here is None else [here]
            known = 0 if here is not None else known
        if len(ids) < known or len(set(ids)) < len(ids):
            result.append(None)
            continue
        if len(ids) < len(edit.ids):
            wanted = edit.ids[-1]
            ids.append(wanted if wanted not in used else _free(used, made))
            renamed[wanted] = ids[-1]
            used.add(ids[-1])
        result.append(replace(edit, ids=tuple(ids)))
    return result


def _free(used: set[int], made: Sequence[Edit]) -> int:
    return max([0, *used, *(track_id for edit in made for track_id in edit.ids)]) + 1


def _at(tracks: Tracks, anchor: Anchor) -> int | None:
    if len(tracks) == 0:
        return None
    overlap = box_iou(np.array([anchor.box], np.float32), tracks.poses.boxes)[0]
    best = int(overlap.argmax())
    return int(tracks.ids[best]) if overlap[best] >= LEAST_OVERLAP else None


def _added(tracks: Tracks, edit: Edit) -> int | None:
    """Who is now found where a person was added, and is none of those who were near then."""
    box = edit.poses[0].box
    if box is None or len(tracks) == 0:
        return None
    overlap = _overlaps([box], tracks)[0]
    others = _overlaps(edit.others, tracks).max(axis=0, initial=0)
    overlap = np.where(overlap > others, overlap, 0)
    best = int(overlap.argmax())
    return int(tracks.ids[best]) if overlap[best] >= SAME_PERSON else None


def _overlaps(boxes: Sequence[Box], tracks: Tracks) -> NDArray[np.float32]:
    return box_iou(np.array(boxes, np.float32).reshape(-1, 4), tracks.poses.boxes)
