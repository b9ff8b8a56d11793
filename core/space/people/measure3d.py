"""Measurements of skeletons in space, by the names and conventions of those in a picture.

A person is looked at from their own right side: x forwards, y up, in the plane through which they
face. There hips, shoulders, trunk and segments have their signed angles. Knees and elbows bend
in planes of their own: theirs are the angles in space, 0 straight, positive flexion.
"""

import numpy as np

from core.skeleton import COCO_17, Skeleton
from core.space.camera import Array
from core.space.tracks3d import Tracks3D
from core.tracks.measure.angles import joint_angles, segment_angles
from core.tracks.measure.measures import (
    Measures,
    MeasureSettings,
    angle_columns,
    keypoint_columns,
    measures_of,
)
from core.tracks.motion import Flag, Motion

_NARROW_M = 0.1  # hips and shoulders, added up as seen from above, that show no direction
_SEGMENTS = {
    "shank": ("ankle", "knee"),
    "thigh": ("knee", "hip"),
    "arm": ("elbow", "shoulder"),
    "forearm": ("wrist", "elbow"),
}
_IN_SPACE = {"knee": ("hip", "knee", "ankle"), "elbow": ("shoulder", "elbow", "wrist")}
NOTE = (
    "angles of the plane in which the person faces, seen from their right side, in degrees; knees "
    "and elbows: angles in space, unsigned"
)


def measure_in_space(tracks: Tracks3D, settings: MeasureSettings | None = None) -> list[Measures]:
    """Angles, rates, lengths, steps and repetitions of every person, in metres.

    Points should be smooth already. Raises ValueError for a keypoint or an angle that does not
    exist.
    """
    settings = settings or MeasureSettings()
    return [_person(tracks[tracks.ids == person], settings, COCO_17) for person in tracks.people]


def side_view(points: Array, skeleton: Skeleton) -> Array:
    """(T, K, 2) m of points (T, K, 3): forwards from the middle of the hips, and height.

    Forwards is square to hips and shoulders as seen from above. NaN where they show no direction.
    """
    at = {name: points[:, index] for index, name in enumerate(skeleton.names)}
    left = at["left_hip"] - at["right_hip"] + at["left_shoulder"] - at["right_shoulder"]
    ahead = np.stack([left[:, 1], -left[:, 0]], axis=1)
    width = np.linalg.norm(ahead, axis=1, keepdims=True)
    ahead = np.where(width > _NARROW_M, ahead / np.maximum(width, 1e-9), np.nan)
    hips = (at["left_hip"] + at["right_hip"]) / 2
    forwards = ((points - hips[:, None])[..., :2] * ahead[:, None]).sum(axis=2)
    return np.stack([forwards, points[..., 2]], axis=2)


def _person(tracks: Tracks3D, settings: MeasureSettings, skeleton: Skeleton) -> Measures:
    times_s, points = tracks.times_s, tracks.points
    side = side_view(points, skeleton)
    joints = joint_angles(side, times_s, 1, skeleton)
    joints |= _in_space(points, skeleton)
    segments = segment_angles(side, times_s, skeleton)
    for name in ("pelvis", "shoulders"):  # they point at the one who looks from the side
        segments.pop(name, None)
    columns = angle_columns(joints, segments, times_s) | _lengths(points, skeleton)
    columns |= keypoint_columns(points, times_s, settings, "m", skeleton)
    return measures_of(_motion(tracks), 1, "m", columns, joints, side, settings)


def _in_space(points: Array, skeleton: Skeleton) -> dict[str, Array]:
    """Flexion in degrees of the joints that bend one way."""
    found = {}
    for side in ("left", "right"):
        for name, chain in _IN_SPACE.items():
            upper, middle, lower = (
                points[:, skeleton.names.index(f"{side}_{joint}")] for joint in chain
            )
            one, other = middle - upper, lower - middle
            across = np.linalg.norm(np.cross(one, other), axis=1)
            along = (one * other).sum(axis=1)
            bent = np.rad2deg(np.arctan2(across, along))
            found[f"{side}_{name}"] = np.where((across == 0) & (along == 0), np.nan, bent)
    return found


def _lengths(points: Array, skeleton: Skeleton) -> dict[str, Array]:
    return {
        f"{side}_{name}_length_m": np.linalg.norm(
            points[:, skeleton.names.index(f"{side}_{lower}")]
            - points[:, skeleton.names.index(f"{side}_{upper}")],
            axis=1,
        )
        for side in ("left", "right")
        for name, (lower, upper) in _SEGMENTS.items()
    }


def _motion(tracks: Tracks3D) -> Motion:
    """The person's points, three coordinates each; what no camera made is marked as filled."""
    known = np.isfinite(tracks.points).all(axis=2)
    filled = np.where(known & (tracks.cameras == 0), Flag.FILLED, Flag.MEASURED)
    flags = np.where(known, filled, Flag.MISSING).astype(np.uint8)
    count, scores = len(tracks), known * np.ones(1)
    return Motion(
        track_id=int(tracks.ids[0]),
        frames=tracks.frames,
        times_s=tracks.times_s,
        scores=np.ones(count),
        boxes=np.full((count, 4), np.nan),
        raw=tracks.points,
        raw_scores=scores,
        keypoints=tracks.points,
        keypoint_scores=scores,
        flags=flags,
    )
