"""An athlete of another program's demo, ours and its result; `pytest -s -n 0` prints figures."""

import gzip
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from space_recordings import DATA, followed, laid_on, unpacked

from core.skeleton import COCO_17
from core.space.calibration.bundle import adjusted
from core.space.calibration_files.own_toml import read_calibration
from core.space.camera import Camera, CameraSet
from core.space.people.quality3d import bone_lengths
from core.space.people.reconstruct import reconstruct
from core.space.people.smooth import smoothed
from core.space.resample import ClockMap, common_times, sampled
from core.space.tracks3d import Tracks3D
from core.space.triangulate import linear, triangulate
from core.tracks.table import TrackTable

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="needs the recordings")


@pytest.fixture(scope="module")
def athlete(tmp_path_factory: pytest.TempPathFactory) -> list[TrackTable]:
    archive = DATA / "pose2sim" / "single_openpose_json.tar.gz"
    folder = unpacked(archive, tmp_path_factory.mktemp("athlete"))
    return followed([folder / f"cam0{camera}_json" for camera in (1, 2, 3, 4)], 60.0, True)


def test_one_athlete_of_the_peers_demo(athlete: list[TrackTable]) -> None:
    cameras = read_calibration(DATA / "pose2sim" / "Calib_qualisys.toml")
    raw = reconstruct(cameras, athlete, [ClockMap()] * 4)
    found = smoothed(raw)
    assert found.people.tolist() == [1]
    spread_mm = 1000 * np.mean([sd for _, sd in bone_lengths(found.points, COCO_17).values()])
    theirs = peer_points(DATA / "pose2sim" / "peer_single_0-99_filt_butterworth.trc.gz")
    off_mm = apart_mm(found, theirs)
    peer_mm = 1000 * np.mean([sd for _, sd in bone_lengths(theirs, COCO_17).values()])
    print(f"\none athlete: limbs +- {spread_mm:.1f} mm, the peer's {peer_mm:.1f} mm")
    print(f"to the peer {np.nanmedian(off_mm):.1f} mm")
    assert spread_mm < 20
    assert spread_mm < peer_mm
    assert np.nanmedian(off_mm) < 20
    # All of that comes from how the peer leaves out cameras: by its rule our rays give its points.
    ruled, kept = by_the_peers_rule(cameras.cameras, athlete, raw)
    same_mm = apart_mm(ruled, peer_points(DATA / "pose2sim" / "peer_single_0-99.trc.gz"))
    own = smoothed(ruled)
    lengths = bone_lengths(own.points, COCO_17).values()
    print(
        f"by the peer's rule: to its raw result {np.nanmedian(same_mm):.1f} mm, limbs +- "
        f"{1000 * np.mean([sd for _, sd in lengths]):.1f} mm, all four cameras in {kept:.0%}"
    )
    assert np.nanmedian(same_mm) < 1


def apart_mm(found: Tracks3D, theirs: np.ndarray) -> np.ndarray:
    """(R, 17) between a person of ours and the points (T, 17, 3) of another program."""
    own = found[found.frames < len(theirs)]
    return 1000 * np.linalg.norm(own.points - theirs[own.frames], axis=2)


