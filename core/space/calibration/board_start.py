"""First places of cameras and boards: what pairs of cameras say that see a board at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.space.calibration.board_finder import FEWEST_CORNERS
from core.space.camera import Array, CalibrationError, Camera

FEWEST_SHARED = 3  # moments at which two cameras see the board
_MOST_COMPARED = 30  # moments that judge what one of them says
_SECOND = 4.0  # a plane's other pose counts while it fits at most so much worse
_FAR_MRAD = 50.0  # a moment speaks at most this loudly


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where a board is in a camera's axes: `x_camera = rotation x_board + translation`."""

    rotation: Array  # (3, 3)
    translation: Array  # (3,)

    def after(self, other: "Pose") -> "Pose":
        """First the other one, then this."""
        return Pose(
            self.rotation @ other.rotation, self.rotation @ other.translation + self.translation
        )

    @property
    def inverse(self) -> "Pose":
        """The way back."""
        return Pose(self.rotation.T, -self.rotation.T @ self.translation)


@dataclass(frozen=True, slots=True, eq=False)
class BoardSight:
    """What one camera sees of the board at one moment."""

    rays: Array  # (K, 2), NaN where not seen
    poses: tuple[Pose, ...]  # one or two, the better first: a plane may be seen in two ways

    def off_mrad(self, pose: Pose, corners: Array) -> float:
        """Median distance of the rays to where a pose would show the board's corners."""
        known = np.isfinite(self.rays[:, 0])
        local = corners[known] @ pose.rotation.T + pose.translation
        if not (local[:, 2] > 0).all():
            return _FAR_MRAD
        apart = np.linalg.norm(local[:, :2] / local[:, 2:] - self.rays[known], axis=1)
        return min(1000 * float(np.median(apart)), _FAR_MRAD)


Sights = list[dict[int, BoardSight]]  # a camera each: by number of the moment


def sights_of(cameras: Sequence[Camera], corners: Array, seen: Array) -> Sights:
    """Poses of the board in every picture; `seen` is (C, T, K, 2) px."""
    found: Sights = []
    for camera, pictures in zip(cameras, seen, strict=True):
        rays = camera.normalised(pictures)
        own = {}
        for moment in np.flatnonzero(np.isfinite(rays[..., 0]).sum(axis=1) >= FEWEST_CORNERS):
            poses = _poses(corners, rays[moment])
            if poses:
                own[int(moment)] = BoardSight(rays[moment], poses)
        found.append(own)
    return found


def started(
    names: Sequence[str], corners: Array, sights: Sights
) -> tuple[list[Pose], dict[int, Pose]]:
    """Cameras (world to camera) and boards (board to world); the first camera is the world.

    The cameras are joined in the order in which they share most moments. Raises CalibrationError.
    """
    shared = {
        (a, b): sorted(sights[a].keys() & sights[b].keys())
        for a, b in combinations(range(len(sights)), 2)
    }
    known = {0: Pose(np.eye(3), np.zeros(3))}
    while len(known) < len(sights):
        links = {
            (a, b): len(moments)
            for (a, b), moments in shared.items()
            if (a in known) ^ (b in known)
        }
        (a, b), count = max(links.items(), key=lambda link: link[1])
        if count < FEWEST_SHARED:
            alone = [names[camera] for camera in range(len(sights)) if camera not in known]
            raise CalibrationError(
                f"{' and '.join(alone)} never see{'s' if len(alone) == 1 else ''} the board at the "
                f"same time as {' or '.join(names[camera] for camera in sorted(known))}; "
                f"show it to two cameras at once for a few seconds, for every neighbouring pair "
                "(are the clips in step?)"
            )
        old, new = (a, b) if a in known else (b, a)
        known[new] = _relative(corners, sights[old], sights[new], shared[a, b]).after(known[old])
    cameras = [known[camera] for camera in range(len(sights))]
    return cameras, _boards(corners, cameras, sights)


def _poses(corners: Array, rays: Array) -> tuple[Pose, ...]:
    there = np.isfinite(rays[:, 0])
    try:
        _, turns, shifts, errors = cv2.solvePnPGeneric(
            corners[there], rays[there], np.eye(3), np.zeros(4), flags=cv2.SOLVEPNP_IPPE
        )
    except cv2.error:
        return ()
    limit = _SECOND * max(float(np.ravel(errors[0])[0]), 1e-6)
    poses = []
    for turn, shift, error in zip(turns, shifts, errors, strict=True):
        if float(np.ravel(error)[0]) <= limit and shift[2] > 0:
            turn, shift = cv2.solvePnPRefineLM(
                corners[there], rays[there], np.eye(3), np.zeros(4), turn, shift
            )
            poses.append(Pose(np.asarray(cv2.Rodrigues(turn)[0], np.float64), np.ravel(shift)))
    return tuple(poses)


def _relative(
    corners: Array, old: dict[int, BoardSight], new: dict[int, BoardSight], moments: Sequence[int]
) -> Pose:
    """From one camera to another: of what every moment says, what fits most moments best."""
    picked: NDArray[np.intp] = np.linspace(0, len(moments) - 1, _MOST_COMPARED).astype(int)
    judges = [moments[index] for index in sorted(set(picked.tolist()))]
    best, least = Pose(np.eye(3), np.zeros(3)), np.inf
    for moment in judges:
        for one in old[moment].poses:
            for other in new[moment].poses:
                says = other.after(one.inverse)
                off = float(
                    np.median(
                        [
                            min(
                                new[judge].off_mrad(says.after(pose), corners)
                                for pose in old[judge].poses
                            )
                            for judge in judges
                        ]
                    )
                )
                if off < least:
                    best, least = says, off
    return best


def _boards(corners: Array, cameras: Sequence[Pose], sights: Sights) -> dict[int, Pose]:
    """By moment, the pose that all cameras together like best, where two or more see the board."""
    found = {}
    for moment in sorted(set().union(*sights)):
        seeing = [camera for camera, own in enumerate(sights) if moment in own]
        if len(seeing) < 2:
            continue
        says = [
            cameras[camera].inverse.after(pose)
            for camera in seeing
            for pose in sights[camera][moment].poses
        ]
        found[moment] = min(
            says,
            key=lambda board: sum(
                sights[camera][moment].off_mrad(cameras[camera].after(board), corners)
                for camera in seeing
            ),
        )
    return found
