"""How far a calibration can be trusted, from people whom its cameras film: graded by itself.

Pixels alone say little (all cameras may stand under the floor): a camera is also compared with what
all others say without it, and people have heights, bones and a floor.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import TableError
from core.skeleton import COCO_17, Skeleton
from core.space.camera import Array, CalibrationError, Camera, CameraSet
from core.space.people.quality3d import quality
from core.space.people.reconstruct import ReconstructSettings, reconstruct
from core.space.resample import ClockMap, Sampled, common_times, sampled
from core.space.tracks3d import Tracks3D
from core.space.triangulate import noise_of, triangulate
from core.tracks.table import TrackTable

PARTS = (3, 3)  # of a picture: columns and rows
_FEWEST_JOINTS = 20  # in a part of the picture, to say anything about it
_FAR_MRAD = 40.0  # by which a camera may miss what the others say: 40 px of a 1,000 px lens
_LEAST_MATCHED = 0.1  # of a camera's people who fit those of others
_OTHERS_MATCHED = 0.4
_HEIGHTS_M = (0.8, 2.4)
_FLOOR_M = (-0.3, 0.6)  # where low ankles may lie


@dataclass(frozen=True, slots=True, eq=False)
class CameraCheck:
    """One camera against all."""

    name: str
    off_px: float  # median distance of joints to the triangulated points
    bias_px: tuple[float, float]  # median of seen minus shown, x and y
    parts_px: Array  # (3, 3) median by part of the picture, rows from above; NaN: too few joints
    alone_px: float  # median distance to what the others say without it; NaN with two cameras
    alone_mrad: float
    matched: float  # share of the people in its tracks who fit those of others


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What was found; `figures` are those of `quality`."""

    cameras: tuple[CameraCheck, ...]
    figures: dict[str, Any]
    heads_up_m: float  # median height of noses above ankles


