"""Bootstrap intervals of figures that were measured on frames drawn at random."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

LEVEL = 0.95
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of the frames that were looked at, and where that of all frames is likely to be."""

    value: float
    low: float
    high: float


def resampled(count: int, seed: int = 0) -> NDArray[np.float64]:
    """(DRAWS, count) how often each of `count` frames is drawn when as many are, with repetition.

    Frames are drawn, not people: those of one frame are alike.
    """
    chances = np.full(count, 1 / count)
    return np.random.default_rng(seed).multinomial(count, chances, DRAWS).astype(np.float64)


def estimate(
    value: float,
    draws: NDArray[np.float64],
    without: NDArray[np.float64],
    share: bool = False,
) -> Estimate | None:
    """The interval of a figure from its values in `draws`, and `without` each of the N frames (N,).

    None where the figure has no value. Bias-corrected and accelerated percentiles (Efron, Better
    bootstrap confidence intervals, 1987), as much further out as few frames vary less than all do
    and as Student's t is wider than the normal distribution (Hesterberg, What teachers should know
    about the bootstrap, 2015). For a `share` that is the same in all draws, such as one of 1, it is
    Wilson's interval of N frames: that ten frames were right does not mean that all are.
    """
    count = len(without)
    draws = draws[np.isfinite(draws)]
    if not np.isfinite(value) or not len(draws) or count < 2:
        return None
    if share and float(np.ptp(draws)) < 1e-9:
        return Estimate(value, *_wilson(value, count))
    reach = float(scipy.stats.t.ppf((1 + LEVEL) / 2, count - 1)) * np.sqrt(count / (count - 1))
    below = float(np.mean(draws < value) + np.mean(draws == value) / 2)
    bias = float(scipy.stats.norm.ppf(np.clip(below, 1 / DRAWS, 1 - 1 / DRAWS)))
    skew = _acceleration(without[np.isfinite(without)])
    tails = [_tail(bias, skew, side * reach) for side in (-1, 1)]
    low, high = np.quantile(draws, tails).tolist()
    return Estimate(value, min(low, value), max(high, value))


def _acceleration(without: NDArray[np.float64]) -> float:
    """A sixth of the skewness of what each frame does to the figure."""
    effects = without.mean() - without if len(without) else np.zeros(1)
    spread = float((effects**2).sum())
    return float((effects**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0


def _tail(bias: float, skew: float, reach: float) -> float:
    place = bias + reach
    if 1 - skew * place <= 0:  # further out than there is anything
        return float(place > 0)
    return float(scipy.stats.norm.cdf(bias + place / (1 - skew * place)))


def _wilson(share: float, count: int) -> tuple[float, float]:
    z2 = float(scipy.stats.norm.ppf((1 + LEVEL) / 2)) ** 2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = np.sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
