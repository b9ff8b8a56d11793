"""How a box moves between two observations: one Kalman filter a person, in seconds."""

from dataclasses import dataclass

import numpy as np
from filterpy.common import Q_continuous_white_noise
from filterpy.kalman import KalmanFilter
from numpy.typing import NDArray

FloatVector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """Noise of the box filter. A body size is the mean of a box's width and height."""

    position_noise: float = 0.03  # standard deviation of an observed centre, body sizes
    size_noise: float = 0.06  # standard deviation of an observed width and height, body sizes
    position_drift: float = 0.8  # root of the density of white acceleration, body sizes / s^1.5
    size_drift: float = 0.3  # the same for width and height
    first_speed: float = 0.8  # standard deviation of the speed of a new track, body sizes / s
    momentum_s: float = 1.5  # a speed that is not observed fades with this time constant

    def __post_init__(self) -> None:
        for name in MotionSettings.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")


def measure_box(box: FloatVector) -> FloatVector:
    """x1, y1, x2, y2 -> centre x, centre y, width, height."""
    return np.array(
        [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]]
    )


def body_size(box: FloatVector) -> float:
    """Mean of width and height of x1, y1, x2, y2, px; at least 1."""
    return max(1.0, float(box[2] - box[0] + box[3] - box[1]) / 2)


@dataclass(frozen=True, slots=True)
class TimeStep:
    """The matrices of one step of `dt_s`, shared by everyone in the frame."""

    dt_s: float
    transition: FloatVector  # (8, 8)
    noise: FloatVector  # (8, 8) for a body size of 1 px

    @staticmethod
    def of(dt_s: float, settings: MotionSettings) -> "TimeStep":
        """Constant velocity that fades, driven by continuous white acceleration.

        A speed v becomes v exp(-dt / m) and carries the box by v m (1 - exp(-dt / m)).
        """
        fade = np.exp(-dt_s / settings.momentum_s)
        travel = settings.momentum_s * (1 - fade)
        transition = np.eye(8)
        transition[range(4), range(4, 8)] = travel
        transition[range(4, 8), range(4, 8)] = fade
        block = Q_continuous_white_noise(2, dt_s)
        density = np.diag(np.repeat([settings.position_drift, settings.size_drift], 2) ** 2)
        return TimeStep(dt_s, transition, np.kron(block, density))


class BoxFilter:
    """The Kalman filter of one box: centre, width, height (px) and their rates (px / s)."""

    def __init__(self, box: FloatVector, settings: MotionSettings) -> None:
        self._settings = settings
        size = body_size(box)
        self._filter = KalmanFilter(dim_x=8, dim_z=4)
        self._filter.H = np.eye(4, 8)
        self._filter.x = np.concatenate([measure_box(box), np.zeros(4)])
        speed = (settings.first_speed * size) ** 2
        self._filter.P = np.diag(np.concatenate([self._observation_noise(size), 4 * [speed]]))

    def predict(self, step: TimeStep) -> None:
        """Move on by a step."""
        size = self.size
        self._filter.predict(F=step.transition, Q=step.noise * size**2)
        self._filter.x[2:4] = np.maximum(self._filter.x[2:4], 0.1 * size)

    def update(self, box: FloatVector) -> None:
        """Take in an observed box, x1, y1, x2, y2."""
        self._filter.update(measure_box(box), R=np.diag(self._observation_noise(body_size(box))))

    def _observation_noise(self, size: float) -> FloatVector:
        position = (self._settings.position_noise * size) ** 2
        extent = (self._settings.size_noise * size) ** 2
        return np.array([position, position, extent, extent])

    @property
    def size(self) -> float:
        """Body size, px; at least 1."""
        return max(1.0, float(self._filter.x[2] + self._filter.x[3]) / 2)

    @property
    def box(self) -> FloatVector:
        """The estimate as x1, y1, x2, y2."""
        x, y, width, height = self._filter.x[:4]
        return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])

    @property
    def velocity(self) -> FloatVector:
        """Speed of the centre, (2,) px / s."""
        speed: FloatVector = self._filter.x[4:6].copy()
        return speed
