"""Skeletons in space as BVH, one a person: centimetres, y up, arms sideways at rest.

X, Y, Z are y, z, x of the world, as in TRC. The pelvis has a place every frame, all the rest turns,
so that each limb has one length, its median. Pelvis, shoulders and head are turned by two
directions that are seen; a limb takes the shortest arc from its rest to where it points, since how
far it is rolled about itself does not show.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

from core.part_file import write_whole
from core.skeleton import Skeleton
from core.space.camera import Array
from core.space.skeleton_files.markers import even_points
from core.space.tracks3d import Tracks3D
from core.tracks.formats.people import Clip

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

_CM = 100.0
_LEFT, _UP, _AHEAD = np.eye(3)
_RIGHT, _DOWN = -_LEFT, -_UP
_NOWHERE = 1e-6  # of a length, cm
_OPPOSITE = 1e-6  # of 1 + cosine: the arc may go any way round


@dataclass(frozen=True, slots=True, eq=False)
class _Joint:
    """A joint lies `share` of the distance from `start` to `end` away from its parent, at rest in
    the direction `rest`; one without children is the end of its parent's limb."""

    name: str
    parent: str
    rest: Array  # (3,)
    start: str
    end: str
    share: float = 1.0


# The spine begins where the pelvis is and the neck where the shoulders are, as in CMU's files.
_JOINTS = (
    _Joint("Hips", "", _UP, "hips", "hips"),
    _Joint("LeftUpLeg", "Hips", _LEFT, "right_hip", "left_hip", 0.5),
    _Joint("LeftLeg", "LeftUpLeg", _DOWN, "left_hip", "left_knee"),
    _Joint("LeftFoot", "LeftLeg", _DOWN, "left_knee", "left_ankle"),
    _Joint("RightUpLeg", "Hips", _RIGHT, "left_hip", "right_hip", 0.5),
    _Joint("RightLeg", "RightUpLeg", _DOWN, "right_hip", "right_knee"),
    _Joint("RightFoot", "RightLeg", _DOWN, "right_knee", "right_ankle"),
    _Joint("Spine", "Hips", _UP, "hips", "hips"),
    _Joint("Chest", "Spine", _UP, "hips", "shoulders"),
    _Joint("LeftArm", "Chest", _LEFT, "right_shoulder", "left_shoulder", 0.5),
    _Joint("LeftForeArm", "LeftArm", _LEFT, "left_shoulder", "left_elbow"),
    _Joint("LeftHand", "LeftForeArm", _LEFT, "left_elbow", "left_wrist"),
    _Joint("RightArm", "Chest", _RIGHT, "left_shoulder", "right_shoulder", 0.5),
    _Joint("RightForeArm", "RightArm", _RIGHT, "right_shoulder", "right_elbow"),
    _Joint("RightHand", "RightForeArm", _RIGHT, "right_elbow", "right_wrist"),
    _Joint("Neck", "Chest", _UP, "shoulders", "shoulders"),
    _Joint("Head", "Neck", _UP, "shoulders", "ears"),
    _Joint("Nose", "Head", _AHEAD, "ears", "nose"),
)
# Turned by two directions: from one place to another along x, and along y or z as far as it may.
_FRAMES = {
    "Hips": (("right_hip", "left_hip"), ("hips", "shoulders"), 1),
    "Chest": (("right_shoulder", "left_shoulder"), ("hips", "shoulders"), 1),
    "Head": (("right_ear", "left_ear"), ("ears", "nose"), 2),
}


def write_bvh(folder: Path, tracks: Tracks3D, clip: Clip) -> list[Path]:
    """`NAME_person01.bvh`, ..., from a person's first to last common time. Raises OutputError.

    What is not seen for a while turns evenly from what was seen before to what is seen after.
    """
    paths = []
    for person in tracks.people.tolist():
        _, times_s, points, _ = even_points(tracks, person)
        places = _places(points, clip.skeleton)
        step_s = float(np.diff(times_s).mean()) if len(times_s) > 1 else 1 / 30
        lines = [
            "HIERARCHY",
            *_hierarchy(_JOINTS[0], _lengths_cm(places), 0),
            "MOTION",
            f"Frames: {len(times_s)}",
            f"Frame Time: {step_s:.7f}",
            *(" ".join(f"{value:.5f}" for value in row) for row in _motion(places).tolist()),
        ]
        paths.append(folder / f"{clip.name}_person{person:02d}.bvh")
        write_whole(paths[-1], "\n".join(lines) + "\n")
    return paths


def _places(points: Array, skeleton: Skeleton) -> dict[str, Array]:
    """(F, 3) cm in the file's axes of each keypoint, and of the middles of three pairs."""
    turned = _CM * points[..., [1, 2, 0]]
    places = {name: turned[:, index] for index, name in enumerate(skeleton.names)}
    for part in ("hip", "shoulder", "ear"):
        places[f"{part}s"] = (places[f"left_{part}"] + places[f"right_{part}"]) / 2
    return places


