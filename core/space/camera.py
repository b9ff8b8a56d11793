"""Cameras: the one place where pixels of the upright picture become rays, and points pixels.

World: metres, z up. Camera: x right, y down, z forward, as in OpenCV; `x_camera = R x_world + t`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import UserError

Array = NDArray[np.float64]

_LARGEST_PX = 1_000_000
_DISTORTIONS = (0, 4, 5, 8)  # how many coefficients OpenCV's pinhole model may have
_LENS_STEPS = 12  # each leaves a tenth of the error of wide lenses
_TURN_TOLERANCE = 1e-3  # of an entry of R R^T; files hold five digits or more


class CalibrationError(UserError):
    """A calibration cannot be read, used, or made."""


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A calibrated camera. Raises CalibrationError for what cannot be one."""

    name: str
    size: tuple[int, int]  # width and height of the upright picture, px
    matrix: Array  # (3, 3) K, px
    distortion: Array  # (0 | 4 | 5 | 8,) k1 k2 p1 p2 [k3 [k4 k5 k6]]; fisheye: (4,) k1 to k4
    rotation: Array  # (3, 3) R, world to camera
    translation: Array  # (3,) t, m
    fisheye: bool = False

    def __post_init__(self) -> None:
        width, height = self.size
        if width < 1 or height < 1:
            raise CalibrationError(f"camera {self.name}: a picture of {width} x {height} px")
        if max(width, height) > _LARGEST_PX:  # beyond floats, or too many digits to be shown
            raise CalibrationError(f"camera {self.name}: no picture is that large")
        for what, value, shape in (
            ("matrix", self.matrix, (3, 3)),
            ("rotation", self.rotation, (3, 3)),
            ("translation", self.translation, (3,)),
        ):
            if value.shape != shape or not np.isfinite(value).all():
                raise CalibrationError(f"camera {self.name}: {what} is not {shape} finite numbers")
        allowed = (4,) if self.fisheye else _DISTORTIONS
        if self.distortion.shape not in {(n,) for n in allowed}:
            counts = " or ".join(map(str, allowed))
            raise CalibrationError(
                f"camera {self.name}: {len(self.distortion)} distortion coefficients; "
                f"this lens model takes {counts}"
            )
        if not np.isfinite(self.distortion).all():
            raise CalibrationError(f"camera {self.name}: distortion is not finite")
        if not (self.matrix[0, 0] > 0 and self.matrix[1, 1] > 0):
            raise CalibrationError(f"camera {self.name}: focal lengths must be above 0 px")
        product = self.rotation @ self.rotation.T
        if np.abs(product - np.eye(3)).max() > _TURN_TOLERANCE:
            raise CalibrationError(f"camera {self.name}: rotation is no rotation matrix")
        if np.linalg.det(self.rotation) < 0:
            raise CalibrationError(
                f"camera {self.name}: rotation is a mirror (a left-handed world?); "
                "negate one axis of the world first"
            )

    @property
    def focal_px(self) -> float:
        """The mean of both focal lengths."""
        return float(self.matrix[0, 0] + self.matrix[1, 1]) / 2

    @property
    def centre(self) -> Array:
        """Where the camera stands in the world, (3,) m."""
        place: Array = -self.rotation.T @ self.translation
        return place

    @property
    def projection(self) -> Array:
        """(3, 4) [R | t]: world points to undistorted, normalised picture coordinates."""
        return np.column_stack([self.rotation, self.translation])

    def moved(self, rotation: Array, translation: Array) -> "Camera":
        """The same lens elsewhere."""
        return replace(self, rotation=rotation, translation=translation)

    def normalised(self, pixels: Array) -> Array:
        """Directions (..., 2): x / z and y / z in the camera of pixels (..., 2); NaN stays NaN."""
        flat = np.ascontiguousarray(pixels, np.float64).reshape(-1, 2)
        known = np.isfinite(flat).all(axis=1)
        found = np.full_like(flat, np.nan)
        if known.any():
            found[known] = self._without_lens(flat[known])
        return found.reshape(np.shape(pixels))

    def _without_lens(self, pixels: Array) -> Array:
        """(N, 2) directions of (N, 2) pixels: OpenCV's few steps, then more of the same kind."""
        undo = cv2.fisheye.undistortPoints if self.fisheye else cv2.undistortPoints
        found: Array = np.float64(undo(pixels[:, None], self.matrix, self._lens)).reshape(-1, 2)
        scale = np.array([self.matrix[0, 0], self.matrix[1, 1]])
        for _ in range(_LENS_STEPS):
            ahead = np.column_stack([found, np.ones(len(found))])
            found = found + (pixels - self.pixels_of(ahead)) / scale
        return found

    def pixels_of(self, local: Array) -> Array:
        """(N, 2) pixels of points (N, 3) in the camera's own axes, in front of it."""
        show = cv2.fisheye.projectPoints if self.fisheye else cv2.projectPoints
        zero = np.zeros(3)
        seen, _ = show(local[:, None], zero, zero, self.matrix, self._lens)
        return np.asarray(seen, np.float64).reshape(-1, 2)

    @property
    def _lens(self) -> Array:
        return self.distortion if len(self.distortion) else np.zeros(4)

    def project(self, points: Array) -> Array:
        """Pixels (..., 2) of world points (..., 3); NaN for those not in front of the camera."""
        flat = np.ascontiguousarray(points, np.float64).reshape(-1, 3)
        local = flat @ self.rotation.T + self.translation
        known = np.isfinite(local).all(axis=1) & (local[:, 2] > 0)
        found = np.full((len(flat), 2), np.nan)
        if known.any():
            found[known] = self.pixels_of(local[known])
        return found.reshape(*np.shape(points)[:-1], 2)


@dataclass(frozen=True, slots=True, eq=False)
class CameraSet:
    """Cameras in one world. Raises CalibrationError where two have one name."""

    cameras: tuple[Camera, ...]
    up_known: bool = True  # whether z is up; a board that nobody laid on the floor does not say
    scale_from: str = ""  # what gave the metres: "board", "height 1.80 m", a file

    def __post_init__(self) -> None:
        names = [camera.name for camera in self.cameras]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise CalibrationError(f"two cameras are called {twice}; names must differ")

    def __len__(self) -> int:
        return len(self.cameras)

    def named(self, name: str) -> Camera:
        """The camera of that name. Raises CalibrationError, which lists those that there are."""
        for camera in self.cameras:
            if camera.name == name:
                return camera
        known = ", ".join(camera.name for camera in self.cameras)
        raise CalibrationError(f"the calibration holds no camera {name}; it holds {known}")

    def only(self, names: Sequence[str]) -> "CameraSet":
        """These cameras, in this order. Raises CalibrationError."""
        return replace(self, cameras=tuple(self.named(name) for name in names))


def rotation_of(vector: Array) -> Array:
    """(3, 3) rotation of a Rodrigues vector (3,), radians along its axis."""
    return np.asarray(cv2.Rodrigues(np.asarray(vector, np.float64))[0], np.float64)


def vector_of(rotation: Array) -> Array:
    """The Rodrigues vector (3,) of a rotation (3, 3)."""
    return np.asarray(cv2.Rodrigues(np.asarray(rotation, np.float64))[0], np.float64).ravel()
