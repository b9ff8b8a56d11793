"""Smoothing of one stretch without gaps, on its true times.

Every function takes values (n, C) without NaN and times (n,) that increase, and returns (n, C).
"""

import numpy as np
import scipy

from core.tracks.clean.segments import on_even_time
from core.tracks.motion import Series

SLACK_S = 5e-4  # keeps rounded times in the window that they belong to


def butterworth(values: Series, times_s: Series, cutoff_hz: float, order: int = 4) -> Series:
    """Zero-phase Butterworth low-pass: half forwards, half backwards.

    `order` is that of both passes together, and the amplitude at `cutoff_hz` after both is
    1/sqrt(2) (Winter, Biomechanics and Motor Control of Human Movement, 2009, section 3.4.4.2).
    Values pass unchanged where the rate is too low for the cut-off or the stretch too short.
    """

    def even(samples: Series, rate_hz: float) -> Series:
        # Both passes multiply: each is set wider so that together they reach -3 dB at the cut-off.
        # The bilinear transform bends frequency, so the widening happens on the bent scale.
        bent = np.tan(np.pi * min(cutoff_hz / rate_hz, 0.499)) / (np.sqrt(2) - 1) ** (1 / order)
        edge_hz = np.arctan(bent) / np.pi * rate_hz
        if cutoff_hz >= 0.499 * rate_hz or len(samples) < 4:
            return samples
        sections = scipy.signal.butter(order // 2, edge_hz, fs=rate_hz, output="sos")
        # Long enough for the filter to settle in the mirrored start, short enough to exist.
        padding = min(len(samples) - 1, int(np.ceil(3 * order + rate_hz / cutoff_hz)))
        smoothed: Series = scipy.signal.sosfiltfilt(sections, samples, axis=0, padlen=padding)
        return smoothed

    return values if len(values) < 4 else on_even_time(values, times_s, even)


def savitzky_golay(values: Series, times_s: Series, window_s: float, degree: int = 3) -> Series:
    """Least-squares polynomial in a moving window of `window_s` seconds."""

    def even(samples: Series, rate_hz: float) -> Series:
        half = round(window_s * rate_hz / 2)
        window = min(2 * half + 1, len(samples) - 1 + len(samples) % 2)
        if window <= degree:
            return samples
        smoothed: Series = scipy.signal.savgol_filter(samples, window, degree, axis=0)
        return smoothed

    return values if len(values) <= degree + 1 else on_even_time(values, times_s, even)


def median(values: Series, times_s: Series, window_s: float) -> Series:
    """Moving median over `window_s` seconds.

    Windows are centred, on even time and shrinking towards both ends: there is no lag.
    """

    def even(samples: Series, rate_hz: float) -> Series:
        at_s = np.arange(len(samples)) / rate_hz
        to_end_s = np.minimum(at_s, at_s[-1] - at_s)
        return moving_median(samples, at_s, 2 * np.minimum(to_end_s, window_s / 2))

    return values if len(values) < 3 else on_even_time(values, times_s, even)


def moving_median(values: Series, times_s: Series, window_s: float | Series) -> Series:
    """Median of the finite values within half a window of each time; NaN where there is none."""
    half_s = np.asarray(window_s) / 2 + SLACK_S
    starts = np.searchsorted(times_s, times_s - half_s, side="left")
    stops = np.searchsorted(times_s, times_s + half_s, side="right")
    width = int((stops - starts).max(initial=1))
    at = starts[:, None] + np.arange(width)
    outside = at >= stops[:, None]
    windows = values[np.minimum(at, len(values) - 1)].astype(np.float64)
    windows[outside] = np.nan
    empty = np.isnan(windows).all(axis=1)
    windows[:, 0] = np.where(empty, 0.0, windows[:, 0])
    middle: Series = np.nanmedian(windows, axis=1)
    return np.where(empty, np.nan, middle)
