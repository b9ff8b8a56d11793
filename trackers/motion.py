"""How a person moves between two observations: filters in seconds and body sizes.

filterpy is imported when it is needed: it loads most of SciPy, which takes a second.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatVector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """Noise of the boxes' Kalman filter. A body size is the mean of a box's width and height."""

    # Measurement noise of the box's centre: standard deviation (body sizes)
    position_noise: float = 0.03
    # Measurement noise of the box's width and height: standard deviation (body sizes)
    size_noise: float = 0.09
    # Process noise of the centre: root of the spectral density of white acceleration
    # (body sizes/s^1.5)
    position_drift: float = 0.7
    # Process noise of width and height: root of the spectral density of white acceleration
    # (body sizes/s^1.5)
    size_drift: float = 0.3
    first_speed: float = 0.8  # Standard deviation of a new track's speed (body sizes/s)
    # Time constant with which the speed fades while nothing is observed (s)
    momentum_s: float = 8.0
    # Time constant of the regression of past positions that gives a lost track's steady course (s)
    memory_s: float = 2.0
    still_s: float = 0.2  # A course shorter than this is taken for standing still (s)

    def __post_init__(self) -> None:
        for name in MotionSettings.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")


def load_filters() -> None:
    """Import what filters need, so that no frame has to wait for it."""
    import filterpy.kalman  # noqa: F401


def measure_box(box: FloatVector) -> FloatVector:
    """x1, y1, x2, y2 -> centre x, centre y, width, height."""
    return np.array(
        [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]]
    )


def body_size(box: FloatVector) -> float:
    """Mean of width and height of x1, y1, x2, y2, px; at least 1."""
    return max(1.0, float(box[2] - box[0] + box[3] - box[1]) / 2)


def travel_s(dt_s: float, momentum_s: float) -> float:
    """For how long a speed that fades with the time constant `momentum_s` carries on, s."""
    return float(momentum_s * -np.expm1(-dt_s / momentum_s))


@dataclass(frozen=True, slots=True, eq=False)
class TimeStep:
    """The matrices of one step, shared by everyone in the frame."""

    transition: FloatVector  # (8, 8)
    noise: FloatVector  # (8, 8) for a body size of 1 px

    @staticmethod
    @lru_cache(maxsize=64)  # most videos know only a few steps
    def of(dt_s: float, settings: MotionSettings) -> "TimeStep":
        """Constant velocity that fades, driven by continuous white acceleration."""
        from filterpy.common import Q_continuous_white_noise

        transition = np.eye(8)
        transition[range(4), range(4, 8)] = travel_s(dt_s, settings.momentum_s)
        transition[range(4, 8), range(4, 8)] = np.exp(-dt_s / settings.momentum_s)
        density = np.diag(np.repeat([settings.position_drift, settings.size_drift], 2) ** 2)
        return TimeStep(transition, np.kron(Q_continuous_white_noise(2, dt_s), density))


_OBSERVED = np.eye(4, 8)


@lru_cache(maxsize=8)
def _observation_noise(settings: MotionSettings) -> FloatVector:
    """(4, 4) for a body size of 1 px."""
    return np.diag(np.repeat([settings.position_noise, settings.size_noise], 2) ** 2)


class BoxFilter:
    """The Kalman filter of one box: centre, width, height (px) and their rates (px / s)."""

    def __init__(self, box: FloatVector, settings: MotionSettings) -> None:
        from filterpy.common import inv_diagonal
        from filterpy.kalman import KalmanFilter

        size = body_size(box)
        self._noise = _observation_noise(settings)
        speed = np.diag(np.full(4, settings.first_speed**2))
        self._filter = KalmanFilter(dim_x=8, dim_z=4)
        self._filter.inv = inv_diagonal  # the four measures do not depend on each other
        self._filter.H = _OBSERVED
        self._filter.x = np.concatenate([measure_box(box), np.zeros(4)])
        self._filter.P[:4, :4] = self._noise * size**2
        self._filter.P[4:, 4:] = speed * size**2

    def predict(self, step: TimeStep) -> None:
        """Move on by a step."""
        size = self.size
        self._filter.predict(F=step.transition, Q=step.noise * size**2)
        least = 0.1 * size
        for side in (2, 3):
            if self._filter.x[side] < least:
                self._filter.x[side] = least

    def update(self, box: FloatVector) -> None:
        """Take in an observed box, x1, y1, x2, y2."""
        self._filter.update(measure_box(box), R=self._noise * body_size(box) ** 2)

    def move(self, warp: FloatVector) -> None:
        """Follow the camera: `warp` (2, 3) takes old pixels to new ones."""
        state = self._filter.x
        state[:2] = warp[:, :2] @ state[:2] + warp[:, 2]
        state[4:6] = warp[:, :2] @ state[4:6]
        state[2:4] *= zoom_of(warp)

    @property
    def velocity(self) -> FloatVector:
        """(2,) of the centre, px / s."""
        speed: FloatVector = self._filter.x[4:6]
        return speed

    @property
    def size(self) -> float:
        """Body size, px; at least 1."""
        return max(1.0, float(self._filter.x[2] + self._filter.x[3]) / 2)

    @property
    def box(self) -> FloatVector:
        """The estimate as x1, y1, x2, y2."""
        x, y, width, height = self._filter.x[:4]
        return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def zoom_of(warp: FloatVector) -> float:
    """By how much a warp (2, 3) enlarges lengths."""
    return float(np.sqrt(abs(np.linalg.det(warp[:, :2]))))


class SteadyCourse:
    """The line that a person was walking: regression of past positions, old ones fading.

    After an occlusion it predicts better than the filter, whose last speed holds the noise of the
    last few boxes. Sums alone are kept, so that a long track costs no more than a short one.
    """

    def __init__(self, x: float, y: float, settings: MotionSettings) -> None:
        self._settings = settings
        self._weight = 1.0
        self._age_s = 0.0  # mean age of the positions at the last one
        self._position = np.array([x, y])  # mean position
        self._time2 = 0.0  # weighted sum of squared time differences
        self._product = np.zeros(2)  # weighted sum of time difference x position difference

    def add(self, x: float, y: float, dt_s: float) -> None:
        """Take in a position, `dt_s` after the last one."""
        fade = float(np.exp(-dt_s / self._settings.memory_s))
        weight = self._weight * fade
        age_s = self._age_s + dt_s
        share = 1 / (weight + 1)
        away = np.array([x, y]) - self._position
        self._time2 = fade * self._time2 + weight * share * age_s**2
        self._product = fade * self._product + weight * share * age_s * away
        self._position = self._position + share * away
        self._age_s = age_s * (1 - share)
        self._weight = weight + 1

    def move(self, warp: FloatVector) -> None:
        """Follow the camera."""
        self._position = warp[:, :2] @ self._position + warp[:, 2]
        self._product = warp[:, :2] @ self._product

    @property
    def velocity(self) -> FloatVector:
        """(2,) px / s, drawn towards 0 for a short course."""
        doubt = self._weight * self._settings.still_s**2
        speed: FloatVector = self._product / (self._time2 + doubt)
        return speed
