"""A camera's lens from pictures of a board: focal lengths, centre and distortion.

Zhang's method as OpenCV has it, on pictures chosen for how they cover the view.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.space.board import Board
from core.space.board_finder import homography
from core.space.camera import Array, CalibrationError, Camera
from core.types import FloatArray

_FEWEST_PICTURES = 4
_MOST_PICTURES = 40
_CELLS = (8, 6)
_TILTED = 0.08  # how much nearer one end of the board must look to count as tilted
_UNSURE = 0.1  # of the focal length: nothing can be built on it
_WRONG_SIGMAS = 4.0  # of a picture's residual
_BETTER = 0.9  # a larger model must bring the residual of other pictures to this share
_HELD_OUT = 12  # pictures from which on that can be told
# Models of distortion, by their number of coefficients.
_MODELS = {4: cv2.CALIB_FIX_K3, 5: 0, 8: cv2.CALIB_RATIONAL_MODEL}


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """A lens and how well it is known."""

    camera: Camera  # stands at the origin
    pictures: int  # that were used
    left_out: int  # that fit no common lens
    rms_px: float
    focal_sd: float  # standard deviation of the focal length, as a share of it
    bare: tuple[str, ...]  # ninths of the picture in which no corner was seen


def lens_of(name: str, size: tuple[int, int], board: Board, seen: Sequence[Array]) -> Lens:
    """The lens of a camera from a board's corners (K, 2) px in several pictures, NaN where unseen.

    Raises CalibrationError where the pictures are too few or too alike.
    """
    if len(seen) < _FEWEST_PICTURES:
        raise CalibrationError(
            f"{name}: the board is seen in {len(seen)} pictures; a lens needs {_FEWEST_PICTURES}, "
            "better 20, in which it is near, tilted, and in all corners of the view"
        )
    chosen = [seen[index] for index in _covering(size, board, seen)]
    kept, coefficients = chosen, 4
    for _ in range(2):
        _, _, _, errors = _solved(name, size, board, kept, coefficients)
        usual = float(np.median(errors))
        spread = 1.4826 * float(np.median(np.abs(errors - usual)))
        good = errors <= max(usual + _WRONG_SIGMAS * spread, 1.5 * usual)
        if good.all() or good.sum() < _FEWEST_PICTURES:
            break
        kept = [corners for corners, is_good in zip(kept, good, strict=True) if is_good]
    if len(kept) >= _HELD_OUT:
        coefficients = _model(name, size, board, kept)
    rms, camera, deviations, _ = _solved(name, size, board, kept, coefficients)
    focal_sd = float(deviations[:2].mean() / camera.focal_px)
    if not 0.2 < camera.focal_px / max(size) < 20 or focal_sd > _UNSURE:
        raise CalibrationError(
            f"{name}: the pictures give a focal length of {camera.focal_px:.0f} px, "
            f"+- {focal_sd:.0%}, for a picture of {size[0]} x {size[1]} px, which says nothing; "
            "show the board tilted both ways, near and far"
        )
    return Lens(camera, len(kept), len(chosen) - len(kept), rms, focal_sd, _bare(size, kept))


def _solved(
    name: str, size: tuple[int, int], board: Board, seen: Sequence[Array], coefficients: int
) -> tuple[float, Camera, Array, Array]:
    """-> rms px, the camera, deviations of its parameters, rms px of each picture."""
    points, places = _pairs(board, seen)
    flags = _MODELS[coefficients]
    try:
        rms, matrix, lens, _, _, deviations, _, errors = cv2.calibrateCameraExtended(
            points, places, size, np.eye(3), np.zeros(5), flags=flags
        )
    except cv2.error as error:
        raise CalibrationError(
            f"{name}: the pictures of the board give no lens; show it tilted, near and far"
        ) from error
    camera = Camera(
        name, size, np.asarray(matrix, np.float64), np.ravel(lens)[:coefficients].astype(float),
        np.eye(3), np.zeros(3),
    )  # fmt: skip
    return float(rms), camera, np.ravel(deviations), np.ravel(errors)


def _pairs(board: Board, seen: Sequence[Array]) -> tuple[list[FloatArray], list[FloatArray]]:
    points: list[FloatArray] = []
    places: list[FloatArray] = []
    for corners in seen:
        known = np.isfinite(corners[:, 0])
        points.append(board.corners[known].astype(np.float32))
        places.append(corners[known].astype(np.float32))
    return points, places


def _model(name: str, size: tuple[int, int], board: Board, seen: Sequence[Array]) -> int:
    """The number of coefficients: more only where that helps pictures that were held out."""
    best, least = 4, np.inf
    for coefficients in _MODELS:
        squares: list[Array] = []
        for start in (0, 1):
            _, camera, _, _ = _solved(name, size, board, seen[start::2], coefficients)
            squares += [_off(camera, board, corners) for corners in seen[1 - start :: 2]]
        rms = float(np.sqrt(np.mean(np.concatenate(squares))))
        if rms < _BETTER * least:
            best, least = coefficients, rms
    return best


def _off(camera: Camera, board: Board, corners: Array) -> Array:
    """Squared px between a picture's corners and those of the board where it fits best."""
    known = np.isfinite(corners[:, 0])
    points, rays = board.corners[known], camera.normalised(corners[known])
    _, turn, shift = cv2.solvePnP(points, rays, np.eye(3), np.zeros(4), flags=cv2.SOLVEPNP_IPPE)
    local = points @ cv2.Rodrigues(turn)[0].T + shift.ravel()
    squared: Array = ((camera.pixels_of(local) - corners[known]) ** 2).sum(axis=1)
    return squared


