"""Joint and segment angles in the picture's plane, with their conventions stated.

Points are (T, K, 2) with x to the right and y UP, in any unit: `y_up` turns pixels over. Angles
are degrees. They are those of the picture: a limb that points at the camera shows less than it
bends.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton
from core.tracks.clean.segments import gapless
from core.tracks.motion import Series

Joints = tuple[str, ...]  # the middle of these keypoints
Line = tuple[Joints, Joints]  # from here to there

SHOULDERS: Joints = ("left_shoulder", "right_shoulder")
HIPS: Joints = ("left_hip", "right_hip")
SIDEWAYS = 0.12  # nose ahead of the ears by this share of the trunk's length: seen from the side
MOSTLY = 0.7  # share of the frames that must agree on a side


@dataclass(frozen=True, slots=True)
class JointAngle:
    """Turn from one body segment to the next: offset + sign * facing * (moving - still)."""

    name: str
    still: Line
    moving: Line
    sign: int
    offset_deg: float
    convention: str


@dataclass(frozen=True, slots=True)
class SegmentAngle:
    """Direction of a body segment, anticlockwise from the picture's horizontal."""

    name: str
    line: Line
    convention: str


def _of_side(side: str) -> tuple[JointAngle, ...]:
    def at(joint: str) -> Joints:
        return (f"{side}_{joint}",)

    trunk_down = (SHOULDERS, HIPS)
    return (
        JointAngle(
            f"{side}_ankle",
            (at("knee"), at("ankle")),
            (at("heel"), at("big_toe")),
            1,
            -90.0,
            "0 foot square to the shank, positive dorsiflexion, -90 foot in line with the shank",
        ),
        JointAngle(
            f"{side}_knee",
            (at("hip"), at("knee")),
            (at("knee"), at("ankle")),
            -1,
            0.0,
            "0 straight, positive flexion, negative overextension",
        ),
        JointAngle(
            f"{side}_hip",
            trunk_down,
            (at("hip"), at("knee")),
            1,
            0.0,
            "0 thigh in line with the trunk, positive flexion, negative extension",
        ),
        JointAngle(
            f"{side}_shoulder",
            trunk_down,
            (at("shoulder"), at("elbow")),
            1,
            0.0,
            "0 arm along the trunk, positive flexion, 180 arm raised in line with the trunk",
        ),
        JointAngle(
            f"{side}_elbow",
            (at("shoulder"), at("elbow")),
            (at("elbow"), at("wrist")),
            1,
            0.0,
            "0 straight, positive flexion",
        ),
    )


def _segments_of_side(side: str) -> tuple[SegmentAngle, ...]:
    def segment(name: str, lower: str, upper: str) -> SegmentAngle:
        line = ((f"{side}_{lower}",), (f"{side}_{upper}",))
        return SegmentAngle(f"{side}_{name}", line, f"{lower} to {upper}, 90 upright")

    foot = SegmentAngle(
        f"{side}_foot", ((f"{side}_heel",), (f"{side}_big_toe",)), "heel to big toe"
    )
    return (
        foot,
        segment("shank", "ankle", "knee"),
        segment("thigh", "knee", "hip"),
        segment("arm", "elbow", "shoulder"),
        segment("forearm", "wrist", "elbow"),
    )


JOINT_ANGLES = (*_of_side("left"), *_of_side("right"))
SEGMENT_ANGLES = (
    *_segments_of_side("left"),
    *_segments_of_side("right"),
    SegmentAngle(
        "pelvis", (("right_hip",), ("left_hip",)), "right hip to left hip, 0 level towards camera"
    ),
    SegmentAngle("trunk", (HIPS, SHOULDERS), "middle of hips to middle of shoulders, 90 upright"),
    SegmentAngle(
        "shoulders",
        (("right_shoulder",), ("left_shoulder",)),
        "right shoulder to left shoulder, 0 level towards camera",
    ),
    SegmentAngle(
        "head",
        (SHOULDERS, ("left_ear", "right_ear")),
        "middle of shoulders to middle of ears, 90 upright",
    ),
)
TRUNK_LEAN = "trunk_lean"
TRUNK_LEAN_CONVENTION = (
    "0 upright, positive forwards (towards the right of the picture for a person seen from the "
    "front or behind)"
)
FACING_CONVENTION = {
    1: "faces right; angles are signed",
    -1: "faces left; angles are signed and mirrored, so that flexion is positive as well",
    0: "is seen from the front or behind, or turns; joint angles are unsigned, 0 to 180",
}


