"""Steps and strides of a walker or runner seen from the side.

A foot strikes where it is farthest ahead of the pelvis and lifts where it is farthest behind
(Zeni, Richards, Higginson, Gait & Posture 27 (2008) 710).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import scipy

from core.skeleton import Skeleton
from core.tracks.clean.segments import gapless, step_s
from core.tracks.motion import Series

# All by choice.
SHORTEST_STRIDE_S = 0.35  # of two peaks of one foot that are closer in time, one counts
LEAST_SWING = 0.25  # of the leg's length, forth to back: a foot that moves less makes no step
SHORTEST_STRETCH_S = 0.8  # shorter stretches without a gap are passed over


@dataclass(frozen=True, slots=True)
class FootEvent:
    """A foot meets or leaves the ground."""

    kind: Literal["strike", "lift"]
    side: Literal["left", "right"]
    index: int  # row of the motion
    time_s: float


@dataclass(frozen=True, slots=True)
class Step:
    """From one foot's strike to the other's; a stride is from a foot's strike to its next."""

    side: Literal["left", "right"]  # the foot that strikes at the end
    start_s: float
    end_s: float
    length: float  # between the ankles along the ground at the end, in the unit of the points
    stride_s: float | None  # since this foot's last strike


def foot_events(
    points: Series, times_s: Series, facing: int, skeleton: Skeleton
) -> list[FootEvent]:
    """Strikes and lifts in order of time; none for a person who is not seen from the side.

    `points` (T, K, 2) with y up, smoothed. Times are those of frames, so good to half a frame.
    """
    if facing == 0:
        return []
    events: list[FootEvent] = []
    at = skeleton.names.index
    pelvis_x = points[:, [at("left_hip"), at("right_hip")], 0].mean(axis=1)
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    for side in sides:
        ankle = points[:, at(f"{side}_ankle")]
        leg = np.linalg.norm(points[:, at(f"{side}_hip")] - ankle, axis=1)
        ahead = facing * (ankle[:, 0] - pelvis_x)
        known = np.isfinite(ahead) & np.isfinite(leg)
        if not known.any():
            continue
        swing = LEAST_SWING * float(np.median(leg[known]))
        for part in gapless(known, times_s):
            if times_s[part][-1] - times_s[part][0] < SHORTEST_STRETCH_S:
                continue
            apart = max(1, round(SHORTEST_STRIDE_S / step_s(times_s[part])))
            kinds: tuple[tuple[Literal["strike", "lift"], int], ...] = (("strike", 1), ("lift", -1))
            for kind, sign in kinds:
                peaks, _ = scipy.signal.find_peaks(
                    sign * ahead[part], prominence=swing, distance=apart
                )
                events += [
                    FootEvent(kind, side, part.start + int(i), float(times_s[part.start + i]))
                    for i in peaks
                ]
    return sorted(events, key=lambda event: (event.time_s, event.side))


def steps_of(
    events: list[FootEvent], points: Series, skeleton: Skeleton, longest_s: float = 2.0
) -> list[Step]:
    """Steps between strikes of alternate feet that lie at most `longest_s` apart."""
    strikes = [event for event in events if event.kind == "strike"]
    at = skeleton.names.index
    ankles = points[:, [at("left_ankle"), at("right_ankle")], 0]
    steps = []
    for number, (before, now) in enumerate(pairwise(strikes)):
        if before.side == now.side or now.time_s - before.time_s > longest_s:
            continue
        last = next((s for s in reversed(strikes[: number + 1]) if s.side == now.side), None)
        stride_s = now.time_s - last.time_s if last is not None else None
        if stride_s is not None and stride_s > 2 * longest_s:
            stride_s = None
        length = abs(float(ankles[now.index, 0] - ankles[now.index, 1]))
        steps.append(Step(now.side, before.time_s, now.time_s, length, stride_s))
    return steps


def cadence(steps: list[Step]) -> float | None:
    """Steps a minute."""
    durations = [step.end_s - step.start_s for step in steps]
    return 60.0 * len(durations) / sum(durations) if durations else None
