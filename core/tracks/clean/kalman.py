"""Kalman smoother for joints: constant acceleration pushed by white noise, on the true times.

Forward filter and Rauch-Tung-Striebel pass (Rauch, Tung, Striebel, AIAA Journal 3 (1965) 1445),
for all joints at once. On even time it equals a quintic smoothing spline, a low-pass with the
response 1 / (1 + (f / f0)^6) (Craven, Wahba 1979); the stiffness of each joint is the one under
which its measurements are most likely.
"""

import numpy as np

from core.tracks.motion import Series, is_known

# Tried ratios of driving noise to measurement noise, 1/s^5: f0 from 0.3 Hz to 20 Hz at 60 Hz.
STIFFNESS = np.logspace(-1, 11, 37)
# Variances of position, speed and acceleration at the start, in units of the measurement's.
UNKNOWN = np.diag([1.0, 1e7, 1e9])
LEARN_FROM = 600  # frames: more do not change the stiffness much


def kalman_smoother(
    points: Series, times_s: Series, stiffness: Series | None = None
) -> tuple[Series, Series]:
    """Smooth (T, J, 2) points with NaN where nothing was measured; J joints at once.

    Returns estimates for every time, measured or not, and the stiffness (J,), which is found
    where none is given. Joints with fewer than 6 measured points are returned unchanged.
    """
    enough = is_known(points).sum(axis=0) >= 6
    if stiffness is None:
        stiffness = np.full(points.shape[1], STIFFNESS[0])
        if enough.any():
            stiffness[enough] = _likeliest(points[:, enough], times_s)
    if not enough.any():
        return points, stiffness
    means, variances, ahead, ahead_variances, _ = _forward(
        points[:, enough], times_s, stiffness[enough][:, None]
    )
    smoothed = means[:, :, 0].copy()  # (T, J, 3 of position, speed, acceleration; 2 of x, y)
    for t in range(len(points) - 2, -1, -1):
        step = _step(float(times_s[t + 1] - times_s[t]))
        gain = variances[t, :, 0] @ step.T @ np.linalg.inv(ahead_variances[t + 1, :, 0])
        smoothed[t] += gain @ (smoothed[t + 1] - ahead[t + 1, :, 0])
    result = points.copy()
    result[:, enough] = smoothed[:, :, 0]
    return result, stiffness


def _likeliest(points: Series, times_s: Series) -> Series:
    """Stiffness (J,) of highest likelihood, learnt from the frames that hold most."""
    part = slice(0, len(points))
    if len(points) > LEARN_FROM:
        measured = is_known(points).all(axis=1).cumsum()
        start = int(np.argmax(measured[LEARN_FROM:] - measured[:-LEARN_FROM]))
        part = slice(start, start + LEARN_FROM)
    tries = np.broadcast_to(STIFFNESS, (points.shape[1], len(STIFFNESS)))
    likelihood = _forward(points[part], times_s[part], tries)[-1]
    best: Series = STIFFNESS[np.argmax(likelihood, axis=1)]
    return best


def _step(dt: float) -> Series:
    return np.array([[1.0, dt, dt**2 / 2], [0.0, 1.0, dt], [0.0, 0.0, 1.0]])


def _push(dt: float) -> Series:
    """Covariance that white jerk of unit density adds in a step."""
    return np.array(
        [
            [dt**5 / 20, dt**4 / 8, dt**3 / 6],
            [dt**4 / 8, dt**3 / 3, dt**2 / 2],
            [dt**3 / 6, dt**2 / 2, dt],
        ]
    )


def _forward(
    points: Series, times_s: Series, stiffness: Series
) -> tuple[Series, Series, Series, Series, Series]:
    """Filter J joints, each with S values of stiffness (J, S).

    Returns means (T, J, S, 3, 2) and variances (T, J, S, 3, 3) after each measurement, the same
    before it, and log likelihoods (J, S) with the measurement's variance at its best value.
    """
    measured = is_known(points)  # (T, J)
    values = np.where(measured[..., None], points, 0.0)
    shape = (len(points), *stiffness.shape)
    means, variances = np.zeros((*shape, 3, 2)), np.zeros((*shape, 3, 3))
    ahead, ahead_variances = means.copy(), variances.copy()
    mean = np.zeros((*stiffness.shape, 3, 2))
    first = np.argmax(measured, axis=0)
    mean[:, :, 0] = values[first, np.arange(points.shape[1])][:, None]
    variance = np.tile(UNKNOWN, (*stiffness.shape, 1, 1))
    misfit, log_spread = np.zeros(stiffness.shape), np.zeros(stiffness.shape)
    used = np.zeros((points.shape[1], 1))
    for t in range(len(points)):
        if t > 0:
            dt = float(times_s[t] - times_s[t - 1])
            step = _step(dt)
            mean = step @ mean
            variance = step @ variance @ step.T + stiffness[:, :, None, None] * _push(dt)
        ahead[t], ahead_variances[t] = mean, variance
        here = measured[t][:, None]
        surprise = values[t][:, None] - mean[:, :, 0]
        spread = variance[:, :, 0, 0] + 1.0
        gain = np.where(here[..., None], variance[:, :, :, 0] / spread[..., None], 0.0)
        mean = mean + gain[..., None] * surprise[:, :, None]
        variance = variance - gain[..., None] * variance[:, :, None, 0]
        used += here
        counts = here & (used > 3)  # the first three only fix position, speed and acceleration
        misfit += np.where(counts, (surprise**2).sum(axis=2) / spread, 0.0)
        log_spread += np.where(counts, 2 * np.log(spread), 0.0)
        means[t], variances[t] = mean, variance
    count = 2 * np.maximum(used - 3, 1)
    likelihood = -0.5 * (count * np.log(np.maximum(misfit, 1e-12) / count) + log_spread)
    return means, variances, ahead, ahead_variances, likelihood
