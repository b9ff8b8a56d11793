"""Filling and smoothing of skeletons in space."""

from dataclasses import dataclass, replace

import numpy as np

from core.space.tracks3d import Tracks3D, joined
from core.tracks.clean.gaps import fill
from core.tracks.clean.segments import segments
from core.tracks.clean.smooth import butterworth, median
from core.tracks.motion import is_known
from core.tracks.table import NOBODY

_MEDIAN_TIMES = 5


@dataclass(frozen=True, slots=True)
class SmoothSettings:
    """What is done to each joint's way through space."""

    max_gap_s: float = 0.2  # gaps up to this long are filled; 0: none
    median: bool = True  # of five times first, against single wrong points
    cutoff_hz: float = 6.0  # of a Butterworth low-pass without lag; 0: none

    def __post_init__(self) -> None:
        for name in ("max_gap_s", "cutoff_hz"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more, got {getattr(self, name)}")


def smoothed(tracks: Tracks3D, settings: SmoothSettings = SmoothSettings()) -> Tracks3D:
    """The same rows, and those in between of people who were gone for less than `max_gap_s`.

    A filled point has no deviation and no cameras. Deviations are those of the measured points:
    smoothing makes the error along the way smaller than they say.
    """
    parts = [_person(tracks[tracks.ids == person], settings) for person in tracks.people]
    if not parts:
        return tracks
    together = joined(parts)
    return together[np.lexsort((together.ids, together.frames))]


def _person(tracks: Tracks3D, settings: SmoothSettings) -> Tracks3D:
    """One person: rows in order of time."""
    step_s = _step_s(tracks)
    tracks = _with_rows_between(tracks, settings.max_gap_s, step_s)
    points = tracks.points.copy()
    for joint in range(points.shape[1]):
        values, _ = fill(points[:, joint], tracks.times_s, settings.max_gap_s)
        known = is_known(values)
        for part in segments(known, tracks.times_s, 1.5 * step_s):
            piece, times_s = values[part], tracks.times_s[part]
            if settings.median:
                piece = median(piece, times_s, (_MEDIAN_TIMES - 1) * step_s)
            if settings.cutoff_hz:
                piece = butterworth(piece, times_s, settings.cutoff_hz)
            values[part] = piece
        points[:, joint] = values
    lost = ~np.isfinite(points).all(axis=2)
    return replace(
        tracks,
        points=points,
        deviations=np.where(lost, np.nan, tracks.deviations),
        cameras=np.where(lost, 0, tracks.cameras),
    )


def _with_rows_between(tracks: Tracks3D, max_gap_s: float, step_s: float) -> Tracks3D:
    """Empty rows for the common times between two rows that lie at most `max_gap_s` apart."""
    steps, gaps_s = np.diff(tracks.frames), np.diff(tracks.times_s)
    pieces = []
    for row in np.flatnonzero((steps > 1) & (gaps_s <= max_gap_s + 1e-6)):
        between = np.arange(1, steps[row])
        pieces.append((row, between))
    if not pieces:
        return tracks
    source = np.concatenate(
        [np.arange(len(tracks)), *(np.full(len(b), r) for r, b in pieces)]
    ).astype(np.intp)
    extra = np.concatenate([np.zeros(len(tracks), np.int64), *(b for _, b in pieces)])
    grown = tracks[source]
    new = extra > 0
    grown = replace(
        grown,
        frames=grown.frames + extra,
        times_s=grown.times_s + extra * step_s,
        points=np.where(new[:, None, None], np.nan, grown.points),
        deviations=np.where(new[:, None], np.nan, grown.deviations),
        cameras=np.where(new[:, None], 0, grown.cameras),
        covariance=np.where(new[:, None, None, None], np.nan, grown.covariance),
        reprojection_px=np.where(new[:, None], np.nan, grown.reprojection_px),
        track_ids=np.where(new[:, None], NOBODY, grown.track_ids),
    )
    return grown[np.argsort(grown.frames, kind="stable")]


def _step_s(tracks: Tracks3D) -> float:
    """The distance of two common times."""
    steps = np.diff(tracks.frames)
    if not (steps > 0).any():
        return 1 / 30
    return float(np.median(np.diff(tracks.times_s)[steps > 0] / steps[steps > 0]))