def _covering(size: tuple[int, int], board: Board, seen: Sequence[Array]) -> list[int]:
    """Numbers of pictures that show the most cells of the view with the most tilts, in order."""
    if len(seen) <= _MOST_PICTURES:
        return list(range(len(seen)))
    classes = [_classes(size, board, corners) for corners in seen]
    counts = dict.fromkeys(set().union(*classes), 0)
    chosen: list[int] = []
    while len(chosen) < _MOST_PICTURES:
        worth = [
            -1.0 if number in chosen else sum(0.5 ** counts[key] for key in keys)
            for number, keys in enumerate(classes)
        ]
        best = int(np.argmax(worth))
        chosen.append(best)
        for key in classes[best]:
            counts[key] += 1
    return sorted(chosen)


def _classes(size: tuple[int, int], board: Board, corners: Array) -> set[tuple[int, int, int]]:
    """Cells of the view that hold a corner, with the way in which the board is tilted."""
    known = np.isfinite(corners[:, 0])
    flat = board.corners[known, :2] - board.corners[:, :2].mean(axis=0)
    turn = homography(flat, corners[known])
    reach = float(np.ptp(board.corners[:, :2], axis=0).max())
    lean = np.zeros(2) if turn is None else turn[2, :2] / turn[2, 2] * reach
    tilt = 0 if np.abs(lean).max() < _TILTED else 1 + int(np.abs(lean).argmax())
    cells = (corners[known] / size * _CELLS).astype(int).clip(0, np.array(_CELLS) - 1)
    return {(int(x), int(y), tilt) for x, y in cells}


def _bare(size: tuple[int, int], seen: Sequence[Array]) -> tuple[str, ...]:
    corners = np.concatenate(seen)
    cells: NDArray[np.int_] = (corners[np.isfinite(corners[:, 0])] / size * 3).astype(int)
    filled = {(int(x), int(y)) for x, y in cells.clip(0, 2)}
    across, down = ("left", "middle", "right"), ("upper", "middle", "lower")
    return tuple(
        "middle" if (x, y) == (1, 1) else f"{down[y]} {across[x]}"
        for y in range(3)
        for x in range(3)
        if (x, y) not in filled
    )
