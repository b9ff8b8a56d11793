"""Stretches of a series without a gap, and even time for filters that need it."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import NDArray

from core.tracks.motion import Series

EVEN_WITHIN = 0.02  # steps that differ by less, as a fraction, count as even (container rounding)
# By choice: one missing sample (2 usual steps) is bridged, two (3 steps) end a stretch.
GAPLESS_STEPS = 2.5
FINEST_GRID = 8.0  # a resampling grid is at most this many times finer than the median step


def segments(present: NDArray[np.bool_], times_s: Series, max_step_s: float) -> list[slice]:
    """Runs of present samples, also cut where time itself jumps by more than `max_step_s`."""
    if len(present) == 0:
        return []
    jump = np.diff(times_s) > max_step_s
    cut = np.flatnonzero((np.diff(present.astype(np.int8)) != 0) | jump) + 1
    edges = [0, *cut.tolist(), len(present)]
    return [slice(start, stop) for start, stop in pairwise(edges) if present[start]]


def gapless(present: NDArray[np.bool_], times_s: Series) -> list[slice]:
    """Runs of present samples, also cut where time jumps by more than `GAPLESS_STEPS` steps."""
    return segments(present, times_s, GAPLESS_STEPS * step_s(times_s))


def step_s(times_s: Series) -> float:
    """The usual time between two samples; 0 for fewer than two."""
    return float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0


def on_even_time(
    values: Series, times_s: Series, filter_even: Callable[[Series, float], Series]
) -> Series:
    """Run a filter that needs even time over (n, C) values at the true times.

    `filter_even(values, rate_hz)` sees the values themselves where steps are even, else values
    resampled (shape-preserving cubic, which cannot overshoot) to the finest step that occurs;
    its result is read off at the true times.
    """
    steps = np.diff(times_s)
    mean_s = float(steps.mean())
    if np.abs(steps - mean_s).max() <= EVEN_WITHIN * mean_s:
        return filter_even(values, 1.0 / mean_s)
    finest_s = max(float(steps.min()), float(np.median(steps)) / FINEST_GRID)
    span_s = float(times_s[-1] - times_s[0])
    count = int(np.ceil(span_s / finest_s)) + 1
    grid_s = np.linspace(times_s[0], times_s[-1], count)
    resampled = scipy.interpolate.PchipInterpolator(times_s, values, axis=0)(grid_s)
    filtered = filter_even(resampled, (count - 1) / span_s)
    result: Series = scipy.interpolate.CubicSpline(grid_s, filtered, axis=0)(times_s)
    return result
