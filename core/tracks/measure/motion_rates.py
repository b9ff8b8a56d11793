"""Rates of change, speed and distance on the true times, never across a gap."""

import numpy as np

from core.tracks.clean.segments import gapless
from core.tracks.motion import Series, is_known


def rate(values: Series, times_s: Series) -> Series:
    """Change a second of (T, C) values: second-order central differences on uneven steps.

    NaN in gaps and for stretches of one sample.
    """
    result = np.full_like(values, np.nan)
    for part in gapless(is_known(values), times_s):
        if part.stop - part.start > 1:
            result[part] = np.gradient(values[part], times_s[part], axis=0)
    return result


def angular_velocity(angle_deg: Series, times_s: Series) -> Series:
    """Degrees a second (T,) of an angle (T,)."""
    return np.asarray(rate(angle_deg[:, None], times_s)[:, 0])


def speed(points: Series, times_s: Series) -> Series:
    """Units a second (T,) of a point (T, 2)."""
    return np.asarray(np.linalg.norm(rate(points, times_s), axis=1))


def distance(points: Series, times_s: Series) -> Series:
    """Path length (T,) of a point (T, 2) since its first sample; a gap adds nothing.

    NaN where the point is missing. Noise lengthens a path, so smooth first.
    """
    result = np.full(len(points), np.nan)
    total = 0.0
    for part in gapless(is_known(points), times_s):
        steps = np.linalg.norm(np.diff(points[part], axis=0), axis=1)
        result[part] = total + np.concatenate([[0.0], np.cumsum(steps)])
        total = float(result[part][-1])
    return result
