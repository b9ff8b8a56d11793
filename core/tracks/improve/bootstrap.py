"""How sure a figure is that some frames drawn at random give."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

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
    value: float, draws: NDArray[np.float64], count: int, share: bool = False
) -> Estimate | None:
    """The interval of a figure from its values in `draws`; None where it has no value.

    Percentiles of the draws, as much further out as few frames vary less than all do and as
    Student's t is wider than the normal distribution (Hesterberg, What teachers should know about
    the bootstrap, 2015). For a `share` that is the same in all draws, such as one of 1, it is
    Wilson's interval of `count` frames: that ten frames were right does not mean that all are.
    """
    draws = draws[np.isfinite(draws)]
    if not np.isfinite(value) or not len(draws) or count < 2:
        return None
    if share and float(np.ptp(draws)) < 1e-9:
        return Estimate(value, *_wilson(value, count))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, count - 1)) * np.sqrt(count / (count - 1))
    tail = float(stats.norm.cdf(-reach))
    low, high = np.quantile(draws, (tail, 1 - tail)).tolist()
    return Estimate(value, min(low, value), max(high, value))


def _wilson(share: float, count: int) -> tuple[float, float]:
    z2 = float(stats.norm.ppf((1 + LEVEL) / 2)) ** 2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = np.sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