def y_up(keypoints_px: Series) -> Series:
    """Pixels, y down, as points with y up."""
    return np.asarray(keypoints_px * np.array([1.0, -1.0]))


def facing_of(points: Series, skeleton: Skeleton) -> int:
    """1: faces the right of the picture, -1: the left, 0: neither for most of the time."""
    trunk = np.linalg.norm(
        _middle(points, SHOULDERS, skeleton) - _middle(points, HIPS, skeleton), axis=1
    )
    ears = points[:, [skeleton.names.index(name) for name in ("left_ear", "right_ear")]]
    known = np.isfinite(ears[..., 0])
    middle = np.where(known, ears[..., 0], 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    ahead = (points[:, skeleton.names.index("nose"), 0] - middle) / np.maximum(trunk, 1e-9)
    ahead = ahead[known.any(axis=1) & np.isfinite(ahead)]
    if len(ahead) == 0:
        return 0
    if np.mean(ahead > SIDEWAYS) >= MOSTLY:
        return 1
    return -1 if np.mean(ahead < -SIDEWAYS) >= MOSTLY else 0


def joint_angles(
    points: Series, times_s: Series, facing: int, skeleton: Skeleton
) -> dict[str, Series]:
    """Joint angles (T,) in degrees by name, with the trunk's lean; NaN where a point is missing.

    Angles whose keypoints the skeleton lacks are left out. See JOINT_ANGLES for conventions and
    FACING_CONVENTION for signs.
    """
    angles: dict[str, Series] = {}
    for joint in JOINT_ANGLES:
        if not _has(skeleton, joint.still, joint.moving):
            continue
        turn = _wrapped(
            _direction_deg(points, joint.moving, skeleton)
            - _direction_deg(points, joint.still, skeleton)
        )
        if facing == 0:
            turn = np.abs(turn)
            angles[joint.name] = joint.offset_deg + turn
        else:
            angles[joint.name] = joint.offset_deg + unwrapped(joint.sign * facing * turn, times_s)
    lean = _wrapped(90.0 - _direction_deg(points, (HIPS, SHOULDERS), skeleton))
    angles[TRUNK_LEAN] = unwrapped((facing or 1) * lean, times_s)
    return angles


def segment_angles(points: Series, times_s: Series, skeleton: Skeleton) -> dict[str, Series]:
    """Segment angles (T,) in degrees by name, see SEGMENT_ANGLES; NaN where a point is missing."""
    return {
        segment.name: unwrapped(_direction_deg(points, segment.line, skeleton), times_s)
        for segment in SEGMENT_ANGLES
        if _has(skeleton, segment.line)
    }


def unwrapped(angle_deg: Series, times_s: Series) -> Series:
    """Without jumps of 360 degrees within a gapless stretch; each one's median in (-180, 180]."""
    result = angle_deg.copy()
    for part in gapless(np.isfinite(angle_deg), times_s):
        turned = np.unwrap(angle_deg[part], period=360.0)
        middle = float(np.median(turned))
        result[part] = turned - 360.0 * np.ceil((middle - 180.0) / 360.0)
    return result


def _has(skeleton: Skeleton, *lines: Line) -> bool:
    names = (name for line in lines for end in line for name in end)
    return all(name in skeleton.names for name in names)


def _middle(points: Series, joints: Joints, skeleton: Skeleton) -> Series:
    at: NDArray[np.intp] = np.array([skeleton.names.index(name) for name in joints])
    return np.asarray(points[:, at].mean(axis=1))


def _direction_deg(points: Series, line: Line, skeleton: Skeleton) -> Series:
    """Direction of a line, anticlockwise from the horizontal; NaN for a line without length."""
    along = _middle(points, line[1], skeleton) - _middle(points, line[0], skeleton)
    direction = np.rad2deg(np.arctan2(along[:, 1], along[:, 0]))
    return np.where((along == 0).all(axis=1), np.nan, direction)


def _wrapped(angle_deg: Series) -> Series:
    """The same direction in (-180, 180]."""
    return 180.0 - np.mod(180.0 - angle_deg, 360.0)
