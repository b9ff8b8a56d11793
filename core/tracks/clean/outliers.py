"""Outliers of a track: Hampel's identifier around a moving joint, on the true times."""

import warnings

import numpy as np
import scipy
from numpy.typing import NDArray

from core.spread import MEDIAN_NORM_OF_2
from core.tracks.clean.segments import step_s
from core.tracks.clean.smooth import moving_median
from core.tracks.motion import Series, is_known

ROUNDS = 4
MIN_LINES = 3  # fewer cannot outvote an outlier
NEARLY_WORST = 0.6  # by choice: less far out than this share of the worst waits for a later round
REACH_SHARE = 0.8  # by choice: neighbours further off than this share of the window tell nothing


def hampel(
    points: Series, times_s: Series, window_s: float = 0.25, sigmas: float = 3.0, floor: float = 0.0
) -> NDArray[np.bool_]:
    """Which of (T, 2) points lie too far from where their neighbours put them; NaN points do not.

    A point is out when its distance from the expected position exceeds `sigmas` standard
    deviations of the points around it (median absolute deviation; Hampel, JASA 69 (1974) 383),
    and also `floor` (unit of the points): a joint at rest has next to no spread, and its every
    tremor would be out. The neighbourhood is half a window to each side.
    """
    out = np.zeros(len(points), np.bool_)
    for _ in range(ROUNDS):
        known = np.flatnonzero(is_known(points) & ~out)
        if len(known) < 5:
            break
        times = times_s[known]
        distance = _distance(points[known], times, window_s)
        spread = moving_median(distance[:, None], times, 2 * window_s)[:, 0] / MEDIAN_NORM_OF_2
        # An outlier disturbs what is expected of its neighbours, so the worst go first.
        worst = _moving_maximum(distance, times, window_s)
        with np.errstate(invalid="ignore"):
            found = distance > np.maximum(sigmas * spread, floor)
            found &= distance > NEARLY_WORST * worst
        if not found.any():
            break
        out[known[found]] = True
    return out


def _distance(values: Series, times_s: Series, window_s: float) -> Series:
    """Distance (n,) of each point from where its neighbours put it; NaN without neighbours.

    Every pair of neighbours at the same count before and after draws a line through the point's
    time; the median of the lines follows the motion, where a plain median would lag, and heeds no
    outlier. Beside a gap lines are drawn from one side; bent motion and noise mislead those two to
    three times as much, so their distance counts a third.
    """
    reach = max(3, round(window_s / 2 / max(step_s(times_s), 1e-9)))
    around = _lines(values, times_s, window_s, [(-lag, lag) for lag in range(1, reach + 1)])
    aside = _lines(
        values,
        times_s,
        window_s,
        [(s * lag, 2 * s * lag) for lag in range(1, max(3, reach // 2) + 1) for s in (-1, 1)],
    )
    one_sided = np.isfinite(around[..., 0]).sum(axis=0) < MIN_LINES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a point without neighbours stays NaN
        expected = np.where(
            one_sided[:, None], np.nanmedian(aside, axis=0), np.nanmedian(around, axis=0)
        )
    distance: Series = np.linalg.norm(values - expected, axis=1)
    return np.where(one_sided, distance / 3, distance)


def _lines(
    values: Series, times_s: Series, window_s: float, pairs: list[tuple[int, int]]
) -> Series:
    """Lines (P, n, 2) through two neighbours each, at the times of the points; NaN if too far."""
    at = np.arange(len(values))
    lines = np.full((len(pairs), *values.shape), np.nan)
    for row, (first, second) in enumerate(pairs):
        a, b = at + first, at + second
        inside = (np.minimum(a, b) >= 0) & (np.maximum(a, b) < len(values))
        a, b = np.where(inside, a, 0), np.where(inside, b, 1)
        away_s = np.abs(times_s[np.stack([a, b])] - times_s).max(axis=0)
        close = inside & (away_s <= REACH_SHARE * window_s)
        share = (times_s - times_s[a]) / (times_s[b] - times_s[a])
        line = values[a] + share[:, None] * (values[b] - values[a])
        lines[row, close] = line[close]
    return lines


def _moving_maximum(values: Series, times_s: Series, window_s: float) -> Series:
    """Largest value within half a window to each side, NaN aside."""
    reach = max(1, round(window_s / 2 / max(step_s(times_s), 1e-9)))
    largest: Series = scipy.ndimage.maximum_filter1d(
        np.nan_to_num(values), 2 * reach + 1, mode="nearest"
    )
    return largest