def views_of(
    cameras: Sequence[Camera], tables: list[TrackTable], raw: Tracks3D
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels (C, P, 2), rays (C, P, 2) and weights (C, P) of a person's joints, P = R x 17."""
    times_s = common_times(tables, [ClockMap()] * len(tables))
    samples = [sampled(table, ClockMap(), times_s, 0.2) for table in tables]
    seen = np.full((len(tables), len(raw), 17, 2), np.nan)
    weights = np.zeros(seen.shape[:3])
    for camera, sample in enumerate(samples):
        for row, index in enumerate(raw.frames.tolist()):
            part = sample.at(index)
            own = part.start + np.flatnonzero(sample.ids[part] == raw.track_ids[row, camera])
            if len(own):
                seen[camera, row], weights[camera, row] = (
                    sample.keypoints[own[0]],
                    sample.scores[own[0]],
                )
    pixels, weights = seen.reshape(len(tables), -1, 2), weights.reshape(len(tables), -1)
    rays = [camera.normalised(own) for camera, own in zip(cameras, pixels, strict=True)]
    return pixels, np.stack(rays), weights


def by_the_peers_rule(
    cameras: Sequence[Camera], tables: list[TrackTable], raw: Tracks3D
) -> tuple[Tracks3D, float]:
    """A person's points by all cameras, or by the three or two that fit best where the mean
    distance in the pictures is 15 px or more, and how many keep all."""
    pixels, rays, weights = views_of(cameras, tables, raw)
    projections = np.stack([camera.projection for camera in cameras])
    points, used = np.full((rays.shape[1], 3), np.nan), np.zeros(rays.shape[1], int)
    for count in range(len(cameras), 1, -1):
        nearest_px = np.full(len(points), 15.0)
        open_ones = used == 0
        for chosen in map(list, combinations(range(len(cameras)), count)):
            trust = np.zeros_like(weights)
            trust[chosen] = weights[chosen]
            place = linear(projections, rays, trust)
            off = [np.linalg.norm(pixels[c] - cameras[c].project(place), axis=1) for c in chosen]
            there = np.isfinite(off)
            mean_px = np.where(there, off, 0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
            better = open_ones & (there.sum(axis=0) >= 2) & (mean_px < nearest_px)
            nearest_px[better], points[better], used[better] = mean_px[better], place[better], count
    known = used > 0
    ruled = replace(raw, points=points.reshape(len(raw), 17, 3))
    return ruled, float((used[known] == len(cameras)).mean())


def test_cameras_that_fit_the_athlete_speak_for_ours(athlete: list[TrackTable]) -> None:
    """The demo's calibration is off by up to 20 px in two cameras: moved by the athlete's own
    joints until all four agree, the cameras give points that lie nearer to ours than to the
    peer's, after a rigid move of both."""
    given = read_calibration(DATA / "pose2sim" / "Calib_qualisys.toml")
    clocks = [ClockMap()] * 4
    raw = reconstruct(given, athlete, clocks)
    _, rays, weights = views_of(given.cameras, athlete, raw)
    cameras = list(given.cameras)
    for _ in range(4):
        found = triangulate(cameras, rays, weights, np.full(weights.shape, 8.0))
        good = np.flatnonzero(np.isfinite(found.points).all(axis=1))
        camera_of, point_of = np.nonzero(found.used[:, good])
        views = (camera_of, point_of, rays[camera_of, good[point_of]])
        turns, shifts, _, _ = adjusted(
            np.stack([camera.rotation for camera in cameras]),
            np.stack([camera.translation for camera in cameras]),
            found.points[good],
            (*views, weights[camera_of, good[point_of]]),
        )
        cameras = [c.moved(r, t) for c, r, t in zip(cameras, turns, shifts, strict=True)]
    laid, _ = laid_on(CameraSet(tuple(cameras)), given)
    fitting = smoothed(reconstruct(CameraSet(tuple(laid)), athlete, clocks))
    theirs = peer_points(DATA / "pose2sim" / "peer_single_0-99_filt_butterworth.trc.gz")
    own = smoothed(raw).points[: len(theirs)]
    ours_mm, peers_mm = (
        rigidly_apart_mm(points, fitting.points[: len(theirs)]) for points in (own, theirs)
    )
    print(f"\nto cameras that agree: ours {ours_mm:.1f}, the peer's {peers_mm:.1f} mm")
    assert ours_mm < peers_mm


def rigidly_apart_mm(points: np.ndarray, others: np.ndarray) -> float:
    """Median distance of joints (T, 17, 3) that both know, after the rigid move of least squares
    (Kabsch, 1976)."""
    both = np.isfinite(points).all(axis=2) & np.isfinite(others).all(axis=2)
    both[:, :5] = False  # faces, which the peer lacks
    one, other = points[both], others[both]
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    left, _, right = np.linalg.svd(other.T @ one)
    turn = left * np.array([1, 1, np.linalg.det(left @ right)]) @ right
    return 1000 * float(np.median(np.linalg.norm(one @ turn.T - other, axis=1)))


def peer_points(path: Path) -> np.ndarray:
    """(T, 17, 3) m, z up: another program's markers of the same joints, NaN for those it lacks."""
    lines = gzip.decompress(path.read_bytes()).decode().split("\n")
    names = [name for name in lines[3].split("\t")[2:] if name]
    rows = [line.split("\t")[2 : 2 + 3 * len(names)] for line in lines[5:] if line.strip()]
    values = np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])
    markers = values.reshape(len(values), -1, 3)[..., [2, 0, 1]]
    points = np.full((len(markers), len(COCO_17), 3), np.nan)
    for index, name in enumerate(COCO_17.names):
        side, _, part = name.partition("_")
        marker = f"{side[0].upper()}{part.capitalize()}"
        if part and marker in names:
            points[:, index] = markers[:, names.index(marker)]
    return points
