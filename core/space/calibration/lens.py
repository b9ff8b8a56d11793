"""A camera's lens from pictures of a board: focal lengths, centre and distortion.

Zhang's method, and Kannala and Brandt's model for fisheyes, as OpenCV has them, on pictures chosen
for how they cover the view.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.space.calibration.board import Board
from core.space.calibration.board_finder import homography
from core.space.calibration.lens_models import (
    FISHEYE,
    MODELS,
    PINHOLES,
    Fitted,
    LensModel,
    fitted,
    squared_off,
)
from core.space.camera import Array, CalibrationError, Camera
from core.spread import SIGMA_OF_MAD

Family = Literal["auto", "pinhole", "fisheye"]

_FEWEST_PICTURES = 4
_MOST_PICTURES = 40
_CELLS = (8, 6)
_TILTED = 0.08  # how much nearer one end of the board must look to count as tilted
_UNSURE = 0.1  # of the focal length: nothing can be built on it
_WRONG_SIGMAS = 4.0  # of a picture's residual
_BETTER = 0.9  # another model must bring the residual of other pictures to this share
_HELD_OUT = 12  # pictures from which on that can be told


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """A lens and how well it is known."""

    camera: Camera  # stands at the origin
    pictures: int  # that were used
    left_out: int  # that fit no common lens
    rms_px: float
    focal_sd: float  # standard deviation of the focal length, as a share of it
    bare: tuple[str, ...]  # ninths of the picture in which no corner was seen
    # Pinhole and fisheye: rms in pictures that were held out, where it is known of that kind.
    held_out_px: dict[str, float] = field(default_factory=dict)


def lens_of(
    name: str,
    size: tuple[int, int],
    board: Board,
    seen: Sequence[Array],
    family: Family = "auto",
) -> Lens:
    """The lens of a camera from a board's corners (K, 2) px in several pictures, NaN where unseen.

    `auto` takes a fisheye, and more coefficients, where that helps pictures that were held out.
    Raises CalibrationError where the pictures are too few or too alike.
    """
    if len(seen) < _FEWEST_PICTURES:
        raise CalibrationError(
            f"{name}: the board is seen in {len(seen)} pictures; a lens needs {_FEWEST_PICTURES}, "
            "better 20, in which it is near, tilted, and in all corners of the view"
        )
    chosen = [seen[index] for index in _covering(size, board, seen)]
    enough = len(chosen) >= _HELD_OUT
    models = {"auto": MODELS, "pinhole": PINHOLES, "fisheye": (FISHEYE,)}[family]
    simple = [model for model in models if model.coefficients == 4]
    # What is wrong fits neither kind of lens.
    kept = _fitting(name, size, board, chosen, simple if enough else simple[:1])
    model = simple[0]
    held_out_px: dict[str, float] = {}
    if len(kept) >= _HELD_OUT and len(models) > 1:
        model, held_out_px = _best_of(models, name, size, board, kept)
        kept = _fitting(name, size, board, kept, [model])
    found = fitted(name, size, board, kept, model)
    camera, focal_sd = found.camera, found.focal_sd_px / found.camera.focal_px
    if not 0.2 < camera.focal_px / max(size) < 20 or not focal_sd <= _UNSURE:
        raise CalibrationError(
            f"{name}: the pictures give a focal length of {camera.focal_px:.0f} px, "
            f"+- {focal_sd:.0%}, for a picture of {size[0]} x {size[1]} px, which says nothing; "
            "show the board tilted both ways, near and far"
        )
    left_out = len(chosen) - len(kept)
    bare = _bare(size, kept)
    return Lens(camera, len(kept), left_out, found.rms_px, focal_sd, bare, held_out_px)


def _fitting(
    name: str,
    size: tuple[int, int],
    board: Board,
    seen: Sequence[Array],
    models: Sequence[LensModel],
) -> list[Array]:
    """The pictures that fit a common lens of any of these models."""
    good = np.zeros(len(seen), bool)
    for model in models:
        own = np.ones(len(seen), bool)
        for _ in range(2):
            rows = np.flatnonzero(own).tolist()
            found = _tried(name, size, board, [seen[row] for row in rows], model)
            if found is None:
                own[:] = False
                break
            errors = found.errors_px
            usual = float(np.median(errors))
            spread = SIGMA_OF_MAD * float(np.median(np.abs(errors - usual)))
            fits = errors <= max(usual + _WRONG_SIGMAS * spread, 1.5 * usual)
            if fits.all() or fits.sum() < _FEWEST_PICTURES:
                break
            own[np.array(rows)[~fits]] = False
        good |= own
    kept = [corners for corners, is_good in zip(seen, good, strict=True) if is_good]
    return kept or list(seen)


def _tried(
    name: str, size: tuple[int, int], board: Board, seen: Sequence[Array], model: LensModel
) -> Fitted | None:
    try:
        return fitted(name, size, board, seen, model)
    except CalibrationError:
        return None


def _best_of(
    models: Sequence[LensModel],
    name: str,
    size: tuple[int, int],
    board: Board,
    seen: Sequence[Array],
) -> tuple[LensModel, dict[str, float]]:
    """The model that helps pictures which were held out, and the best rms px of each family.

    A family of which half of the pictures give no lens has none.
    """
    best, least = models[0], np.inf
    by_family: dict[str, float] = {}
    for model in models:
        squares: list[Array] = []
        for start in (0, 1):
            found = _tried(name, size, board, seen[start::2], model)
            if found is None:
                squares.append(np.array([np.inf]))
                continue
            others = seen[1 - start :: 2]
            squares += [squared_off(found.camera, board, corners) for corners in others]
        rms = float(np.sqrt(np.mean(np.concatenate(squares))))
        if not np.isfinite(rms):
            continue
        by_family[model.family] = min(rms, by_family.get(model.family, np.inf))
        if rms < _BETTER * least:
            best, least = model, rms
    return best, by_family


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
