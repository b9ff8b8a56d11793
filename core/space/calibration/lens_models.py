"""Models of lenses, and how each is fitted to a board's corners in several pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.optimize import least_squares

from core.space.calibration.board import Board
from core.space.camera import Array, CalibrationError, Camera
from core.types import FloatArray

_STARTS = (0.45, 0.75)  # of a fisheye's focal length, in widths of the picture
_WIDE = 20.0  # a ray so far from the axis, as x / z, says nothing of where a board is
_MOST_STEPS = 200
_INNER = 8  # focal lengths, centre and four coefficients of a fisheye


@dataclass(frozen=True, slots=True)
class LensModel:
    """A lens model of OpenCV's."""

    family: str  # pinhole or fisheye
    coefficients: int
    flags: int = 0  # of a pinhole's calibration


FISHEYE = LensModel("fisheye", 4)
# The simpler ones first: eight coefficients can follow a fisheye, not beyond what was shown.
MODELS = (
    LensModel("pinhole", 4, cv2.CALIB_FIX_K3),
    LensModel("pinhole", 5),
    FISHEYE,
    LensModel("pinhole", 8, cv2.CALIB_RATIONAL_MODEL),
)
PINHOLES = tuple(model for model in MODELS if model.family == "pinhole")


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A lens that was fitted to V pictures."""

    camera: Camera  # at the origin
    rms_px: float
    focal_sd_px: float
    errors_px: Array  # (V,) rms of each picture


def fitted(
    name: str, size: tuple[int, int], board: Board, seen: Sequence[Array], model: LensModel
) -> Fitted:
    """The lens of that model from corners (K, 2) px of each picture, NaN where unseen.

    Raises CalibrationError where the pictures give none.
    """
    try:
        if model.family == "fisheye":
            return _fisheye(name, size, board, seen)
        return _pinhole(name, size, board, seen, model)
    except (cv2.error, np.linalg.LinAlgError, ValueError) as error:
        raise CalibrationError(
            f"{name}: the pictures of the board give no lens; show it tilted, near and far"
        ) from error


def squared_off(camera: Camera, board: Board, corners: Array) -> Array:
    """Squared px between a picture's corners and those of the board where it fits best.

    Infinite where no place of the board fits.
    """
    known = np.isfinite(corners[:, 0])
    try:
        turn, shift = _pose(camera, board, corners)
    except (cv2.error, ValueError):
        return np.full(known.sum(), np.inf)
    local = board.corners[known] @ cv2.Rodrigues(turn)[0].T + shift
    squared: Array = ((camera.pixels_of(local) - corners[known]) ** 2).sum(axis=1)
    return squared


def _pinhole(
    name: str, size: tuple[int, int], board: Board, seen: Sequence[Array], model: LensModel
) -> Fitted:
    """Zhang's method."""
    points: list[FloatArray] = []
    places: list[FloatArray] = []
    for corners in seen:
        known = np.isfinite(corners[:, 0])
        points.append(board.corners[known].astype(np.float32))
        places.append(corners[known].astype(np.float32))
    rms, matrix, lens, _, _, deviations, _, errors = cv2.calibrateCameraExtended(
        points, places, size, np.eye(3), np.zeros(5), flags=model.flags
    )
    coefficients = np.ravel(lens)[: model.coefficients].astype(float)
    camera = _camera(name, size, np.asarray(matrix, np.float64), coefficients, False)
    return Fitted(camera, float(rms), float(np.ravel(deviations)[:2].mean()), np.ravel(errors))


def _fisheye(name: str, size: tuple[int, int], board: Board, seen: Sequence[Array]) -> Fitted:
    """Kannala and Brandt's model (2006) by least squares over lens and boards at once."""
    best: Fitted | None = None
    for start in _STARTS:
        matrix = np.array(
            [[start * size[0], 0, size[0] / 2], [0, start * size[0], size[1] / 2], [0, 0, 1]]
        )
        found = _from(_camera(name, size, matrix, np.zeros(4), True), board, seen)
        if best is None or found.rms_px < best.rms_px:
            best = found
    assert best is not None
    return best


def _from(camera: Camera, board: Board, seen: Sequence[Array]) -> Fitted:
    """The fisheye that fits best near one that is given."""
    known = [np.isfinite(corners[:, 0]) for corners in seen]
    points = [board.corners[own][:, None] for own in known]
    pixels = [corners[own] for corners, own in zip(seen, known, strict=True)]
    poses = [np.concatenate(_pose(camera, board, corners)) for corners in seen]
    ends = np.cumsum([0, *(2 * len(own) for own in pixels)])

    def residuals(values: Array) -> tuple[Array, Array]:
        """Pixels less those seen (2 N,) and how they change (2 N, 8 + 6 V)."""
        off = np.zeros(ends[-1])
        slopes = np.zeros((ends[-1], len(values)))
        matrix = np.array([[values[0], 0, values[2]], [0, values[1], values[3]], [0, 0, 1]])
        for number, pose in enumerate(values[_INNER:].reshape(-1, 6)):
            rows = slice(ends[number], ends[number + 1])
            found, slope = cv2.fisheye.projectPoints(
                points[number], pose[:3], pose[3:], matrix, values[4:_INNER]
            )
            off[rows] = (np.reshape(found, (-1, 2)) - pixels[number]).ravel()
            at = _INNER + 6 * number
            slopes[rows, :_INNER] = slope[:, :_INNER]
            slopes[rows, at : at + 6] = slope[:, _INNER : _INNER + 6]
        return off, slopes

    inner = np.r_[np.diag(camera.matrix)[:2], camera.matrix[:2, 2], camera.distortion]
    solved = least_squares(
        lambda values: residuals(values)[0],
        np.concatenate([inner, *poses]),
        jac=lambda values: residuals(values)[1],
        x_scale="jac",
        max_nfev=_MOST_STEPS,
    )
    off, slopes = residuals(solved.x)
    freedom = max(len(off) - len(solved.x), 1)
    covariance = np.linalg.inv(slopes.T @ slopes) * (off @ off) / freedom
    focal_sd_px = float(np.sqrt(np.diag(covariance)[:2].clip(0)).mean())
    squares = (off.reshape(-1, 2) ** 2).sum(axis=1)
    parts = np.split(squares, ends[1:-1] // 2)
    matrix = camera.matrix.copy()
    matrix[[0, 1, 0, 1], [0, 1, 2, 2]] = solved.x[:4]
    return Fitted(
        replace(camera, matrix=matrix, distortion=solved.x[4:_INNER]),
        float(np.sqrt(squares.mean())),
        focal_sd_px,
        np.array([np.sqrt(part.mean()) for part in parts]),
    )


def _camera(
    name: str, size: tuple[int, int], matrix: Array, distortion: Array, fisheye: bool
) -> Camera:
    return Camera(name, size, matrix, distortion, np.eye(3), np.zeros(3), fisheye)


def _pose(camera: Camera, board: Board, corners: Array) -> tuple[Array, Array]:
    """The Rodrigues vector (3,) and place (3,) m of a board that a camera sees."""
    rays = camera.normalised(corners)
    near = np.isfinite(rays[:, 0]) & (np.abs(rays).max(axis=1) < _WIDE)
    _, turn, shift = cv2.solvePnP(
        board.corners[near], rays[near], np.eye(3), np.zeros(4), flags=cv2.SOLVEPNP_IPPE
    )
    return np.ravel(turn), np.ravel(shift)
