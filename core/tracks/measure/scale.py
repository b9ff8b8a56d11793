"""Pixels to metres: from a person's height, a line, or a plane's four points, with camera tilt."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.errors import UserError
from core.skeleton import COCO_17, Skeleton, check_body
from core.tracks.motion import Motion, Series

# Ankle to knee, knee to hip and hip to shoulder together, as a share of the body's height:
# 0.818 - 0.039 (Winter, Biomechanics and Motor Control of Human Movement, 2009, figure 4.1).
ANKLE_TO_SHOULDER = 0.779
SHORTEST_M, TALLEST_M = 0.3, 3.0  # a person is taller than the one and shorter than the other


class ScaleError(UserError):
    """Pixels cannot be turned into metres as asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Maps upright pixels (y down) to metres (y up) on one plane. `matrix` is a homography."""

    matrix: Series  # (3, 3)
    description: str

    def metres(self, points_px: Series) -> Series:
        """Points (..., 2) px in metres; NaN stays NaN."""
        return _mapped(self.matrix, points_px)


@dataclass(frozen=True, slots=True)
class CameraPose:
    """How the camera was held: `tilt_deg` downwards, `roll_deg` clockwise as seen from behind it.

    `fov_deg` is the angle of view along the picture's height.
    """

    size: tuple[int, int]  # width, height px of the upright picture
    tilt_deg: float = 0.0
    roll_deg: float = 0.0
    fov_deg: float = 45.0

    def __post_init__(self) -> None:
        if not 1 < self.fov_deg < 170:
            raise ScaleError(f"an angle of view of {self.fov_deg} degrees: expected 1 to 170")
        if abs(self.tilt_deg) >= 80 or abs(self.roll_deg) > 180:
            raise ScaleError("the camera's tilt must be below 80 degrees and its roll up to 180")

    def levelled(self) -> Series:
        """Homography (3, 3) to the pixels that a level camera at the same place would have seen.

        There, a wall and everyone who moves along it have one scale.
        """
        width, height = self.size
        focal = height / 2 / np.tan(np.deg2rad(self.fov_deg) / 2)
        inner = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
        tilt, roll = np.deg2rad((self.tilt_deg, self.roll_deg))
        # A camera that looks down sees level ahead above its centre: turn its rays down again.
        around_x = np.array(
            [
                [1, 0, 0],
                [0, np.cos(tilt), np.sin(tilt)],
                [0, -np.sin(tilt), np.cos(tilt)],
            ]
        )
        around_z = np.array(
            [
                [np.cos(roll), -np.sin(roll), 0],
                [np.sin(roll), np.cos(roll), 0],
                [0, 0, 1],
            ]
        )
        matrix: Series = inner @ around_x @ around_z @ np.linalg.inv(inner)
        return matrix


def from_height(
    keypoints_px: Series,
    height_m: float,
    camera: CameraPose | None = None,
    skeleton: Skeleton = COCO_17,
) -> Scale:
    """Scale of the plane in which a person of known height moves, seen from the side or front.

    `keypoints_px` (T, K, 2). Shanks, thighs and trunk, added up, are 0.779 of the height; of all
    frames the 90th percentile counts, because bent and turned limbs look shorter, never longer.
    The origin is on the ground under the person's first position. Raises ScaleError, also for a
    skeleton without COCO's joints.
    """
    try:
        check_body(skeleton)
    except ValueError as error:
        raise ScaleError(f"a height needs COCO's joints: {error}") from error
    if not SHORTEST_M < height_m < TALLEST_M:
        between = f"between {SHORTEST_M:g} and {TALLEST_M:g}"
        raise ScaleError(f"a person of {height_m} m: expected a height {between}")
    level = _level(camera)
    points = _mapped(level, keypoints_px)
    parts = []
    for side in ("left", "right"):
        chain = [skeleton.names.index(f"{side}_{n}") for n in ("ankle", "knee", "hip", "shoulder")]
        parts.append(np.linalg.norm(np.diff(points[:, chain], axis=1), axis=2).sum(axis=1))
    length = np.concatenate(parts)
    length = length[np.isfinite(length)]
    if len(length) == 0:
        raise ScaleError("the person's height: ankle, knee, hip and shoulder are never all seen")
    per_px = height_m * ANKLE_TO_SHOULDER / float(np.percentile(length, 90))
    hips = points[:, [skeleton.names.index(n) for n in ("left_hip", "right_hip")], 0].mean(axis=1)
    ankles = points[:, [skeleton.names.index(n) for n in ("left_ankle", "right_ankle")], 1]
    start = float(hips[np.isfinite(hips)][0]) if np.isfinite(hips).any() else 0.0
    ground = float(np.nanpercentile(ankles, 95)) + 0.039 * height_m / per_px
    return Scale(
        _similarity(per_px, 0.0, (start, ground)) @ level,
        f"a person's height of {height_m:g} m" + _of(camera),
    )


def from_longest(
    people: Sequence[Motion], height_m: float, camera: CameraPose | None = None
) -> Scale:
    """`from_height` of whoever of P people, P > 0, has the longest track. Raises ScaleError."""
    longest = max(people, key=len)
    return from_height(longest.keypoints, height_m, camera, longest.skeleton)


def from_line(
    start_px: tuple[float, float],
    end_px: tuple[float, float],
    length_m: float,
    camera: CameraPose | None = None,
) -> Scale:
    """Scale from a level line of known length on the ground, which also levels the picture.

    The origin is the line's start and x runs along it. Raises ScaleError.
    """
    if length_m <= 0:
        raise ScaleError(f"a line of {length_m} m: expected a positive length")
    level = _level(camera)
    start, end = _mapped(level, np.array([start_px, end_px]))
    along = end - start
    length_px = float(np.hypot(*along))
    if length_px < 1:
        raise ScaleError("a line whose ends are the same pixel has no length")
    angle = float(np.arctan2(along[1], along[0]))
    if abs(angle) > np.pi / 2:  # drawn from right to left: x still runs to the right
        angle -= np.copysign(np.pi, angle)
    return Scale(
        _similarity(length_m / length_px, angle, (float(start[0]), float(start[1]))) @ level,
        f"a line of {length_m:g} m" + _of(camera),
    )


def from_plane(corners_px: Sequence[tuple[float, float]], width_m: float, depth_m: float) -> Scale:
    """Scale of a plane from the four corners of a rectangle on it, in whatever perspective.

    Corners: near left (the origin), near right, far right, far left. Holds for points on that
    plane alone, such as feet on the ground. Raises ScaleError.
    """
    if width_m <= 0 or depth_m <= 0:
        raise ScaleError(f"a rectangle of {width_m} m by {depth_m} m: expected positive sides")
    corners = np.array(corners_px, np.float32)
    if corners.shape != (4, 2) or not cv2.isContourConvex(corners):
        raise ScaleError("a plane needs four corners in order around it, no three in one line")
    metres = np.array([[0, 0], [width_m, 0], [width_m, depth_m], [0, depth_m]], np.float32)
    return Scale(
        np.asarray(cv2.getPerspectiveTransform(corners, metres), np.float64),
        f"a rectangle of {width_m:g} m by {depth_m:g} m",
    )


def _level(camera: CameraPose | None) -> Series:
    return np.eye(3) if camera is None else camera.levelled()


def _of(camera: CameraPose | None) -> str:
    if camera is None:
        return ""
    return f", camera tilted {camera.tilt_deg:g} and rolled {camera.roll_deg:g} degrees"


def _similarity(per_px: float, angle: float, origin_px: tuple[float, float]) -> Series:
    """Pixels, y down, to metres, y up, with x along `angle` (clockwise in the picture)."""
    cos, sin = np.cos(angle), np.sin(angle)
    turn = per_px * np.array([[cos, sin], [sin, -cos]])
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = -turn @ np.array(origin_px)
    return matrix


def _mapped(matrix: Series, points: Series) -> Series:
    flat = points.reshape(-1, 2)
    mapped = np.concatenate([flat, np.ones((len(flat), 1))], axis=1) @ matrix.T
    return (mapped[:, :2] / mapped[:, 2:]).reshape(points.shape)