def _lengths_cm(places: dict[str, Array]) -> dict[str, float]:
    """How far each joint is from its parent; 0 where that was never seen."""
    lengths = {}
    for joint in _JOINTS:
        apart = np.linalg.norm(places[joint.end] - places[joint.start], axis=1)
        known = apart[np.isfinite(apart)]
        lengths[joint.name] = joint.share * float(np.median(known)) if len(known) else 0.0
    return lengths


def _children(joint: _Joint) -> list[_Joint]:
    return [other for other in _JOINTS if other.parent == joint.name]


def _hierarchy(joint: _Joint, lengths_cm: dict[str, float], depth: int) -> Iterator[str]:
    """The lines of a joint and all below it."""
    children, indent = _children(joint), "\t" * depth
    kind = "JOINT" if joint.parent else "ROOT"
    places = "6 Xposition Yposition Zposition" if kind == "ROOT" else "3"
    offset = " ".join(f"{value:.4f}" for value in lengths_cm[joint.name] * joint.rest)
    yield indent + (f"{kind} {joint.name}" if children else "End Site")
    yield f"{indent}{{"
    yield f"{indent}\tOFFSET {offset}"
    if children:
        yield f"{indent}\tCHANNELS {places} Zrotation Xrotation Yrotation"
    for child in children:
        yield from _hierarchy(child, lengths_cm, depth + 1)
    yield f"{indent}}}"


def _motion(places: dict[str, Array]) -> Array:
    """(F, 3 + 3 J) the pelvis in cm, then degrees about z, x and y of each joint with children."""
    columns = [np.stack([_filled(axis) for axis in places["hips"].T], axis=1)]
    worlds = {"": scipy.spatial.transform.Rotation.identity(len(columns[0]))}
    for joint in _JOINTS:
        if not _children(joint):
            continue
        above = worlds[joint.parent]
        turns = _turns(joint, places, above)
        worlds[joint.name] = above * turns
        columns.append(np.unwrap(_degrees(turns), period=360, axis=0))
    return np.concatenate(columns, axis=1)


def _turns(joint: _Joint, places: dict[str, Array], above: "Rotation") -> "Rotation":
    """(F,) how a joint is turned against its parent, whose turn in the world is `above`."""
    if joint.name in _FRAMES:
        (start, end), (foot, tip), axis = _FRAMES[joint.name]
        across, along = places[end] - places[start], places[tip] - places[foot]
        x = _unit(across)
        other = _unit(along - (along * x).sum(axis=1, keepdims=True) * x)
        third = np.cross(x, other)
        frame = np.stack([x, other, third] if axis == 1 else [x, -third, other], axis=2)
        known = np.asarray(np.isfinite(frame).all(axis=(1, 2)))
        return _between(
            above[known].inv() * scipy.spatial.transform.Rotation.from_matrix(frame[known]), known
        )
    child = _children(joint)[0]
    way = _unit(places[child.end] - places[child.start])
    known = np.asarray(np.isfinite(way).all(axis=1))
    return _between(_arcs(child.rest, above[known].inv().apply(way[known])), known)


def _arcs(rest: Array, ways: Array) -> "Rotation":
    """The shortest turns from one direction (3,) to others (N, 3)."""
    cosine = ways @ rest
    axis = np.cross(rest, ways)
    axis[1 + cosine < _OPPOSITE] = rest[[2, 0, 1]]  # square to an axis of the file
    return scipy.spatial.transform.Rotation.from_quat(np.column_stack([axis, 1 + cosine]))


def _between(turns: "Rotation", known: NDArray[np.bool_]) -> "Rotation":
    """Turns of the known frames, spread over all frames (F,)."""
    at = np.flatnonzero(known)
    if len(at) == 0:
        return scipy.spatial.transform.Rotation.identity(len(known))
    wanted = np.clip(np.arange(len(known)), at[0], at[-1])
    if len(at) == 1:
        return turns[np.zeros(len(known), np.intp)]
    return scipy.spatial.transform.Slerp(at, turns)(wanted)


def _filled(values: Array) -> Array:
    known = np.isfinite(values)
    if not known.any():
        return np.zeros(len(values))
    return np.interp(np.arange(len(values)), np.flatnonzero(known), values[known])


def _degrees(turns: "Rotation") -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of an axis that may be split either way
        return np.asarray(turns.as_euler("ZXY", degrees=True), np.float64)


def _unit(ways: Array) -> Array:
    """(N, 3) directions; NaN where there is none."""
    length = np.linalg.norm(ways, axis=1, keepdims=True)
    return ways / np.where(length > _NOWHERE, length, np.nan)
