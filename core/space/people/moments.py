"""Who is where at any moment of a reconstruction."""

import numpy as np

from core.space.camera import Array
from core.space.resample import usual_step_s
from core.space.tracks3d import Tracks3D

_LONGEST_STEP = 2.6  # usual steps between two times that a line joins


class Moments:
    """Skeletons between the times of a table as well."""

    def __init__(self, tracks: Tracks3D) -> None:
        self._limit_s = _LONGEST_STEP * usual_step_s(np.unique(tracks.times_s))
        self._people = {
            person: (tracks.times_s[rows], tracks.points[rows])
            for person in tracks.people.tolist()
            for rows in (np.flatnonzero(tracks.ids == person),)
        }

    def at(self, time_s: float) -> dict[int, Array]:
        """(K, 3) m by id at a common time, on the line between two times of the table."""
        found = {}
        for person, (times_s, points) in self._people.items():
            after = int(np.searchsorted(times_s, time_s))
            if after == len(times_s) or (after == 0 and times_s[0] > time_s):
                continue
            before = max(after - 1, 0)
            gap_s = times_s[after] - times_s[before]
            if gap_s > self._limit_s:
                continue
            share = (time_s - times_s[before]) / gap_s if gap_s > 0 else 1.0
            found[person] = points[before] + share * (points[after] - points[before])
        return found