def check_calibration(
    cameras: CameraSet,
    tables: Sequence[TrackTable],
    clocks: Sequence[ClockMap],
    settings: ReconstructSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Checked:
    """Grade a calibration by people. Raises CalibrationError where none can be reconstructed."""
    settings = settings or ReconstructSettings()
    try:
        tracks = reconstruct(cameras, tables, clocks, settings, progress)
    except TableError as error:
        raise CalibrationError(_blamed(cameras, tables, clocks, settings, error)) from error
    times_s = common_times(tables, clocks, settings.rate_hz)
    samples = [
        sampled(table, clock, times_s, settings.min_score)
        for table, clock in zip(tables, clocks, strict=True)
    ]
    seen, weights = _views(tracks, samples)
    found = tuple(
        _camera(cameras.cameras, number, tracks, seen, weights, len(samples[number].ids))
        for number in range(len(cameras))
    )
    return Checked(found, quality(tracks, COCO_17), _heads_up(tracks, COCO_17))


def reason_against(checked: Checked, up_known: bool) -> str | None:
    """Why a calibration cannot work, in one sentence; None where nothing speaks against it."""
    cameras = checked.cameras
    for camera in cameras:
        others = [other.matched for other in cameras if other is not camera]
        if camera.matched < _LEAST_MATCHED and max(others) > _OTHERS_MATCHED:
            return (
                f"camera {camera.name}: {camera.matched:.0%} of its people fit those of the other "
                "cameras; it was moved, its clip is out of step, or it is another camera's"
            )
    # A wrong camera also spoils what others are compared with: of those, it is the farthest off.
    far = [camera for camera in cameras if camera.alone_mrad > _FAR_MRAD]
    if far:
        worst = max(far, key=lambda camera: camera.off_px)
        return (
            f"camera {worst.name} misses what the others say by {worst.alone_px:.0f} px; it was "
            "moved or turned, or lens or clip are another camera's"
        )
    heights = [person["height_by_legs_m"] for person in checked.figures["people"]]
    known = [height for height in heights if height]
    if known and not _HEIGHTS_M[0] < float(np.median(known)) < _HEIGHTS_M[1]:
        return (
            f"people are {np.median(known):.2f} m tall by their legs; the scale is wrong (a unit, "
            "or the size of the board's squares)"
        )
    if up_known and checked.heads_up_m < 0:
        return "people stand on their heads; z points down, negate the world's z and y"
    floor = checked.figures["floor_m"]
    if up_known and floor is not None and not _FLOOR_M[0] < floor < _FLOOR_M[1]:
        return f"people's ankles are at z = {floor:.2f} m; the floor is elsewhere"
    return None


def _blamed(
    cameras: CameraSet,
    tables: Sequence[TrackTable],
    clocks: Sequence[ClockMap],
    settings: ReconstructSettings,
    error: TableError,
) -> str:
    """The error, with the camera without which it does not occur where there is one."""
    for number, camera in enumerate(cameras.cameras if len(cameras) > 2 else ()):
        rest = [other for other in range(len(cameras)) if other != number]
        names = [cameras.cameras[other].name for other in rest]
        try:
            reconstruct(
                cameras.only(names), [tables[n] for n in rest], [clocks[n] for n in rest], settings
            )
        except TableError:
            continue
        return f"camera {camera.name} does not fit the others, which work without it ({error})"
    return str(error)


def _views(tracks: Tracks3D, samples: Sequence[Sampled]) -> tuple[Array, Array]:
    """Pixels (C, R, K, 2) and weights (C, R, K) of everybody's views."""
    shape = (len(samples), *tracks.points.shape[:2])
    seen, weights = np.full((*shape, 2), np.nan), np.zeros(shape)
    for camera, sample in enumerate(samples):
        at = {
            (time, int(track_id)): row
            for time in range(len(sample.starts) - 1)
            for row, track_id in enumerate(sample.ids[sample.at(time)], int(sample.starts[time]))
        }
        for row, (time, own) in enumerate(
            zip(tracks.frames.tolist(), tracks.track_ids[:, camera].tolist(), strict=True)
        ):
            found = at.get((time, own))
            if found is not None:
                seen[camera, row] = sample.keypoints[found]
                weights[camera, row] = np.clip(sample.scores[found], 0, 1)
    return seen, weights


def _camera(
    cameras: Sequence[Camera],
    number: int,
    tracks: Tracks3D,
    seen: Array,
    weights: Array,
    rows: int,
) -> CameraCheck:
    camera = cameras[number]
    off = seen[number] - camera.project(tracks.points)
    known = np.isfinite(off).all(axis=2)
    length = np.linalg.norm(off, axis=2)
    alone = _alone_px(cameras, number, seen, weights)
    return CameraCheck(
        camera.name,
        _median(length[known]),
        (_median(off[known][:, 0]), _median(off[known][:, 1])),
        _by_part(camera, seen[number][known], length[known]),
        alone,
        1000 * alone / camera.focal_px,
        float((tracks.track_ids[:, number] >= 0).sum() / max(rows, 1)),
    )


def _alone_px(cameras: Sequence[Camera], number: int, seen: Array, weights: Array) -> float:
    """Median distance to points that the other cameras make."""
    rest = [other for other in range(len(cameras)) if other != number]
    if len(rest) < 2:
        return float("nan")
    others = [cameras[other] for other in rest]
    joints = weights.shape[2]
    rays = np.stack([cameras[other].normalised(seen[other]).reshape(-1, 2) for other in rest])
    flat = weights[rest].reshape(len(rest), -1)
    kinds = np.arange(flat.shape[1]) % joints
    noise = np.tile(noise_of(others, rays, flat, kinds), (1, flat.shape[1] // joints))
    points = triangulate(others, rays, flat, noise).points
    length = np.linalg.norm(seen[number].reshape(-1, 2) - cameras[number].project(points), axis=1)
    return _median(length[np.isfinite(length)])


def _by_part(camera: Camera, seen: Array, length: Array) -> Array:
    cells = (seen / camera.size * PARTS).astype(int).clip(0, np.array(PARTS) - 1)
    found = np.full(PARTS[::-1], np.nan)
    for row in range(PARTS[1]):
        for column in range(PARTS[0]):
            own = length[(cells == (column, row)).all(axis=1)]
            if len(own) >= _FEWEST_JOINTS:
                found[row, column] = np.median(own)
    return found


def _heads_up(tracks: Tracks3D, skeleton: Skeleton) -> float:
    at = [skeleton.names.index(name) for name in ("nose", "left_ankle", "right_ankle")]
    height = tracks.points[:, at[0], 2] - tracks.points[:, at[1:], 2].mean(axis=1)
    return _median(height[np.isfinite(height)])


def _median(values: Array) -> float:
    return float(np.median(values)) if len(values) else float("nan")
