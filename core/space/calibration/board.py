"""Boards to calibrate with: what they are called, and where their corners lie.

`charuco:COLUMNSxROWS:SQUARE:MARKER:DICTIONARY` counts squares, `chessboard:COLUMNSxROWS:SQUARE`
inner corners, as their makers do.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from core.errors import SettingsError
from core.space.camera import Array

FORMS = "charuco:8x11:24mm:18.75mm:4x4 or chessboard:4x7:60mm"
# By the bits of a side: so many different markers are in the small and in the large ones.
SIDES = ("4x4", "5x5", "6x6", "7x7")
_MARKERS = (50, 100, 250, 1000)
_LARGEST_SQUARE_M = 2.0
_MOST_SQUARES = 60
_UNITS_M = {"mm": 0.001, "cm": 0.01, "m": 1.0}


@dataclass(frozen=True, slots=True)
class Board:
    """A flat board: squares of a ChArUco board, or inner corners of a plain chessboard."""

    kind: Literal["charuco", "chessboard"]
    columns: int
    rows: int
    square_m: float
    marker_m: float = 0.0
    dictionary: str = ""  # 4x4, 5x5, 6x6 or 7x7, or such with a count: 4x4_1000
    legacy: bool = False  # laid out as before OpenCV 4.6, and by calib.io
    inverted: bool = False  # white squares where black ones are usual

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of inner corners."""
        less = 1 if self.kind == "charuco" else 0
        return self.columns - less, self.rows - less

    @property
    def corners(self) -> Array:
        """(K, 3) m: inner corners, row by row, in the plane z = 0; z points into the board."""
        columns, rows = self.grid
        first = 1 if self.kind == "charuco" else 0
        x, y = np.meshgrid(np.arange(columns), np.arange(rows))
        flat = np.column_stack([x.ravel() + first, y.ravel() + first, np.zeros(x.size)])
        return np.asarray(flat * self.square_m, np.float64)

    @property
    def is_one_way_up(self) -> bool:
        """Whether a picture shows which end is which; a chessboard may look the same turned."""
        return self.kind == "charuco" or (self.columns + self.rows) % 2 == 1

    @property
    def neighbours(self) -> Array:
        """(N, 2) corners that lie one square apart."""
        columns, rows = self.grid
        at = np.arange(columns * rows).reshape(rows, columns)
        across = np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()])
        down = np.column_stack([at[:-1].ravel(), at[1:].ravel()])
        return np.concatenate([across, down])

    def charuco(self) -> cv2.aruco.CharucoBoard:
        """The board as OpenCV has it."""
        board = cv2.aruco.CharucoBoard(
            (self.columns, self.rows), self.square_m, self.marker_m, self.markers()
        )
        board.setLegacyPattern(self.legacy)
        return board

    def markers(self) -> cv2.aruco.Dictionary:
        """The smallest dictionary of these bits that has enough markers, or the one named."""
        side, _, count = self.dictionary.partition("_")
        needed = self.columns * self.rows // 2
        size = int(count) if count else next(size for size in _MARKERS if size >= needed)
        name = f"DICT_{side.upper()}_{size}"
        return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, name))

    def __str__(self) -> str:
        if self.kind == "chessboard":
            text = f"chessboard:{self.columns}x{self.rows}:{1000 * self.square_m:g}mm"
        else:
            sizes = f"{1000 * self.square_m:g}mm:{1000 * self.marker_m:g}mm"
            text = f"charuco:{self.columns}x{self.rows}:{sizes}:{self.dictionary}"
        return text + (":legacy" if self.legacy else "") + (":inverted" if self.inverted else "")


def parse_board(text: str) -> Board:
    """A board by its name. Raises SettingsError."""
    parts = text.strip().lower().split(":")
    flags = {"legacy", "inverted"}
    legacy, inverted = "legacy" in parts, "inverted" in parts
    kind, *rest = [part for part in parts if part not in flags]
    if kind not in ("charuco", "chessboard") or len(rest) != (4 if kind == "charuco" else 2):
        raise SettingsError(f"--board {text}: must look like {FORMS}")
    counts = re.fullmatch(r"(\d{1,3})x(\d{1,3})", rest[0])
    least = 3 if kind == "charuco" else 2
    if not counts or not all(least <= int(n) <= _MOST_SQUARES for n in counts.groups()):
        raise SettingsError(
            f"--board {text}: {rest[0]} must be columns x rows, {least} to {_MOST_SQUARES} each"
        )
    columns, rows = map(int, counts.groups())
    square_m = _metres(text, rest[1])
    if kind == "chessboard":
        return Board("chessboard", columns, rows, square_m, inverted=inverted)
    marker_m = _metres(text, rest[2])
    if not marker_m < square_m:
        raise SettingsError(f"--board {text}: a marker must be smaller than its square")
    sizes = "|".join(map(str, _MARKERS))
    if not re.fullmatch(rf"({'|'.join(SIDES)})(_({sizes}))?", rest[3]):
        raise SettingsError(
            f"--board {text}: {rest[3]} must be {', '.join(SIDES)}, or such with a count: 4x4_1000"
        )
    board = Board("charuco", columns, rows, square_m, marker_m, rest[3], legacy, inverted)
    count = rest[3].partition("_")[2] or _MARKERS[-1]
    if columns * rows // 2 > int(count):
        raise SettingsError(f"--board {text}: {columns * rows // 2} markers are more than {count}")
    return board


def others(board: Board) -> list[Board]:
    """What else a board may be that somebody called by this name; the likeliest first."""
    turned = replace(board, columns=board.rows, rows=board.columns)
    if board.kind == "chessboard":
        counts = {(turned.columns, turned.rows): 0}
        for change in (-1, 1):  # squares counted in place of corners, or the other way round
            counts[board.columns + change, board.rows + change] = 0
        found = [board, *(replace(board, columns=c, rows=r) for c, r in counts if min(c, r) >= 2)]
        found += [replace(each, inverted=not each.inverted) for each in found]
        return found[1:]
    sides = [board.dictionary, *(side for side in SIDES if not board.dictionary.startswith(side))]
    found = [
        replace(each, dictionary=side, inverted=inverted, legacy=legacy)
        for side in sides
        for inverted in (board.inverted, not board.inverted)
        for each in (board, turned)
        for legacy in (board.legacy, not board.legacy)
    ]
    return found[1:]


def _metres(text: str, length: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(mm|cm|m)", length)
    metres = float(found[1]) * _UNITS_M[found[2]] if found else 0.0
    if not 0 < metres <= _LARGEST_SQUARE_M:
        raise SettingsError(
            f"--board {text}: {length} must be a length up to {_LARGEST_SQUARE_M:g} m with its "
            "unit, such as 24mm"
        )
    return metres
