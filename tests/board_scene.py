"""Cameras with lenses that are shown a board: exact pictures, as clips."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from space_scene import looking_at

from core.space.calibration.board import Board
from core.space.calibration.board_start import Pose
from core.space.camera import Array, Camera, CameraSet, rotation_of
from core.video.encode import EncodeSettings, VideoWriter

_SHARP_PX = 24  # of a drawn square's side


def small(camera: Camera) -> Camera:
    """The same camera with a picture of half the size."""
    matrix = camera.matrix.copy()
    matrix[:2] /= 2
    return replace(camera, size=(camera.size[0] // 2, camera.size[1] // 2), matrix=matrix)


CAMERAS = CameraSet(
    (
        small(looking_at("left", (1.9, 1.6, 2.5))),
        small(looking_at("middle", (2.3, -0.3, 2.8))),
        small(looking_at("right", (1.8, -1.9, 2.3))),
    )
)
TABLE_M = 0.6  # height of what the board lies on in the end
BOARD = Board("charuco", 5, 4, 0.2, 0.15, "4x4")


def shown(cameras: CameraSet = CAMERAS, count: int = 15, table: bool = True) -> list[Pose]:
    """How the board is held: near every camera in turn, then before all, then on a table."""
    generator = np.random.default_rng(4)
    poses = []
    for number in range(count):
        camera = cameras.cameras[number % len(cameras)]
        middle = np.array([0.0, 0.0, 1.0])
        distance = 1.3 if number < count // 2 else 2.1
        ahead = middle - camera.centre
        place = camera.centre + ahead / np.linalg.norm(ahead) * distance
        place += generator.uniform(-0.25, 0.25, 3) * distance
        turn = camera.rotation.T @ rotation_of(generator.uniform(-0.55, 0.55, 3))
        poses.append(Pose(turn, place - turn @ BOARD.corners.mean(axis=0)))
    if table:
        flat = rotation_of(np.array([0.0, 0.0, 0.4])) @ np.diag([1.0, -1.0, -1.0])
        poses.append(Pose(flat, np.array([-0.5, 0.2, TABLE_M])))
    return poses


@lru_cache
def _rays(camera: Camera) -> Array:
    """(H, W, 3) directions in the camera of all pixels."""
    width, height = camera.size
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    flat = camera.normalised(np.stack([x, y], axis=2))
    return np.concatenate([flat, np.ones((height, width, 1))], axis=2)


@lru_cache
def _face(board: Board) -> np.ndarray:
    """The board's picture with a bright edge of half a square."""
    size = (board.columns * _SHARP_PX, board.rows * _SHARP_PX)
    face = board.charuco().generateImage(size, marginSize=0)
    face = cv2.copyMakeBorder(face, *[_SHARP_PX // 2] * 4, cv2.BORDER_CONSTANT, value=255)
    return 255 - face if board.inverted else face


def picture(camera: Camera, board: Board, pose: Pose, back: np.ndarray) -> np.ndarray:
    """(H, W) grey: a board before a background."""
    local = Pose(camera.rotation, camera.translation).after(pose)
    rays = _rays(camera) @ local.rotation  # in the board's axes
    start = -local.rotation.T @ local.translation
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = -start[2] / rays[..., 2]
    at = start[:2] + rays[..., :2] * depth[..., None]
    at = (at / board.square_m + 0.5) * _SHARP_PX - 0.5
    at[~(depth > 0)] = -1e4
    at = np.clip(np.nan_to_num(at, nan=-1e4), -1e4, 1e4).astype(np.float32)
    face = _face(board)
    seen = cv2.remap(face, at, None, cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    mask = cv2.remap(np.full_like(face, 255), at, None, cv2.INTER_LINEAR)
    share = mask.astype(np.float32) / 255
    return (share * seen + (1 - share) * back).round().astype(np.uint8)


def write_clips(
    folder: Path,
    poses: list[Pose],
    board: Board = BOARD,
    cameras: CameraSet = CAMERAS,
    rate_hz: float = 5,
) -> list[str]:
    """A clip for each camera; returns their paths."""
    paths = []
    for camera in cameras.cameras:
        width, height = camera.size
        back = np.full((height, width), 90.0)
        path = folder / f"{camera.name}.mp4"
        with VideoWriter(path, camera.size, rate_hz, EncodeSettings(crf=14)) as writer:
            for number, pose in enumerate(poses):
                grey = picture(camera, board, pose, back)
                writer.write(np.repeat(grey[..., None], 3, axis=2), number / rate_hz)
        paths.append(str(path))
    return paths


def carried(times_s: Array) -> list[Pose]:
    """A board that somebody carries past two cameras, turning it, at common times."""
    left, middle = CAMERAS.cameras[:2]
    ahead = left.rotation[2] + middle.rotation[2]
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    between = np.stack([right, np.cross(ahead, right), ahead], axis=1)
    poses = []
    for time_s in times_s.tolist():
        turn = between @ rotation_of(np.array([0.3 * np.sin(2 * time_s), 0.3 * time_s - 0.3, 0.1]))
        place = np.array([0.0, 0.2, 1.1]) + (0.35 * time_s - 0.4) * right
        poses.append(Pose(turn, place - turn @ BOARD.corners.mean(axis=0)))
    return poses
