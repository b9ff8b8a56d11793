"""Edits of keypoints, made of the people of a frame. Where they are in the clip is added later.

`named` is their skeleton where a network brought one.
"""

from collections.abc import Sequence

import numpy as np

from core.skeleton import Skeleton
from core.tracks.edits.frame import other_side
from core.tracks.edits.log import ABSENT, HIDDEN, SEEN, Box, Edit, EditError, Joint, Placed
from core.types import PoseBatch, Tracks, skeleton_of_tracks

# A person who stands, as shares of their box's width and height.
_STANDING = {
    "nose": (0.5, 0.08),
    "eye": (0.57, 0.06),
    "ear": (0.64, 0.07),
    "shoulder": (0.78, 0.2),
    "elbow": (0.9, 0.36),
    "wrist": (0.92, 0.5),
    "hip": (0.66, 0.52),
    "knee": (0.66, 0.74),
    "ankle": (0.66, 0.95),
    "head": (0.5, 0.0),
    "neck": (0.5, 0.17),
    "heel": (0.62, 0.97),
    "big_toe": (0.7, 0.99),
    "small_toe": (0.75, 0.98),
}


def row_of(tracks: Tracks, track_id: int) -> int:
    """The row of a person. Raises EditError where they are not in the frame."""
    rows = np.flatnonzero(tracks.ids == track_id)
    if not len(rows):
        raise EditError(f"person {track_id} is not in this frame")
    return int(rows[0])


def placed_of(tracks: Tracks, track_id: int, named: Skeleton | None = None) -> Placed:
    """The whole pose of a person as it is. Raises EditError where they are not in the frame."""
    poses, row = tracks.poses, row_of(tracks, track_id)
    joints = tuple(
        Joint(name, _px(x), _px(y), round(float(score), 4))
        for name, (x, y), score in zip(
            skeleton_of_tracks(tracks, named).names,
            poses.keypoints[row],
            poses.keypoint_scores[row],
            strict=True,
        )
    )
    return Placed(joints, _box(poses, row))


def moved(
    tracks: Tracks,
    track_id: int,
    frame: int,
    joint: int,
    place: tuple[float, float],
    named: Skeleton | None = None,
) -> Edit:
    """A keypoint is at another place (px), and is seen; one that is known to be hidden stays so.

    The box grows to hold it. Raises EditError.
    """
    row = row_of(tracks, track_id)
    x, y = _px(place[0]), _px(place[1])
    x1, y1, x2, y2 = _box(tracks.poses, row)
    grown: Box | None = (min(x1, x), min(y1, y), max(x2, x), max(y2, y))
    if grown == (x1, y1, x2, y2):
        grown = None
    name = skeleton_of_tracks(tracks, named).names[joint]
    hidden = float(tracks.poses.keypoint_scores[row, joint]) == HIDDEN
    return Edit(
        "move",
        (track_id,),
        frame,
        poses=(Placed((Joint(name, x, y, HIDDEN if hidden else SEEN),), grown),),
    )


def shifted(
    tracks: Tracks,
    track_id: int,
    frame: int,
    by: tuple[float, float],
    named: Skeleton | None = None,
) -> Edit:
    """The whole person is so many px further. Raises EditError."""
    old = placed_of(tracks, track_id, named)
    joints = tuple(
        Joint(joint.name, _px(joint.x + by[0]), _px(joint.y + by[1]), joint.score)
        for joint in old.joints
    )
    x1, y1, x2, y2 = _box(tracks.poses, row_of(tracks, track_id))
    box = (_px(x1 + by[0]), _px(y1 + by[1]), _px(x2 + by[0]), _px(y2 + by[1]))
    return Edit("move", (track_id,), frame, poses=(Placed(joints, box),))


def scored(
    tracks: Tracks,
    track_id: int,
    frame: int,
    joint: int,
    score: float,
    named: Skeleton | None = None,
) -> Edit:
    """A keypoint stays where it is, and is seen, hidden or absent. Raises EditError."""
    old = placed_of(tracks, track_id, named).joints[joint]
    return Edit(
        "move", (track_id,), frame, poses=(Placed((Joint(old.name, old.x, old.y, score),)),)
    )


