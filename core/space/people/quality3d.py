"""How far a reconstruction can be trusted: in millimetres, pixels, and the lengths of bodies."""

from typing import Any

import numpy as np

from core.skeleton import Skeleton
from core.space.camera import Array
from core.space.tracks3d import Tracks3D
from core.space.world import LEG_OF_HEIGHT, known_median

_BONES = (
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
)


def quality(tracks: Tracks3D, skeleton: Skeleton) -> dict[str, Any]:
    """Figures of a reconstruction: joints' deviations, cameras' residuals, people and floor."""
    return {
        "joint_sd_mm": {
            name: _rounded(1000 * known_median(tracks.deviations[:, joint]))
            for joint, name in enumerate(skeleton.names)
        },
        "cameras": {
            name: {
                "reprojection_px": _rounded(known_median(tracks.reprojection_px[:, camera])),
                "share_of_rows": round(float((tracks.track_ids[:, camera] >= 0).mean()), 3),
            }
            for camera, name in enumerate(tracks.camera_names)
        },
        "floor_m": _rounded(_floor(tracks, skeleton), 3),
        "people": [_person(tracks, int(person), skeleton) for person in tracks.people],
    }


def bone_lengths(points: Array, skeleton: Skeleton) -> dict[str, tuple[float, float]]:
    """Median length and standard deviation in m of each long bone, from points (R, K, 3)."""
    found = {}
    for one, other in _BONES:
        if one in skeleton.names and other in skeleton.names:
            ends = points[:, [skeleton.names.index(one), skeleton.names.index(other)]]
            lengths = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
            known = lengths[np.isfinite(lengths)]
            if len(known):
                found[f"{one}-{other}"] = (float(np.median(known)), float(known.std()))
    return found


def _person(tracks: Tracks3D, person: int, skeleton: Skeleton) -> dict[str, Any]:
    own = tracks[tracks.ids == person]
    bones = bone_lengths(own.points, skeleton)
    legs = [
        bones[f"{side}_hip-{side}_knee"][0] + bones[f"{side}_knee-{side}_ankle"][0]
        for side in ("left", "right")
        if {f"{side}_hip-{side}_knee", f"{side}_knee-{side}_ankle"} <= set(bones)
    ]
    return {
        "track_id": person,
        "start_s": round(float(own.times_s[0]), 3),
        "end_s": round(float(own.times_s[-1]), 3),
        "rows": len(own),
        "height_by_legs_m": _rounded(float(np.mean(legs)) / LEG_OF_HEIGHT, 3) if legs else None,
        "bones_m": {
            name: {"length": round(length, 4), "sd": round(spread, 4)}
            for name, (length, spread) in bones.items()
        },
    }


def _floor(tracks: Tracks3D, skeleton: Skeleton) -> float:
    """The height of low ankles: 0.05 to 0.1 m where the floor is at 0."""
    ankles = [i for i, name in enumerate(skeleton.names) if name.endswith("_ankle")]
    heights = tracks.points[:, ankles, 2]
    known = heights[np.isfinite(heights)]
    return float(np.quantile(known, 0.05)) if len(known) else float("nan")


def _rounded(value: float, digits: int = 2) -> float | None:
    return round(value, digits) if np.isfinite(value) else None
