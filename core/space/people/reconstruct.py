"""From the tracks of several calibrated cameras to skeletons in space."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.errors import TableError
from core.skeleton import COCO_17, Skeleton
from core.space.camera import Array, CameraSet
from core.space.people.associate import Members, associate
from core.space.people.limbs import exchanges
from core.space.people.stitch3d import joined_ids
from core.space.people.view_distances import AssociationSettings
from core.space.resample import ClockMap, Sampled, common_times, sampled
from core.space.tracks3d import Tracks3D
from core.space.triangulate import noise_of, triangulate
from core.tracks.table import NOBODY, TrackTable


@dataclass(frozen=True, slots=True)
class ReconstructSettings:
    """How tracks of several cameras become skeletons in space."""

    rate_hz: float | None = None  # of the result; the first camera's where nothing is given
    min_score: float = 0.2  # weaker keypoints are not used
    association: AssociationSettings = field(default_factory=AssociationSettings)

    def __post_init__(self) -> None:
        if self.rate_hz is not None and not 0 < self.rate_hz <= 1000:
            raise ValueError(f"rate_hz must be above 0 and at most 1000, got {self.rate_hz}")
        if not 0 <= self.min_score <= 1:
            raise ValueError(f"min_score must be in [0, 1], got {self.min_score}")


def reconstruct(
    cameras: CameraSet,
    tables: Sequence[TrackTable],
    clocks: Sequence[ClockMap],
    settings: ReconstructSettings = ReconstructSettings(),
    progress: Callable[[int, int], None] | None = None,
) -> Tracks3D:
    """Skeletons in space from a table a camera; raw, neither filled nor smoothed.

    Raises TableError where there are fewer than two cameras, no two of them ran at one time, or
    nobody was seen by two.
    """
    if len(tables) < 2:
        raise TableError("three dimensions need the tracks of two cameras or more")
    times_s = common_times(tables, clocks, settings.rate_hz)
    samples = [
        sampled(table, clock, times_s, settings.min_score)
        for table, clock in zip(tables, clocks, strict=True)
    ]
    rays = [
        camera.normalised(sample.keypoints)
        for camera, sample in zip(cameras.cameras, samples, strict=True)
    ]
    members = associate(cameras.cameras, samples, rays, times_s, settings.association, progress)
    if not len(members.ids):
        raise TableError(
            "nobody was seen by two cameras at the same place and time: wrong calibration, "
            "wrong order of cameras, or clips that are not in step (`sync`)"
        )
    return _triangulated(cameras, samples, rays, members, times_s, COCO_17)


def _triangulated(
    cameras: CameraSet,
    samples: Sequence[Sampled],
    rays: Sequence[Array],
    members: Members,
    times_s: Array,
    skeleton: Skeleton,
) -> Tracks3D:
    """All points at once, with limbs mended and pieces of people joined."""
    seen, weights = gathered(samples, rays, members)
    count, rows, joints = weights.shape
    flat = seen.reshape(count, -1, 2)
    kinds = np.arange(rows * joints) % joints
    noise = noise_of(cameras.cameras, flat, weights.reshape(count, -1), kinds)
    spread = np.tile(noise, (1, rows))
    first = triangulate(cameras.cameras, flat, weights.reshape(count, -1), spread)
    projections = np.stack([camera.projection for camera in cameras.cameras])
    points = first.points.reshape(rows, joints, 3)
    order = exchanges(projections, points, seen, noise, members.ids, skeleton)
    seen = np.take_along_axis(seen, order[..., None], axis=2)
    weights = np.take_along_axis(weights, order, axis=2)
    found = triangulate(
        cameras.cameras, seen.reshape(count, -1, 2), weights.reshape(count, -1), spread
    )
    points = found.points.reshape(rows, joints, 3)
    covariance = found.covariance.reshape(rows, joints, 3, 3)
    focal = np.array([camera.focal_px for camera in cameras.cameras])
    error = found.residuals_mrad.reshape(count, rows, joints) / 1000 * focal[:, None, None]
    known = np.isfinite(error)
    off_px = np.where(known, error, 0).sum(axis=2) / np.where(known.any(axis=2), known.sum(2), 1)
    track_ids = np.full((rows, count), NOBODY, np.int64)
    for camera, sample in enumerate(samples):
        there = members.rows[:, camera] >= 0
        track_ids[there, camera] = sample.ids[members.rows[there, camera]]
    tracks = Tracks3D(
        frames=members.times.astype(np.int64),
        times_s=times_s[members.times],
        ids=joined_ids(members.ids, times_s[members.times], points),
        points=points,
        deviations=np.sqrt(np.trace(covariance, axis1=2, axis2=3) / 3),
        cameras=found.used.sum(axis=0).reshape(rows, joints),
        covariance=covariance,
        reprojection_px=np.where(known.any(axis=2), off_px, np.nan).T,
        track_ids=track_ids,
        camera_names=tuple(camera.name for camera in cameras.cameras),
    )
    kept = np.flatnonzero(tracks.ids > 0)
    return tracks[kept[np.lexsort((tracks.ids[kept], tracks.frames[kept]))]]


def gathered(
    samples: Sequence[Sampled], rays: Sequence[Array], members: Members
) -> tuple[Array, Array]:
    """Rays (C, R, K, 2) and weights (C, R, K) of everybody's views."""
    count, joints = len(members.ids), rays[0].shape[1]
    seen = np.full((len(samples), count, joints, 2), np.nan)
    weights = np.zeros((len(samples), count, joints))
    for camera, (sample, own) in enumerate(zip(samples, rays, strict=True)):
        there = members.rows[:, camera] >= 0
        seen[camera, there] = own[members.rows[there, camera]]
        weights[camera, there] = np.clip(sample.scores[members.rows[there, camera]], 0, 1)
    return seen, weights
