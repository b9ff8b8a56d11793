"""Where cameras stand, from a board that they see at the same moments."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.space.calibration.board import Board
from core.space.calibration.board_bundle import Adjusted, Observed, adjusted_by_board
from core.space.calibration.board_start import Pose, sights_of, started
from core.space.camera import Array, CalibrationError, Camera, CameraSet
from core.space.triangulate import triangulate
from core.space.world import turn_to_z
from core.spread import SIGMA_OF_MAD

_NOISE_MRAD = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class FromBoard:
    """Cameras found from a board."""

    cameras: CameraSet
    moments: int  # at which two or more cameras saw the board
    corners: int
    rms_px: float  # of all corners
    median_px: float
    left_out: float  # share of the corners
    rms_of_camera_px: tuple[float, ...]
    square_off_mm: float  # median error of the squares' sides as all cameras see them
    square_sd_mm: float


def calibrated_from_board(
    lenses: Sequence[Camera], board: Board, seen: Array, floor: int | None = None
) -> FromBoard:
    """Places of cameras whose lenses are known, from corners (C, T, K, 2) px at common moments.

    NaN where not seen. At moment `floor` the board lies on the floor, which becomes z = 0;
    without it up is guessed from how the cameras are held. Raises CalibrationError.
    """
    if not board.is_one_way_up:
        raise CalibrationError(
            f"a {board} looks the same upside down and cannot place cameras; use one with an odd "
            "and an even number of corners, or a ChArUco board"
        )
    corners = board.corners
    names = [camera.name for camera in lenses]
    sights = sights_of(lenses, corners, seen)
    cameras, boards = started(names, corners, sights)
    if floor is not None and floor not in boards:
        raise CalibrationError("at the time of --floor-s no two cameras see the board")
    moments = sorted(boards)
    placed = [
        lens.moved(pose.rotation, pose.translation)
        for lens, pose in zip(lenses, cameras, strict=True)
    ]
    observed = _observed(corners, seen[:, moments])
    found = adjusted_by_board(placed, [boards[moment] for moment in moments], observed)
    world = _world(found, corners, None if floor is None else moments.index(floor))
    moved = [_in_world(camera, world) for camera in found.cameras]
    off, spread = squares_off_mm(moved, board, seen[:, moments])
    rms = [
        float(np.sqrt(np.mean(found.off_px[observed.cameras == number] ** 2)))
        for number in range(len(lenses))
    ]
    return FromBoard(
        CameraSet(tuple(moved), up_known=floor is not None, scale_from="board"),
        len(moments),
        len(observed.pixels),
        float(np.sqrt(np.mean(found.off_px**2))),
        float(np.median(found.off_px)),
        float(1 - found.kept.mean()),
        tuple(rms),
        off,
        spread,
    )


def _observed(corners: Array, seen: Array) -> Observed:
    cameras, boards, points = np.nonzero(np.isfinite(seen[..., 0]))
    return Observed(cameras, boards, corners[points], seen[cameras, boards, points])


def _world(found: Adjusted, corners: Array, floor: int | None) -> Pose:
    """From the first camera's axes to a world with z up.

    On the floor the board's own z points down, into it. Otherwise up is where pictures have their
    upper edge, on average, and z = 0 where the board was lowest.
    """
    if floor is not None:
        board = found.boards[floor]
        turn = np.diag([1.0, -1.0, -1.0]) @ board.rotation.T
        return Pose(turn, -turn @ board.translation)
    up = -np.mean([camera.rotation[1] for camera in found.cameras], axis=0)
    turn = turn_to_z(up / np.linalg.norm(up))
    places = np.concatenate([corners @ pose.rotation.T + pose.translation for pose in found.boards])
    places = places @ turn.T
    origin = np.array([*np.median(places[:, :2], axis=0), places[:, 2].min()])
    return Pose(turn, -origin)


def _in_world(camera: Camera, world: Pose) -> Camera:
    moved = Pose(camera.rotation, camera.translation).after(world.inverse)
    return camera.moved(moved.rotation, moved.translation)


def squares_off_mm(cameras: Sequence[Camera], board: Board, seen: Array) -> tuple[float, float]:
    """Median error and deviation of the sides of a board's squares, each corner by itself.

    `seen` is (C, T, K, 2) px; NaN where cameras never saw the board together.
    """
    rays = np.stack(
        [
            camera.normalised(pictures.reshape(-1, 2))
            for camera, pictures in zip(cameras, seen, strict=True)
        ]
    )
    weights = np.isfinite(rays[..., 0]).astype(float)
    points = triangulate(cameras, rays, weights, np.full(weights.shape, _NOISE_MRAD)).points
    ends = points.reshape(seen.shape[1], -1, 3)[:, board.neighbours]
    lengths = np.linalg.norm(ends[:, :, 0] - ends[:, :, 1], axis=2)
    off = 1000 * (lengths[np.isfinite(lengths)] - board.square_m)
    if not len(off):
        return float("nan"), float("nan")
    return float(np.median(off)), float(SIGMA_OF_MAD * np.median(np.abs(off - np.median(off))))
