"""Labels that somebody made of frames of a clip, as edits of its people."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.geometry import box_iou
from core.skeleton import COCO_17, usual_names
from core.tracks.edits.frame import edited_tracks
from core.tracks.edits.log import ABSENT, HIDDEN, SEEN, Anchor, Box, Edit, Joint, Placed
from core.tracks.edits.make import near, removed
from core.tracks.improve.truth import FrameTruth
from core.types import Tracks

_SAME = 0.3  # overlap of a label's box with the person whom it is of
_SCORES = {0: ABSENT, 1: HIDDEN, 2: SEEN}  # by COCO's flags


def imported_edits(
    truths: Mapping[int, FrameTruth],
    tracks_at: Callable[[int], Tracks],
    before: Sequence[Edit],
    next_id: int,
) -> list[Edit]:
    """What makes the people of some frames those of the labels.

    `tracks_at(frame)` gives a frame's people before any edit, `before` are those made already, and
    new people are numbered from `next_id`. Keypoints of which the labels say nothing stay as they
    are. Whoever is in a frame and not in its labels is removed from it.
    """
    edits: list[Edit] = []
    for frame, truth in sorted(truths.items()):
        tracks = edited_tracks(before, frame, tracks_at(frame))
        owners = _owners(truth, tracks)
        for row in range(len(truth)):
            placed = _placed(truth, row)
            owner = owners.get(row)
            if owner is None:
                others = near(tracks, placed.box)
                edits.append(Edit("add", (next_id,), frame, poses=(placed,), others=others))
                next_id += 1
            else:
                anchor = _anchor(tracks, owner, frame)
                edits.append(
                    Edit("move", (int(tracks.ids[owner]),), frame, "", (anchor,), (placed,))
                )
        for row in set(range(len(tracks))) - set(owners.values()):
            gone = removed(int(tracks.ids[row]), frame)
            edits.append(Edit(gone.kind, gone.ids, frame, "", (_anchor(tracks, row, frame),)))
    return edits


def _owners(truth: FrameTruth, tracks: Tracks) -> dict[int, int]:
    """Which row of the tracks each label is of: the most overlap first."""
    overlap = box_iou(truth.boxes, tracks.poses.boxes)
    owners: dict[int, int] = {}
    while overlap.size and overlap.max() >= _SAME:
        row, owner = (int(value) for value in np.unravel_index(overlap.argmax(), overlap.shape))
        owners[row] = owner
        overlap[row], overlap[:, owner] = 0, 0
    return owners


def _placed(truth: FrameTruth, row: int) -> Placed:
    joints = tuple(
        Joint(name, round(float(x), 2), round(float(y), 2), _SCORES[int(flag)])
        for name, (x, y), flag in zip(
            usual_names(len(COCO_17)), truth.keypoints[row], truth.flags[row], strict=True
        )
        if int(flag) in _SCORES
    )
    x1, y1, x2, y2 = (round(float(value), 2) for value in truth.boxes[row])
    return Placed(joints, (x1, y1, x2, y2))


def _anchor(tracks: Tracks, row: int, frame: int) -> Anchor:
    x1, y1, x2, y2 = (float(value) for value in tracks.poses.boxes[row])
    box: Box = (x1, y1, x2, y2)
    return Anchor(frame, box)
