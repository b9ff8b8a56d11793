"""How well the movements of two cameras' people agree, at every offset of their clocks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from core.space.camera import Array
from core.space.sync.joint_speeds import GRID_S, PersonSpeeds, Spectra

_LEAST_OVERLAP = 0.3  # of the most samples that any lag has in common
_PEAK_WIDTH_S = 0.25  # around a peak that is no other one


@dataclass(frozen=True, slots=True, eq=False)
class LagCurve:
    """How well two cameras agree when the second one's clock is set later by each lag."""

    lags_s: Array  # (L,)
    agreement: Array  # (L,) -1 to 1, NaN where they have too little in common

    @property
    def peak(self) -> tuple[float, float]:
        """The best lag in s, between two steps of the grid, and the agreement there."""
        values = np.nan_to_num(self.agreement, nan=-1.0)
        best = int(values.argmax())
        lag_s = float(self.lags_s[best])
        if 0 < best < len(values) - 1:
            left, top, right = values[best - 1 : best + 2]
            bend = left - 2 * top + right
            if bend < 0:
                lag_s += float(np.clip(0.5 * (left - right) / bend, -1, 1)) * self._step_s
        return lag_s, float(values[best])

    @property
    def second(self) -> tuple[float, float]:
        """The best lag that does not belong to the peak's own hill, and the agreement there."""
        values = np.nan_to_num(self.agreement, nan=-1.0)
        best = int(values.argmax())
        inner = np.r_[False, (values[1:-1] >= values[:-2]) & (values[1:-1] >= values[2:]), False]
        inner &= np.abs(self.lags_s - self.lags_s[best]) > _PEAK_WIDTH_S
        if not inner.any():
            return float("nan"), -1.0
        other = int(np.where(inner, values, -2).argmax())
        return float(self.lags_s[other]), float(values[other])

    @property
    def _step_s(self) -> float:
        return float(self.lags_s[1] - self.lags_s[0])


def lag_curve(
    one: Sequence[PersonSpeeds], other: Sequence[PersonSpeeds], max_offset_s: float
) -> LagCurve:
    """Agreement of two cameras' people at every lag on the grid of `GRID_S`."""
    start = min(person.start for person in (*one, *other))
    stop = max(person.stop for person in (*one, *other))
    # The same lags whatever the people's times: curves of several pairs are added.
    most = int(max_offset_s / GRID_S)
    size = 1 << int(max(2 * (stop - start), 2 * most + 2) - 1).bit_length()
    spectra = [[person.spectra(start, size) for person in people] for people in (one, other)]
    lags: NDArray[np.int64] = np.arange(-most, most + 1)
    strength = np.zeros((len(one), len(other), len(lags)))
    common = np.zeros_like(strength)
    for row, first in enumerate(spectra[0]):
        for column, second in enumerate(spectra[1]):
            strength[row, column], common[row, column] = _pearson(first, second, size, lags)
    best = _best_pairing(strength, common)
    return LagCurve(np.multiply(lags, GRID_S, dtype=np.float64), best)


def _pearson(
    one: Spectra, other: Spectra, size: int, lags: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Sum over joints of samples x correlation, and of samples, at each lag.

    The spectra are of presence, value and squared value; sums over what both have in common come
    from products of them (Padfield, Masked object registration in the Fourier domain, 2012).
    """

    def shifted(first: Spectra, second: Spectra) -> Array:
        # sum over t of first(t) second(t - lag)
        sums: Array = np.fft.irfft(first * second.conj(), size, axis=0)[lags % size]
        return sums

    count = np.maximum(np.round(shifted(one[0], other[0])), 0)
    safe = np.maximum(count, 1)
    mean_one, mean_other = shifted(one[1], other[0]) / safe, shifted(one[0], other[1]) / safe
    spread_one = shifted(one[2], other[0]) / safe - mean_one**2
    spread_other = shifted(one[0], other[2]) / safe - mean_other**2
    product = shifted(one[1], other[1]) / safe - mean_one * mean_other
    spread = np.sqrt(np.maximum(spread_one, 1e-6) * np.maximum(spread_other, 1e-6))
    enough = count >= 1 / GRID_S / 2  # half a second
    correlation = np.where(enough, np.clip(product / spread, -1, 1), 0)
    return (count * correlation).sum(axis=1), np.where(enough, count, 0).sum(axis=1)


def _best_pairing(strength: Array, common: Array) -> Array:
    """(L,) correlation over the pairing of people that agrees most at each lag."""
    agreement = np.full(strength.shape[2], np.nan)
    samples = np.zeros(strength.shape[2])
    for lag in range(strength.shape[2]):
        if strength.shape[0] == 1 == strength.shape[1]:
            rows, columns = np.array([0]), np.array([0])
        else:
            rows, columns = linear_sum_assignment(-np.maximum(strength[:, :, lag], 0))
        samples[lag] = common[rows, columns, lag].sum()
        if samples[lag] > 0:
            agreement[lag] = strength[rows, columns, lag].sum() / samples[lag]
    agreement[samples < _LEAST_OVERLAP * samples.max(initial=0)] = np.nan
    return agreement
