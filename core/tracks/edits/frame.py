"""What the edits of a log make of the people of one frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton
from core.tracks.edits.log import POSE_KINDS, Box, Edit, Placed
from core.tracks.edits.people import change_ids, hidden_in
from core.types import PoseBatch, Rows, Tracks, skeleton_of_tracks

ALL = "all"


@dataclass(frozen=True, slots=True, eq=False)
class EditedFrame:
    """The people of a frame, and which of their keypoints a person corrected."""

    tracks: Tracks
    corrected: NDArray[np.bool_]  # (N, K)

    def __getitem__(self, rows: Rows) -> "EditedFrame":
        return EditedFrame(self.tracks[rows], self.corrected[rows])

    def cells(self, names: Sequence[str]) -> list[str]:
        """For each person those of K names that were corrected, with spaces between; or `all`."""
        return [ALL if row.all() else " ".join(compress(names, row)) for row in self.corrected]


def corrects_keypoints(edits: Sequence[Edit]) -> bool:
    """Whether there is any edit of keypoints."""
    return any(edit.kind in POSE_KINDS for edit in edits)


def edited_frame(
    edits: Sequence[Edit], number: int, tracks: Tracks, named: Skeleton | None = None
) -> EditedFrame:
    """The people of one frame after all edits, by ascending id.

    `named` is their skeleton where a network brought one.
    """
    names = skeleton_of_tracks(tracks, named).names
    if not len(tracks):
        tracks = Tracks.empty(len(names))  # whoever is added has all of them
    frame = EditedFrame(
        Tracks(tracks.ids.copy(), tracks.poses, tracks.observed),
        np.zeros(tracks.poses.keypoint_scores.shape, np.bool_),
    )
    for edit in edits:
        if edit.kind not in POSE_KINDS:
            frames = np.full(len(frame.tracks), number, np.int64)
            change_ids(edit, frames, frame.tracks.ids)
        elif edit.reaches(number):
            frame = _corrected(frame, edit, number, names)
    return frame[np.argsort(frame.tracks.ids, kind="stable")]


def edited_tracks(
    edits: Sequence[Edit], number: int, tracks: Tracks, named: Skeleton | None = None
) -> Tracks:
    """As `edited_frame`, without what was corrected."""
    return edited_frame(edits, number, tracks, named).tracks


def shown_frame(
    edits: Sequence[Edit], number: int, tracks: Tracks, named: Skeleton | None = None
) -> EditedFrame:
    """As `edited_frame`, without the people who are hidden."""
    frame = edited_frame(edits, number, tracks, named)
    return frame[~np.isin(frame.tracks.ids, list(hidden_in(edits)))]


def share_of(edit: Edit, number: int) -> float:
    """How much of the way from `frame` to `last` a frame between them is."""
    last = edit.frame + 1 if edit.last is None else edit.last
    return (number - edit.frame) / (last - edit.frame)


def blended_box(edit: Edit, share: float) -> Box | None:
    """The box of a `between` edit so much of the way."""
    first, last = edit.poses[0].box, edit.poses[1].box
    if first is None or last is None:
        return None
    x1, y1, x2, y2 = (a + (b - a) * share for a, b in zip(first, last, strict=True))
    return x1, y1, x2, y2


def pose_of(placed: Placed, names: Sequence[str]) -> PoseBatch:
    """A placed pose as one person; of K names, those that it does not have are not there."""
    batch = PoseBatch(
        np.array([placed.box or (0, 0, 0, 0)], np.float32),
        np.ones(1, np.float32),
        np.zeros((1, len(names), 2), np.float32),
        np.zeros((1, len(names)), np.float32),
    )
    _place(batch, 0, placed, names)
    return batch


def _corrected(frame: EditedFrame, edit: Edit, number: int, names: Sequence[str]) -> EditedFrame:
    rows = np.flatnonzero(frame.tracks.ids == edit.ids[0])
    row = int(rows[0]) if len(rows) else None
    if edit.kind == "remove":
        return frame[frame.tracks.ids != edit.ids[0]]
    if edit.kind == "add":
        return _with(frame, row, edit.ids[0], edit.poses[0], names)
    if edit.kind == "between":
        return _between(frame, row, edit, number, names)
    if row is None:
        return frame
    if edit.kind == "move":
        return _with(frame, row, edit.ids[0], edit.poses[0], names)
    return _other_sides(frame, row, edit.joints, names)


def _with(
    frame: EditedFrame, row: int | None, track_id: int, placed: Placed, names: Sequence[str]
) -> EditedFrame:
    """With keypoints placed; whoever is not in the frame yet is added."""
    tracks, count = frame.tracks, frame.corrected.shape[1]
    if row is None:
        if placed.box is None:
            return frame
        poses = _joined(tracks.poses, pose_of(placed, names))
        ids = np.append(tracks.ids, np.int64(track_id))
        added = Tracks(ids, poses, np.append(tracks.observed, np.True_))
        return EditedFrame(added, np.vstack([frame.corrected, np.ones((1, count), np.bool_)]))
    poses = _joined(tracks.poses)
    corrected = frame.corrected.copy()
    corrected[row, _place(poses, row, placed, names)] = True
    return EditedFrame(Tracks(tracks.ids, poses, tracks.observed), corrected)


def _place(poses: PoseBatch, row: int, placed: Placed, names: Sequence[str]) -> list[int]:
    """Write joints and box into a row. -> the keypoints written; unknown names are passed over"""
    written = []
    for joint in placed.joints:
        if joint.name in names:
            at = names.index(joint.name)
            poses.keypoints[row, at] = joint.x, joint.y
            poses.keypoint_scores[row, at] = joint.score
            written.append(at)
    if placed.box is not None:
        poses.boxes[row] = placed.box
    return written


def _between(
    frame: EditedFrame, row: int | None, edit: Edit, number: int, names: Sequence[str]
) -> EditedFrame:
    count, share = frame.corrected.shape[1], share_of(edit, number)
    first, last = (pose_of(placed, names) for placed in edit.poses)
    keypoints = first.keypoints + (last.keypoints - first.keypoints) * np.float32(share)
    scores = np.minimum(first.keypoint_scores, last.keypoint_scores)
    box = blended_box(edit, share)
    if row is None:
        if box is None:
            return frame
        pose = PoseBatch(np.array([box], np.float32), first.scores, keypoints, scores)
        tracks = frame.tracks
        ids = np.append(tracks.ids, np.int64(edit.ids[0]))
        observed = np.append(tracks.observed, np.True_)
        return EditedFrame(
            Tracks(ids, _joined(tracks.poses, pose), observed),
            np.vstack([frame.corrected, np.ones((1, count), np.bool_)]),
        )
    poses = _joined(frame.tracks.poses)
    corrected = frame.corrected.copy()
    chosen = np.isin(names, edit.joints)
    poses.keypoints[row, chosen] = keypoints[0, chosen]
    poses.keypoint_scores[row, chosen] = scores[0, chosen]
    corrected[row, chosen] = True
    return EditedFrame(Tracks(frame.tracks.ids, poses, frame.tracks.observed), corrected)


def _other_sides(
    frame: EditedFrame, row: int, joints: Sequence[str], names: Sequence[str]
) -> EditedFrame:
    order = np.arange(len(names))
    for at, name in enumerate(names):
        if name in joints and other_side(name) in names:
            order[at] = names.index(other_side(name))
    poses = _joined(frame.tracks.poses)
    poses.keypoints[row] = poses.keypoints[row, order]
    poses.keypoint_scores[row] = poses.keypoint_scores[row, order]
    corrected = frame.corrected.copy()
    corrected[row] = corrected[row, order] | (order != np.arange(len(names)))
    return EditedFrame(Tracks(frame.tracks.ids, poses, frame.tracks.observed), corrected)


def other_side(name: str) -> str:
    """The keypoint on the other side of the body; the same for one in the middle."""
    if "left_" in name:
        return name.replace("left_", "right_", 1)
    return name.replace("right_", "left_", 1)


def _joined(*parts: PoseBatch) -> PoseBatch:
    """A copy of all people."""
    return PoseBatch(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("boxes", "scores", "keypoints", "keypoint_scores")
        )
    )
