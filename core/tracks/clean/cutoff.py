"""Cut-off frequency by residual analysis.

Winter, Biomechanics and Motor Control of Human Movement, 2009, section 3.4.4.3: what a low-pass
removes, plotted over its cut-off, falls steeply while it removes signal and along a straight line
while it removes noise alone. That line, drawn back to 0 Hz, is the noise; the cut-off at which the
residual equals it lets as much noise through as it distorts the signal.
"""

from dataclasses import dataclass

import numpy as np

from core.tracks.clean.smooth import butterworth
from core.tracks.motion import Series

LOWEST_HZ = 0.5
TRIES = 40
STRAIGHT = 0.98  # least share of variance that the line must explain


@dataclass(frozen=True, slots=True)
class Residuals:
    """Outcome of a residual analysis. F cut-offs were tried."""

    cutoffs_hz: Series  # (F,)
    residuals: Series  # (F,) root mean square of what each removes, in the unit of the values
    cutoff_hz: float
    noise: float  # root mean square of the noise


def residual_analysis(values: Series, times_s: Series, order: int = 4) -> Residuals | None:
    """Recommended Butterworth cut-off of one stretch (n, C) without gaps; None if too short."""
    if len(values) < 24:
        return None
    rate_hz = (len(times_s) - 1) / float(times_s[-1] - times_s[0])
    cutoffs = np.linspace(LOWEST_HZ, 0.45 * rate_hz, TRIES)
    residuals = np.array(
        [
            np.sqrt(np.mean((values - butterworth(values, times_s, float(c), order)) ** 2))
            for c in cutoffs
        ]
    )
    start = _start_of_line(cutoffs, residuals)
    _, noise = np.polyfit(cutoffs[start:], residuals[start:], 1)
    noise = max(float(noise), 0.0)
    below = np.flatnonzero(residuals <= noise)
    cutoff = float(cutoffs[below[0]]) if len(below) else float(cutoffs[-1])
    if len(below) and below[0] > 0:
        upper, lower = residuals[below[0] - 1], residuals[below[0]]
        share = (upper - noise) / max(upper - lower, 1e-12)
        cutoff = float(cutoffs[below[0] - 1] + share * (cutoffs[below[0]] - cutoffs[below[0] - 1]))
    return Residuals(cutoffs, residuals, cutoff, noise)


def _start_of_line(cutoffs: Series, residuals: Series) -> int:
    """Where the longest straight tail starts; the last quarter when none is straight."""
    for start in range(len(cutoffs) * 3 // 4):
        x, y = cutoffs[start:], residuals[start:]
        spread = float(np.var(y))
        line = np.polyval(np.polyfit(x, y, 1), x)
        if spread == 0 or 1 - float(np.var(y - line)) / spread >= STRAIGHT:
            return start
    return len(cutoffs) * 3 // 4
