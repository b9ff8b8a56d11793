"""Filling of short gaps, never of long ones."""

import numpy as np
import scipy
from numpy.typing import NDArray

from core.tracks.motion import Series, is_known

ROUNDING_S = 1e-6


def fill(values: Series, times_s: Series, max_gap_s: float) -> tuple[Series, NDArray[np.bool_]]:
    """Interpolate (T, C) values that are NaN; returns them and which rows were filled.

    A gap lasts from the last value before it to the first one after it. Gaps longer than
    `max_gap_s` and both open ends stay NaN. The curve is a shape-preserving cubic (PCHIP), which
    does not overshoot.
    """
    known = np.flatnonzero(is_known(values))
    filled = np.zeros(len(values), np.bool_)
    if len(known) < 2:
        return values, filled
    before, after = known[:-1], known[1:]
    short = (after - before > 1) & (times_s[after] - times_s[before] <= max_gap_s + ROUNDING_S)
    for start, stop in zip(before[short], after[short], strict=True):
        filled[start + 1 : stop] = True
    if not filled.any():
        return values, filled
    result = values.copy()
    result[filled] = scipy.interpolate.PchipInterpolator(times_s[known], values[known], axis=0)(
        times_s[filled]
    )
    return result, filled
