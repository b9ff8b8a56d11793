"""The order in which a recorded motion is cleaned: swaps, outliers, gaps, smoothing."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.tracks.clean.cutoff import residual_analysis
from core.tracks.clean.gaps import fill
from core.tracks.clean.kalman import kalman_smoother
from core.tracks.clean.outliers import hampel
from core.tracks.clean.segments import segments, step_s
from core.tracks.clean.smooth import butterworth, median, savitzky_golay
from core.tracks.clean.swaps import find_swaps, undo_swaps
from core.tracks.motion import Flag, Motion, Series, is_known

USUAL_CUTOFF_HZ = 6.0
SURE = 0.3  # joints scored below wander, and tell nothing of sides


@dataclass(frozen=True, slots=True)
class CleanSettings:
    """How a recorded motion is cleaned."""

    # Confidence threshold of keypoints: weaker ones count as not measured (0 to 1)
    min_score: float = 0.3
    fix_swaps: bool = True  # Undo left/right swaps of limbs
    reject_outliers: bool = True  # Remove outliers by the Hampel filter
    outlier_window_s: float = 0.25  # Hampel filter: length of the window (s)
    outlier_sigmas: float = 3.0  # Hampel filter: threshold (robust standard deviations)
    # Longest gap that is interpolated, from the last value before it to the first after it (s)
    max_gap_s: float = 0.2
    # Smoothing filter: zero-phase Butterworth low-pass, Kalman smoother, moving median or
    # Savitzky-Golay
    smoothing: Literal["none", "butterworth", "kalman", "median", "savitzky_golay"] = "butterworth"
    # Butterworth: cut-off frequency (Hz), or residual to find one for each joint by residual
    # analysis
    cutoff_hz: float | Literal["residual"] = USUAL_CUTOFF_HZ
    order: int = 4  # Butterworth: order of both passes together (2, 4, 6, ...)
    window_s: float = 0.25  # Median and Savitzky-Golay: length of the window (s)
    degree: int = 3  # Savitzky-Golay: degree of the polynomial

    def __post_init__(self) -> None:
        for name in ("outlier_window_s", "outlier_sigmas", "window_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.max_gap_s < 0:
            raise ValueError(f"max_gap_s must not be negative, got {self.max_gap_s}")
        if self.order < 2 or self.order % 2:
            raise ValueError(f"order must be 2, 4, 6, ..., got {self.order}")
        if self.degree < 1:
            raise ValueError(f"degree must be at least 1, got {self.degree}")
        if self.cutoff_hz != "residual" and self.cutoff_hz <= 0:
            raise ValueError(f"cutoff_hz must be positive or 'residual', got {self.cutoff_hz}")


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A cleaned motion and what was done to it."""

    motion: Motion
    settings: CleanSettings
    cutoffs_hz: dict[str, float] = field(default_factory=dict)  # of each joint, where one was used


def clean(motion: Motion, settings: CleanSettings | None = None) -> Cleaned:
    """Clean one person's motion. The measured values stay in `raw`; flags tell what changed."""
    settings = settings or CleanSettings()
    if settings.fix_swaps:
        motion = fix_swaps(motion)
    if settings.reject_outliers:
        motion = _without_outliers(motion, settings)
    measured = motion.keypoints
    motion = _filled(motion, settings.max_gap_s)
    if settings.smoothing == "none":
        return Cleaned(motion, settings)
    if settings.smoothing == "kalman":
        estimates = kalman_smoother(measured, motion.times_s)[0]
        keypoints = np.where(motion.has(Flag.MISSING)[..., None], np.nan, estimates)
        return Cleaned(replace(motion, keypoints=keypoints), settings)
    keypoints = motion.keypoints.copy()
    cutoffs: dict[str, float] = {}
    max_step_s = max(settings.max_gap_s, 2 * step_s(motion.times_s))
    for joint, name in enumerate(motion.skeleton.names):
        present = is_known(keypoints[:, joint])
        parts = segments(present, motion.times_s, max_step_s)
        cutoff_hz = _cutoff_hz(keypoints[:, joint], motion.times_s, parts, settings)
        if settings.smoothing == "butterworth" and parts:
            cutoffs[name] = cutoff_hz
        for part in parts:
            keypoints[part, joint] = _smooth(
                keypoints[part, joint], motion.times_s[part], cutoff_hz, settings
            )
    return Cleaned(replace(motion, keypoints=keypoints), settings, cutoffs)


