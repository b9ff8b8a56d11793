"""How fast each joint of each person moves, in torso lengths a second, on a fine even clock."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton
from core.space.camera import Array
from core.space.resample import usual_step_s
from core.tracks.clean.segments import segments
from core.tracks.clean.smooth import butterworth, median
from core.tracks.motion import is_known
from core.tracks.table import TrackTable

GRID_S = 0.01
SHORTEST_S = 1.0  # of a person's track: of shorter ones offsets come out wrong
Spectra = NDArray[np.complex128]
_CUTOFF_HZ = 5.0
_MOST_PEOPLE = 10  # of a camera, those seen longest
_LONGEST_STEP = 2.6  # frames


@dataclass(frozen=True, slots=True, eq=False)
class PersonSpeeds:
    """One person of one camera, in that camera's own time."""

    start: int  # of the grid: time is index x GRID_S
    values: Array  # (N, K) log(1 + torso lengths a second), NaN where not known

    @property
    def stop(self) -> int:
        """One past the last index of the grid."""
        return self.start + len(self.values)

    def part(self, start: int, stop: int) -> "PersonSpeeds":
        """What lies between two indices of the grid."""
        low, high = max(start, self.start), min(stop, self.stop)
        cut = self.values[low - self.start : max(high, low) - self.start]
        return PersonSpeeds(low, cut)

    def spectra(self, origin: int, size: int) -> Spectra:
        """(3, size / 2 + 1, K) of presence, value and squared value, on a grid from `origin`."""
        padded = np.zeros((3, size, self.values.shape[1]))
        known = np.isfinite(self.values)
        values = np.where(known, self.values, 0)
        rows = slice(self.start - origin, self.stop - origin)
        padded[0, rows], padded[1, rows], padded[2, rows] = known, values, values**2
        result: Spectra = np.fft.rfft(padded, axis=1)
        return result


def people_speeds(table: TrackTable, min_score: float, skeleton: Skeleton) -> list[PersonSpeeds]:
    """The people of a camera who are seen for a second or more, longest first."""
    step_s = usual_step_s(np.unique(table.times_s))
    found = []
    for track_id in table.track_ids:
        own = table.of_track(int(track_id))
        if own.times_s[-1] - own.times_s[0] < SHORTEST_S:
            continue
        person = _person(own, min_score, step_s, skeleton)
        if person is not None:
            found.append(person)
    found.sort(key=lambda person: -int(np.isfinite(person.values).sum()))
    return found[:_MOST_PEOPLE]


def _person(
    own: TrackTable, min_score: float, step_s: float, skeleton: Skeleton
) -> PersonSpeeds | None:
    times_s = own.times_s
    points = own.keypoints.astype(np.float64)
    points[own.keypoint_scores < max(min_score, 1e-6)] = np.nan
    size_px = _size_px(own, points, skeleton)
    start = int(np.ceil(times_s[0] / GRID_S - 1e-6))
    grid = np.arange(start, int(np.floor(times_s[-1] / GRID_S + 1e-6)) + 1)
    if size_px is None or len(grid) < 2:
        return None
    values = np.full((len(grid), points.shape[1]), np.nan)
    for joint in range(points.shape[1]):
        way = points[:, joint]
        for part in segments(is_known(way), times_s, _LONGEST_STEP * step_s):
            piece, at_s = way[part], times_s[part]
            if len(piece) < 5:
                continue
            piece = butterworth(median(piece, at_s, 4 * step_s), at_s, _CUTOFF_HZ)
            inside = (grid * GRID_S >= at_s[0]) & (grid * GRID_S <= at_s[-1])
            speed = np.linalg.norm(np.gradient(piece, at_s, axis=0), axis=1) / size_px
            values[inside, joint] = np.log1p(np.interp(grid[inside] * GRID_S, at_s, speed))
    return PersonSpeeds(start, values) if np.isfinite(values).any() else None


def _size_px(own: TrackTable, points: Array, skeleton: Skeleton) -> float | None:
    """The median torso length, or a third of the height of the box where no torso is seen."""
    names = skeleton.names
    if {"left_shoulder", "right_shoulder", "left_hip", "right_hip"} <= set(names):
        at = names.index
        top = (points[:, at("left_shoulder")] + points[:, at("right_shoulder")]) / 2
        bottom = (points[:, at("left_hip")] + points[:, at("right_hip")]) / 2
        lengths = np.linalg.norm(top - bottom, axis=1)
        if np.isfinite(lengths).any():
            return max(float(np.nanmedian(lengths)), 1.0)
    heights = (own.boxes[:, 3] - own.boxes[:, 1]) / 3
    known = heights[np.isfinite(heights)]
    return max(float(np.median(known)), 1.0) if len(known) else None
