"""Repetitions of a movement in one series of one person, with hysteresis."""

from dataclasses import dataclass

import numpy as np

from core.tracks.motion import Series


@dataclass(frozen=True, slots=True)
class Repetition:
    """One time there and back: from an extreme to the far one and to the next like the first."""

    start_s: float
    turn_s: float
    end_s: float
    start_value: float
    turn_value: float
    end_value: float

    @property
    def range(self) -> float:
        """How far it went: the smaller of the way there and the way back."""
        there = abs(self.turn_value - self.start_value)
        return min(there, abs(self.turn_value - self.end_value))

    @property
    def duration_s(self) -> float:
        """From start to end."""
        return self.end_s - self.start_s


def repetitions(
    values: Series,
    times_s: Series,
    min_range: float,
    min_duration_s: float = 0.3,
    max_gap_s: float = 1.0,
    upwards: bool = True,
) -> list[Repetition]:
    """Movements there and back of at least `min_range`, `upwards` from a low or down from a high.

    A turning point counts once the series has come back from it by `min_range`: noise, half
    movements and a value that swings around a threshold count nothing. NaN is skipped; a gap
    longer than `max_gap_s` ends the movement under way. Shorter ones than `min_duration_s` are
    left out.
    """
    sign = 1.0 if upwards else -1.0
    known = np.flatnonzero(np.isfinite(values))
    if len(known) == 0:
        return []
    cuts = np.flatnonzero(np.diff(times_s[known]) > max_gap_s) + 1
    found = []
    for part in np.split(known, cuts):
        turns = _turning_points(sign * values[part], min_range)
        for (i, low), (j, _), (k, _) in zip(turns[:-2], turns[1:-1], turns[2:], strict=True):
            if low:
                found.append(
                    Repetition(
                        *(float(times_s[part[n]]) for n in (i, j, k)),
                        *(float(values[part[n]]) for n in (i, j, k)),
                    )
                )
    return [repetition for repetition in found if repetition.duration_s >= min_duration_s]


def _turning_points(values: Series, min_range: float) -> list[tuple[int, bool]]:
    """Indices of lows (True) and highs (False), alternating, at least `min_range` apart.

    The last one is the extreme since the turn before it, if it lies `min_range` away: a movement
    that the recording ends in its resting position is whole.
    """
    turns: list[tuple[int, bool]] = []
    low = high = 0
    rising: bool | None = None
    for i, value in enumerate(values):
        if rising is not True and value < values[low]:
            low = i
        if rising is not False and value > values[high]:
            high = i
        if rising is not True and value - values[low] >= min_range:
            turns.append((low, True))
            rising, high = True, i
        elif rising is not False and values[high] - value >= min_range:
            turns.append((high, False))
            rising, low = False, i
    if rising is True:
        turns.append((high, False))
    elif rising is False:
        turns.append((low, True))
    return turns
