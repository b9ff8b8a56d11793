"""A world for cameras that know none: metres by a person's height, up by how people stand."""

from collections.abc import Sequence

import numpy as np

from core.skeleton import Skeleton
from core.space.camera import Array, CalibrationError, Camera

LEG_OF_HEIGHT = 0.491  # hip to knee to ankle (Drillis and Contini, 1966)
_ANKLE_M = 0.08  # of a foot that stands
_STRAIGHT = 0.97  # of a leg: the distance of hip and ankle over the way by the knee


def standing_world(
    placed: Sequence[Camera], points: Array, height_m: float, skeleton: Skeleton
) -> tuple[list[Camera], float]:
    """Cameras in metres with z up and the floor at 0, and how much the people's legs differ.

    `points` (P, T, K, 3) are people at common times in the cameras' own world. Up is where
    shoulders are seen from ankles while both legs are straight. Raises CalibrationError.
    """
    at = {name: points[:, :, index] for index, name in enumerate(skeleton.names)}
    ways = {
        side: np.linalg.norm(at[f"{side}_hip"] - at[f"{side}_knee"], axis=2)
        + np.linalg.norm(at[f"{side}_knee"] - at[f"{side}_ankle"], axis=2)
        for side in ("left", "right")
    }
    both = np.concatenate([ways["left"], ways["right"]], axis=1)
    legs = np.array([known_median(person) for person in both])
    seen = np.isfinite(both).sum(axis=1)  # how often: whoever passed by says little of the scale
    if not seen.any():
        raise CalibrationError("nobody's legs are seen whole; a person's height gives no scale")
    known, seen = legs[seen > 0], seen[seen > 0]
    usual = float(np.average(known, weights=seen))
    grow = LEG_OF_HEIGHT * height_m / usual
    up = _up(at, ways)
    turn = turn_to_z(up)
    ankles = np.concatenate([at["left_ankle"].reshape(-1, 3), at["right_ankle"].reshape(-1, 3)])
    ankles = grow * ankles[np.isfinite(ankles).all(axis=1)] @ turn.T
    floor = float(np.quantile(ankles[:, 2], 0.05)) - _ANKLE_M
    origin = np.array([*np.median(ankles[:, :2], axis=0), floor])
    moved = []
    for camera in placed:
        centre = grow * turn @ camera.centre - origin
        rotation = camera.rotation @ turn.T
        moved.append(camera.moved(rotation, -rotation @ centre))
    return moved, float(np.sqrt(np.average((known - usual) ** 2, weights=seen)) / usual)


def _up(at: dict[str, Array], ways: dict[str, Array]) -> Array:
    straight = np.ones(at["left_hip"].shape[:2], bool)
    for side in ("left", "right"):
        reach = np.linalg.norm(at[f"{side}_hip"] - at[f"{side}_ankle"], axis=2)
        with np.errstate(invalid="ignore"):
            straight &= reach > _STRAIGHT * ways[side]
    body = (at["left_shoulder"] + at["right_shoulder"] - at["left_ankle"] - at["right_ankle"]) / 2
    for chosen in (straight, np.ones_like(straight)):
        ways_up = body[chosen & np.isfinite(body).all(axis=2)]
        if len(ways_up) >= 5:
            ways_up = ways_up / np.linalg.norm(ways_up, axis=1, keepdims=True)
            mean = np.median(ways_up, axis=0)
            found: Array = mean / np.linalg.norm(mean)
            return found
    raise CalibrationError("nobody is seen from shoulders to ankles; up cannot be told")


def turn_to_z(up: Array) -> Array:
    """(3, 3) a rotation that takes `up` to z."""
    helper = np.eye(3)[int(np.argmin(np.abs(up)))]
    x = np.cross(helper, up)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(up, x), up])


def known_median(values: Array) -> float:
    """The median of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")
