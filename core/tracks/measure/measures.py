"""Everything measured of one person, as columns with their units in the names."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton, check_body
from core.tracks.clean.recipe import Cleaned
from core.tracks.measure.angles import (
    FACING_CONVENTION,
    JOINT_ANGLES,
    SEGMENT_ANGLES,
    TRUNK_LEAN,
    TRUNK_LEAN_CONVENTION,
    facing_of,
    joint_angles,
    segment_angles,
    y_up,
)
from core.tracks.measure.gait import FootEvent, Step, cadence, foot_events, steps_of
from core.tracks.measure.motion_rates import angular_velocity, distance, speed
from core.tracks.measure.repetitions import Repetition, repetitions
from core.tracks.measure.scale import Scale
from core.tracks.measure.symmetry import Symmetry, symmetries
from core.tracks.motion import Flag, Motion, Series


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """What is measured beside the angles."""

    facing: int | None = None  # 1 right, -1 left, 0 neither; None: found from the face
    keypoints: tuple[str, ...] = ()  # whose speed and distance are wanted
    repetitions_of: str | None = None  # a joint angle, such as left_knee
    min_range_deg: float = 40.0
    min_duration_s: float = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Measurements of one person over T frames."""

    motion: Motion
    facing: int
    unit: str  # of lengths: px or m
    columns: dict[str, Series] = field(default_factory=dict)  # (T,) by name with unit
    events: tuple[FootEvent, ...] = ()
    steps: tuple[Step, ...] = ()
    repetitions: tuple[Repetition, ...] = ()
    symmetry: dict[str, Symmetry] = field(default_factory=dict)  # of ranges of motion, degrees
    cadence_per_min: float | None = None

    def not_measured(self) -> list[str]:
        """Names of the keypoints that were filled in, for each frame, with blanks between."""
        filled: NDArray[np.bool_] = self.motion.has(Flag.FILLED)
        names = np.array(self.motion.skeleton.names)
        return [" ".join(names[row]) for row in filled]


def measure(
    cleaned: Cleaned,
    settings: MeasureSettings | None = None,
    scale: Scale | None = None,
) -> Measures:
    """Angles, rates, steps and repetitions of a cleaned motion, in metres where a scale is given.

    Raises ValueError for a keypoint or an angle that does not exist, and for a skeleton that has
    not all of COCO's joints.
    """
    settings = settings or MeasureSettings()
    motion, times_s = cleaned.motion, cleaned.motion.times_s
    skeleton = motion.skeleton
    check_body(skeleton)
    points = y_up(motion.keypoints) if scale is None else scale.metres(motion.keypoints)
    unit = "px" if scale is None else "m"
    facing = facing_of(points, skeleton) if settings.facing is None else settings.facing
    joints = joint_angles(points, times_s, facing, skeleton)
    columns = angle_columns(joints, segment_angles(points, times_s, skeleton), times_s)
    columns |= keypoint_columns(points, times_s, settings, unit, skeleton)
    return measures_of(motion, facing, unit, columns, joints, points, settings)


def measures_of(
    motion: Motion,
    facing: int,
    unit: str,
    columns: dict[str, Series],
    joints: dict[str, Series],
    points: Series,
    settings: MeasureSettings,
) -> Measures:
    """All measures of a person, of whom the columns and the angles of joints are known.

    `points` (T, K, 2) are seen from the side with y up, in the unit, for steps.
    """
    events = foot_events(points, motion.times_s, facing, motion.skeleton)
    steps = steps_of(events, points, motion.skeleton)
    return Measures(
        motion,
        facing,
        unit,
        columns,
        tuple(events),
        tuple(steps),
        repetitions_in(joints, motion.times_s, settings),
        symmetries(joints),
        cadence(steps),
    )


def angle_columns(
    joints: Mapping[str, Series], segments: Mapping[str, Series], times_s: Series
) -> dict[str, Series]:
    """Columns of a table: joints' angles and how fast they change, and segments' angles."""
    columns = {f"{name}_deg": values for name, values in joints.items()}
    columns |= {
        f"{name}_deg_per_s": angular_velocity(values, times_s) for name, values in joints.items()
    }
    return columns | {f"{name}_segment_deg": values for name, values in segments.items()}


def keypoint_columns(
    points: Series,
    times_s: Series,
    settings: MeasureSettings,
    unit: str,
    skeleton: Skeleton,
) -> dict[str, Series]:
    """Speed and way of the keypoints that are asked for, points (T, K, 2 or 3).

    Raises ValueError for one that does not exist.
    """
    columns = {}
    for name in settings.keypoints:
        if name not in skeleton.names:
            raise ValueError(f"no keypoint {name!r}; known: {', '.join(skeleton.names)}")
        point = points[:, skeleton.names.index(name)]
        columns[f"{name}_speed_{unit}_per_s"] = speed(point, times_s)
        columns[f"{name}_distance_{unit}"] = distance(point, times_s)
    return columns


def repetitions_in(
    joints: Mapping[str, Series], times_s: Series, settings: MeasureSettings
) -> tuple[Repetition, ...]:
    """Of the angle that is asked for; none without one. Raises ValueError for an unknown one."""
    wanted = settings.repetitions_of
    if wanted is None:
        return ()
    if wanted not in joints:
        raise ValueError(f"no angle {wanted!r}; known: {', '.join(sorted(joints))}")
    limits = (settings.min_range_deg, settings.min_duration_s)
    return tuple(repetitions(joints[wanted], times_s, *limits))


def conventions(skeleton: Skeleton) -> dict[str, str]:
    """What every angle means, by the name of its column."""
    known = {name for joint in JOINT_ANGLES for name in _names(joint.still, joint.moving)}
    known |= {name for segment in SEGMENT_ANGLES for name in _names(segment.line)}
    missing = known - set(skeleton.names)
    texts = {
        f"{joint.name}_deg": joint.convention
        for joint in JOINT_ANGLES
        if not missing & _names(joint.still, joint.moving)
    }
    texts[f"{TRUNK_LEAN}_deg"] = TRUNK_LEAN_CONVENTION
    texts |= {
        f"{segment.name}_segment_deg": f"{segment.convention}; anticlockwise from the horizontal"
        for segment in SEGMENT_ANGLES
        if not missing & _names(segment.line)
    }
    return texts


def facing_text(facing: int) -> str:
    """How the person stands to the camera and what that means for the signs."""
    return FACING_CONVENTION[facing]


def _names(*lines: tuple[tuple[str, ...], tuple[str, ...]]) -> set[str]:
    return {name for line in lines for end in line for name in end}