def next_state(score: float) -> float:
    """Seen becomes hidden, and everything else becomes seen."""
    return HIDDEN if score > HIDDEN or ABSENT < score < HIDDEN else SEEN


def removed(track_id: int, frame: int) -> Edit:
    """A person is not in a frame."""
    return Edit("remove", (track_id,), frame)


def with_other_sides(track_id: int, first: int, last: int | None, joints: Sequence[str]) -> Edit:
    """Left and right of keypoints exchanged, from a frame to another one or to the end."""
    both = dict.fromkeys(name for joint in joints for name in (joint, other_side(joint)))
    pairs = tuple(name for name in both if other_side(name) != name)
    if not pairs:
        raise EditError(f"{' and '.join(joints)}: in the middle of the body there is no other side")
    return Edit("sides", (track_id,), first, joints=pairs, last=last)


def limb_of(names: Sequence[str], joint: str) -> tuple[str, ...]:
    """The keypoints of the arm, leg or face that one belongs to, on its side."""
    side = joint.split("_")[0]
    parts = (
        ("shoulder", "elbow", "wrist"),
        ("hip", "knee", "ankle", "heel", "big_toe", "small_toe"),
        ("eye", "ear"),
    )
    for part in parts:
        limb = tuple(f"{side}_{name}" for name in part if f"{side}_{name}" in names)
        if joint in limb:
            return limb
    return (joint,)


def copied(
    tracks: Tracks, source: Tracks, track_id: int, frame: int, named: Skeleton | None = None
) -> Edit:
    """The pose that a person has in another frame (`source`), in this one.

    Whoever is not in this frame is added. Raises EditError.
    """
    placed = placed_of(source, track_id, named)
    if (tracks.ids == track_id).any():
        return Edit("move", (track_id,), frame, poses=(placed,))
    return Edit("add", (track_id,), frame, poses=(placed,), others=near(tracks, placed.box))


def added_in(
    tracks: Tracks, new_id: int, frame: int, box: Box, named: Skeleton | None = None
) -> Edit:
    """A new person who stands in a box (px)."""
    names = skeleton_of_tracks(tracks, named).names
    x1, y1, x2, y2 = (_px(value) for value in box)
    joints = []
    for name in names:
        part = name.removeprefix("left_").removeprefix("right_")
        across, down = _STANDING.get(part, (0.5, 0.5))
        # People are seen from the front: their left is at the right of the picture.
        across = 1 - across if name.startswith("right_") else across
        joints.append(Joint(name, _px(x1 + across * (x2 - x1)), _px(y1 + down * (y2 - y1))))
    placed = Placed(tuple(joints), (x1, y1, x2, y2))
    return Edit("add", (new_id,), frame, poses=(placed,), others=near(tracks, placed.box))


def between(
    track_id: int,
    first: tuple[int, Tracks],
    last: tuple[int, Tracks],
    joints: Sequence[str],
    named: Skeleton | None = None,
) -> Edit:
    """Keypoints on straight ways from one frame to another; both are numbers with their people.

    Raises EditError.
    """
    if last[0] - first[0] < 2:
        raise EditError(f"there is no frame between {first[0]} and {last[0]}")
    poses = tuple(placed_of(tracks, track_id, named) for _, tracks in (first, last))
    return Edit("between", (track_id,), first[0], poses=poses, joints=tuple(joints), last=last[0])


def near(tracks: Tracks, box: Box | None) -> tuple[Box, ...]:
    """The boxes that meet a box."""
    if box is None:
        return ()
    boxes = [_box(tracks.poses, row) for row in range(len(tracks))]
    return tuple(
        other
        for other in boxes
        if other[0] < box[2] and box[0] < other[2] and other[1] < box[3] and box[1] < other[3]
    )


def _box(poses: PoseBatch, row: int) -> Box:
    x1, y1, x2, y2 = (_px(value) for value in poses.boxes[row])
    return x1, y1, x2, y2


def _px(value: float | np.floating) -> float:
    return round(float(value), 2)
