"""How far tracks can be trusted: figures for each person and for the clip, and a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton
from core.spread import SIGMA_OF_MAD
from core.tracks.clean.recipe import Cleaned, size_px
from core.tracks.clean.segments import segments, step_s
from core.tracks.motion import Flag, Motion, Series, is_known
from core.tracks.table import NOBODY, TrackTable

# The names of keypoints that a person corrected, by frame and id.
Corrected = Mapping[tuple[int, int], Sequence[str]]
Grade = Literal["good", "fair", "poor"]

BONES = (
    ("hip", "knee"),
    ("knee", "ankle"),
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
)
# Metric -> up to here good, up to here fair. Coverage and sureness count downwards.
LIMITS = {  # by choice
    "coverage_percent": (90.0, 70.0),
    "sureness_percent": (80.0, 60.0),
    "longest_gap_s": (0.2, 1.0),
    "jitter_percent_of_height": (0.5, 1.5),
    "bone_length_variation_percent": (15.0, 30.0),
    "swapped_percent": (1.0, 5.0),
}
POINTS = {"good": 1.0, "fair": 0.5, "poor": 0.0}
GOOD_FROM, FAIR_FROM = 80.0, 55.0
# Keypoints in the wrong place may move calmly, so nobody's score is better than their sureness.
MOST = {"good": 100.0, "fair": GOOD_FROM - 1, "poor": FAIR_FROM - 1}
# A track that starts so soon after another ended, and near it, may be the same person.
TAKES_OVER_S = 1.0
TAKES_OVER_SIZES = 0.25  # by choice: apart at most; with each second without them one more size
LEAST_WEIGHT_S = 0.1  # by choice: a person of a single frame lasts 0 s, and counts for something
# By choice: from 5 % of steps that are off the usual one by 30 % on, the rate counts as variable.
UNEVEN_STEP, UNEVEN_SHARE = 0.3, 0.05


@dataclass(frozen=True, slots=True)
class PersonQuality:
    """One person. Percentages are 0 to 100; None where nothing could be computed."""

    track_id: int
    start_s: float
    end_s: float
    coverage_percent: float  # keypoints measured, of all in the person's time
    sureness_percent: float | None  # mean score of the keypoints measured and not corrected
    longest_gap_s: float  # without any keypoint, between the first and the last sight
    jitter_px: float | None  # standard deviation of frame-to-frame noise, one coordinate
    jitter_percent_of_height: float | None
    bone_length_variation_percent: float | None  # coefficient of variation, median of bones
    swaps_repaired: int  # stretches in which a limb's sides were exchanged
    swapped_percent: float  # of the measured keypoints
    outliers: int
    filled: int  # keypoint values
    corrected: int  # keypoint values that a person gave
    may_continue: int | None  # the track that this one may be a new number for

    @property
    def seconds(self) -> float:
        """From the first to the last sight."""
        return self.end_s - self.start_s

    def grades(self) -> dict[str, Grade]:
        """Of the metrics in LIMITS that have a value."""
        values = {name: getattr(self, name) for name in LIMITS}
        return {name: grade_of(name, v) for name, v in values.items() if v is not None}

    @property
    def score(self) -> float:
        """0 to 100: the mean of the grades' points, at most what the sureness allows.

        0 where no keypoint was measured: what cannot be computed has no grade.
        """
        if not self.coverage_percent:
            return 0.0
        grades = self.grades()
        mean = 100.0 * float(np.mean([POINTS[grade] for grade in grades.values()]))
        return min(mean, MOST[grades.get("sureness_percent", "good")])


@dataclass(frozen=True, slots=True)
class ClipQuality:
    """A whole clip."""

    people: tuple[PersonQuality, ...]
    frames: int
    duration_s: float
    rate_hz: float | None
    dropped_frames: int  # missing in the count or in time
    empty_frames: int  # without people
    id_changes: int  # tracks that may go on under another number
    score: float  # 0 to 100, people weighted by their time

    @property
    def verdict(self) -> Grade:
        """In one word."""
        return verdict_of(self.score)


def grade_of(metric: str, value: float) -> Grade:
    """Where a value lies between the limits of its metric."""
    good, fair = LIMITS[metric]
    sign = 1.0 if good < fair else -1.0
    if sign * value <= sign * good:
        return "good"
    return "fair" if sign * value <= sign * fair else "poor"


def verdict_of(score: float) -> Grade:
    """A score in one word."""
    return "good" if score >= GOOD_FROM else "fair" if score >= FAIR_FROM else "poor"


def clip_quality(
    table: TrackTable, people: list[Cleaned], corrected: Corrected | None = None
) -> ClipQuality:
    """Figures of a table and of its cleaned people. A clip without people scores 0."""
    frames, first = np.unique(table.frames, return_index=True)
    times_s = table.times_s[first].astype(np.float64)
    motions = [person.motion for person in people]
    measured = tuple(person_quality(m, _may_continue(m, motions), corrected) for m in motions)
    weights = [max(person.seconds, LEAST_WEIGHT_S) for person in measured]
    scores = [person.score for person in measured]
    steps = np.diff(times_s)
    usual = float(np.median(steps)) if len(steps) else 0.0
    counted = int(frames[-1] - frames[0] + 1 - len(frames))
    lost_time = int(np.maximum(np.round(steps / usual) - 1, 0).sum()) if usual > 0 else 0
    uneven = usual > 0 and float(np.mean(np.abs(steps / usual - 1) > UNEVEN_STEP)) > UNEVEN_SHARE
    return ClipQuality(
        people=measured,
        frames=len(frames),
        duration_s=float(times_s[-1] - times_s[0]),
        rate_hz=1 / usual if usual > 0 else None,
        # With a variable rate long steps are no sign of loss.
        dropped_frames=counted if uneven else max(counted, lost_time),
        empty_frames=int(len(frames) - len(np.unique(table.frames[table.ids != NOBODY]))),
        id_changes=sum(person.may_continue is not None for person in measured),
        score=float(np.average(scores, weights=weights)) if scores else 0.0,
    )


def corrected_in(motion: Motion, corrected: Corrected | None) -> NDArray[np.bool_]:
    """(T, K) where a person gave the value."""
    names, found = motion.skeleton.names, np.zeros(motion.flags.shape, np.bool_)
    for row, frame in enumerate(motion.frames.tolist() if corrected else ()):
        found[row] = np.isin(names, list((corrected or {}).get((frame, motion.track_id), ())))
    return found


def person_quality(
    motion: Motion, may_continue: int | None = None, corrected: Corrected | None = None
) -> PersonQuality:
    """Figures of one cleaned motion of a body (`check_body`).

    Scores of corrected keypoints say nothing of how sure the network was.
    """
    skeleton = motion.skeleton
    raw = np.where(_measured(motion)[..., None], motion.raw, np.nan)
    jitter = jitter_px(raw, motion.times_s)
    height = size_px(motion)
    swapped = motion.has(Flag.SWAP_FIXED)
    known, given = _measured(motion), corrected_in(motion, corrected)
    told = known & ~given
    return PersonQuality(
        track_id=motion.track_id,
        start_s=float(motion.times_s[0]),
        end_s=float(motion.times_s[-1]),
        coverage_percent=100.0 * float(known.mean()),
        sureness_percent=100.0 * float(motion.raw_scores[told].mean()) if told.any() else None,
        longest_gap_s=_longest_gap_s(np.asarray(known.any(axis=1)), motion.times_s),
        jitter_px=jitter,
        jitter_percent_of_height=None if jitter is None else 100.0 * jitter / height,
        bone_length_variation_percent=_bone_variation(motion.keypoints, skeleton),
        swaps_repaired=_count_swaps(swapped, skeleton),
        swapped_percent=100.0 * float(swapped.sum() / max(known.sum(), 1)),
        outliers=int(motion.has(Flag.OUTLIER).sum()),
        filled=int(motion.has(Flag.FILLED).sum()),
        corrected=int(given.sum()),
        may_continue=may_continue,
    )


def jitter_px(points: Series, times_s: Series) -> float | None:
    """Standard deviation of white noise in one coordinate of (T, K, 2) points; None if too short.

    From fifth differences, in which smooth motion vanishes and noise grows by sqrt(252), over
    stretches of even steps; the median over joints and the median absolute deviation in each
    keep outliers and swaps out. 252 is the sum of the squared binomial coefficients of order 5.
    """
    found = []
    for joint in range(points.shape[1]):
        differences = [
            np.diff(points[part, joint], n=5, axis=0).ravel()
            for part in segments(is_known(points[:, joint]), times_s, 1.3 * step_s(times_s))
            if part.stop - part.start >= 8
        ]
        if differences:
            found.append(float(np.median(np.abs(np.concatenate(differences)))))
    return SIGMA_OF_MAD * float(np.median(found)) / float(np.sqrt(252)) if found else None


def _measured(motion: Motion) -> np.ndarray:
    """(T, K) where the network gave a usable value, whatever became of it."""
    return np.asarray(~(motion.has(Flag.FILLED) | motion.has(Flag.MISSING)) | _rejected(motion))


def _rejected(motion: Motion) -> np.ndarray:
    return np.asarray(motion.has(Flag.OUTLIER))


def _longest_gap_s(present: np.ndarray, times_s: Series) -> float:
    """Longest time from one sight to the next, where frames lie between."""
    seen = np.flatnonzero(present)
    gaps = np.diff(times_s[seen])[np.diff(seen) > 1]
    return float(gaps.max()) if len(gaps) else 0.0


def _bone_variation(keypoints: Series, skeleton: Skeleton) -> float | None:
    found = []
    for side in ("left", "right"):
        for upper, lower in BONES:
            a, b = (skeleton.names.index(f"{side}_{name}") for name in (upper, lower))
            length = np.linalg.norm(keypoints[:, a] - keypoints[:, b], axis=1)
            length = length[np.isfinite(length)]
            if len(length) >= 5 and length.mean() > 0:
                found.append(float(length.std() / length.mean()))
    return 100.0 * float(np.median(found)) if found else None


def _count_swaps(swapped: np.ndarray, skeleton: Skeleton) -> int:
    """Stretches of frames, counted for arms and legs."""
    limbs = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
    count = 0
    for limb in limbs:
        joints = [skeleton.names.index(f"left_{name}") for name in limb]
        joints += [skeleton.names.index(f"right_{name}") for name in limb]
        any_swapped = swapped[:, joints].any(axis=1).astype(np.int8)
        count += int((np.diff(any_swapped, prepend=0) == 1).sum())
    return count


def _may_continue(motion: Motion, others: list[Motion]) -> int | None:
    """The track that ended shortly before this one began, near where it began."""
    start_box = motion.boxes[0]
    best: tuple[float, int] | None = None
    for other in others:
        pause_s = float(motion.times_s[0] - other.times_s[-1])
        if other is motion or not 0 < pause_s <= TAKES_OVER_S:
            continue
        end_box = other.boxes[-1]
        apart = np.linalg.norm(start_box.reshape(2, 2).mean(0) - end_box.reshape(2, 2).mean(0))
        size = max(size_px(motion), size_px(other))
        if apart <= size * (TAKES_OVER_SIZES + pause_s) and (best is None or pause_s < best[0]):
            best = (pause_s, other.track_id)
    return None if best is None else best[1]
