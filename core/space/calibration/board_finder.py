"""Corners of a board in pictures, and which board it is where the one named is not found."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.space.calibration.board import Board, others
from core.space.camera import Array

Grey = NDArray[np.uint8]  # (H, W)

FEWEST_CORNERS = 6  # of a picture that counts
_STRAIGHT = 0.02  # share of the board's size by which a corner may lie beside its homography
_SURE_SHARE = 1 / 3  # of the pictures
_SMALL_PX = 640  # the plain finder looks first in a picture of this width: ten times as fast
_NORMALISE = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE


class BoardFinder:
    """Finds one kind of board."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._charuco = None
        if board.kind == "charuco":
            parameters = cv2.aruco.DetectorParameters()
            parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
            self._charuco = cv2.aruco.CharucoDetector(
                board.charuco(), cv2.aruco.CharucoParameters(), parameters
            )

    def find(self, picture: Grey, thorough: bool = True) -> Array | None:
        """(K, 2) px of the board's corners, NaN where not seen; None where there is no board.

        Corners that do not lie on one plane with the others are left out. `thorough` looks for a
        chessboard in two ways, of which one is slow where there is none.
        """
        grey = 255 - picture if self.board.inverted else np.ascontiguousarray(picture)
        found = self._markers(grey) if self._charuco else self._plain(grey, thorough)
        return None if found is None else _on_a_plane(self.board, found)

    def _markers(self, grey: Grey) -> Array | None:
        assert self._charuco is not None
        places, numbers, _, _ = self._charuco.detectBoard(grey)
        if np.size(numbers) < FEWEST_CORNERS:  # the size of None is 1
            return None
        found = np.full((len(self.board.corners), 2), np.nan)
        found[np.ravel(numbers)] = np.reshape(places, (-1, 2))
        return found

    def _plain(self, grey: Grey, thorough: bool) -> Array | None:
        """The classic finder misses boards that the newer one finds, and the other way round."""
        size = self.board.grid
        shrink = min(1.0, _SMALL_PX / grey.shape[1])
        small = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        flags = _NORMALISE | (0 if thorough else cv2.CALIB_CB_FAST_CHECK)
        is_there, corners = cv2.findChessboardCorners(small, size, flags=flags)
        if not is_there and thorough:
            flags = cv2.CALIB_CB_ACCURACY | cv2.CALIB_CB_NORMALIZE_IMAGE
            is_there, corners = cv2.findChessboardCornersSB(small, size, flags=flags)
        if not is_there:
            return None
        places = (np.reshape(corners, (-1, 2)).astype(np.float64) + 0.5) / shrink - 0.5
        return self._one_way(grey, self._refined(grey, places))

    def _refined(self, grey: Grey, corners: Array) -> Array:
        """Corners to a fraction of a pixel, in a window that holds no second corner."""
        first, second = self.board.neighbours.T
        nearest = float(np.linalg.norm(corners[first] - corners[second], axis=1).min())
        half = int(np.clip(nearest / 3, 2, 11))
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 40, 0.001)
        start = corners[:, None].astype(np.float32)
        found = cv2.cornerSubPix(grey, start, (half, half), (-1, -1), stop)
        return np.reshape(found, (-1, 2)).astype(np.float64)

    def _one_way(self, grey: Grey, corners: Array) -> Array:
        """In the order in which the square inside the first corner is dark."""
        columns, rows = self.board.grid
        board = self.board.corners[:, :2]
        turn = homography(board, corners)
        if turn is not None and np.linalg.det(turn) < 0:
            # Seen as in a mirror: the finder went the other way round.
            corners = corners.reshape(rows, columns, 2)[:, ::-1].reshape(-1, 2)
            turn = homography(board, corners)
        if turn is None:
            return corners
        x, y = np.meshgrid(np.arange(columns - 1), np.arange(rows - 1))
        middles = (np.stack([x, y], axis=2).reshape(1, -1, 2) + 0.5) * self.board.square_m
        seen = cv2.perspectiveTransform(middles, turn).reshape(-1, 2)
        at = np.clip(seen.round().astype(int), 0, np.array(grey.shape[::-1]) - 1)
        bright = grey[at[:, 1], at[:, 0]].astype(float)
        even = (x + y).ravel() % 2 == 0
        dark_first = bright[even].mean() < bright[~even].mean()
        return corners if dark_first or not self.board.is_one_way_up else corners[::-1].copy()


def fitting_board(board: Board, pictures: Sequence[Grey]) -> tuple[Board, int] | None:
    """The board that most corners of some pictures fit, where the one named fits none.

    -> the board and in how many pictures it is; None where no board that could be meant is there.
    """
    best: tuple[Board, int] | None = None
    most = 0
    for other in others(board):
        finder = BoardFinder(other)
        looked = (finder.find(picture, thorough=False) for picture in pictures)
        found = [corners for corners in looked if corners is not None]
        count = sum(int(np.isfinite(corners[:, 0]).sum()) for corners in found)
        # Markers know their numbers; plain squares are found where there are none.
        is_sure = len(found) >= _SURE_SHARE * len(pictures)
        if count > most and (is_sure or board.kind == "charuco"):
            best, most = (other, len(found)), count
            if is_sure and board.kind == "charuco":
                break
    return best


def _on_a_plane(board: Board, found: Array) -> Array | None:
    known = np.flatnonzero(np.isfinite(found[:, 0]))
    flat = board.corners[known, :2]
    if len(known) < FEWEST_CORNERS or np.linalg.matrix_rank(flat - flat.mean(axis=0)) < 2:
        return None
    limit = _STRAIGHT * float(np.linalg.norm(np.ptp(found[known], axis=0)))
    turn = homography(flat, found[known], max(limit, 2.0))
    if turn is None:
        return None
    shown = cv2.perspectiveTransform(flat[None], turn)[0]
    found[known[np.linalg.norm(shown - found[known], axis=1) > max(limit, 2.0)]] = np.nan
    kept = board.corners[np.isfinite(found[:, 0]), :2]
    if len(kept) < FEWEST_CORNERS or np.linalg.matrix_rank(kept - kept.mean(axis=0)) < 2:
        return None
    return found


def homography(flat: Array, seen: Array, limit_px: float | None = None) -> Array | None:
    """(3, 3) from a plane (N, 2) to pixels (N, 2), robust where a limit is given; None: none."""
    method, limit = (0, 3.0) if limit_px is None else (cv2.RANSAC, limit_px)
    found = cv2.findHomography(flat.astype(np.float64), seen, method, limit)[0]
    return None if np.size(found) != 9 else np.asarray(found, np.float64)