def fix_swaps(motion: Motion) -> Motion:
    """Give joints that carry the other side's name their own, flagged SWAP_FIXED."""
    skeleton = motion.skeleton
    sure = motion.keypoint_scores >= SURE
    told = np.where(sure[..., None], motion.keypoints, np.nan)
    measured = is_known(motion.keypoints)  # unsure joints tell nothing, but go with their limb
    swapped = find_swaps(told, motion.times_s, skeleton, size_px(motion))
    swapped &= measured | measured[:, skeleton.flip]
    partner = skeleton.flip.tolist()
    scores = undo_swaps(motion.keypoint_scores, swapped, partner)
    flags = undo_swaps(motion.flags, swapped, partner)
    flags[swapped] |= np.uint8(Flag.SWAP_FIXED)
    return replace(
        motion,
        keypoints=undo_swaps(motion.keypoints, swapped, partner),
        keypoint_scores=scores,
        flags=flags,
    )


def size_px(motion: Motion) -> float:
    """The person's size: the usual longer side of their box, or of their joints' extent."""
    sides: Series = (motion.boxes[:, 2:] - motion.boxes[:, :2]).max(axis=1)  # NaN stays NaN
    sides = sides[np.isfinite(sides) & (sides > 0)]  # a table may hold boxes without an extent
    if not len(sides):
        seen = motion.keypoints[is_known(motion.keypoints)]
        return float((seen.max(axis=0) - seen.min(axis=0)).max()) if len(seen) > 1 else 1.0
    return max(float(np.median(sides)), 1.0)


def _without_outliers(motion: Motion, settings: CleanSettings) -> Motion:
    out = np.zeros_like(motion.flags, dtype=np.bool_)
    # By choice: the tremor of a joint at rest, which has next to no spread, is within this.
    floor_px = 0.02 * size_px(motion)
    for joint in range(out.shape[1]):
        out[:, joint] = hampel(
            motion.keypoints[:, joint],
            motion.times_s,
            settings.outlier_window_s,
            settings.outlier_sigmas,
            floor_px,
        )
    flags = motion.flags.copy()
    flags[out] |= np.uint8(Flag.OUTLIER | Flag.MISSING)
    return replace(
        motion,
        keypoints=np.where(out[..., None], np.nan, motion.keypoints),
        keypoint_scores=np.where(out, 0.0, motion.keypoint_scores),
        flags=flags,
    )


def _filled(motion: Motion, max_gap_s: float) -> Motion:
    """Fill short gaps of joints, boxes and all scores."""
    keypoints, scores = motion.keypoints.copy(), motion.keypoint_scores.copy()
    flags = motion.flags.copy()
    for joint in range(flags.shape[1]):
        keypoints[:, joint], filled = fill(keypoints[:, joint], motion.times_s, max_gap_s)
        known = is_known(motion.keypoints[:, joint])
        if filled.any():
            scores[filled, joint] = np.interp(
                motion.times_s[filled], motion.times_s[known], scores[known, joint]
            )
            flags[filled, joint] = _marked_filled(flags[filled, joint])
    return replace(
        motion,
        keypoints=keypoints,
        keypoint_scores=scores,
        flags=flags,
        boxes=fill(motion.boxes, motion.times_s, max_gap_s)[0],
        scores=fill(motion.scores[:, None], motion.times_s, max_gap_s)[0][:, 0],
    )


def _marked_filled(flags: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return (flags & ~np.uint8(Flag.MISSING)) | np.uint8(Flag.FILLED)


def _cutoff_hz(
    points: Series, times_s: Series, parts: list[slice], settings: CleanSettings
) -> float:
    """The set cut-off, or the one that the longest stretch of the joint recommends."""
    if settings.cutoff_hz != "residual":
        return settings.cutoff_hz
    if not parts:
        return USUAL_CUTOFF_HZ
    longest = max(parts, key=lambda part: part.stop - part.start)
    found = residual_analysis(points[longest], times_s[longest], settings.order)
    return found.cutoff_hz if found is not None else USUAL_CUTOFF_HZ


def _smooth(values: Series, times_s: Series, cutoff_hz: float, settings: CleanSettings) -> Series:
    if settings.smoothing == "savitzky_golay":
        return savitzky_golay(values, times_s, settings.window_s, settings.degree)
    if settings.smoothing == "median":
        return median(values, times_s, settings.window_s)
    return butterworth(values, times_s, cutoff_hz, settings.order)
