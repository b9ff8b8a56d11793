"""Three dimensions on recordings with a truth; `python -m pytest -s -n 0` prints the figures."""

import csv
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from shelf_score import read_truth, shelf_score
from space_recordings import DATA, followed, laid_on, unpacked

from core.skeleton import COCO_17
from core.space.calibration.from_people import calibrated_from_people
from core.space.calibration_files.own_toml import read_calibration
from core.space.camera import CameraSet, vector_of
from core.space.people.reconstruct import reconstruct
from core.space.people.smooth import smoothed
from core.space.resample import ClockMap, sampled
from core.space.sync.by_motion import SyncSettings, synchronise
from core.space.sync.by_rays import refined
from core.space.tracks3d import Tracks3D
from core.tracks.table import TrackTable

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="needs the recordings")
OFFSETS_S = (0.0, 0.71, -1.34, 1.08, -0.23)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> list[TrackTable]:
    archive = DATA / "shelf" / "openpose_body25_json_0_149.tar.gz"
    folder = unpacked(archive, tmp_path_factory.mktemp("shelf")) / "openpose"
    return followed([folder / f"cam{camera}_json" for camera in range(5)], 25.0)


def test_shelf(shelf: list[TrackTable]) -> None:
    cameras = read_calibration(DATA / "shelf" / "Calib_shelf.toml")
    started_s = time.process_time()
    raw = reconstruct(cameras, shelf, [ClockMap()] * 5)
    cpu_s = (time.process_time() - started_s) / 150
    score = shelf_score(smoothed(raw), read_truth(DATA / "shelf" / "truth_0_149.txt"))
    print(f"\nShelf: {score}, {cpu_s:.4f} CPU-s a frame")
    assert score.pcp_without_head > 97.0
    assert score.mean_mm < 51
    assert score.id_changes == 0


def test_cameras_from_people_alone_on_shelf(shelf: list[TrackTable]) -> None:
    true = read_calibration(DATA / "shelf" / "Calib_shelf.toml")
    lenses = [camera.moved(np.eye(3), np.zeros(3)) for camera in true.cameras]
    clocks = [ClockMap()] * 5
    found = calibrated_from_people(lenses, shelf, clocks, height_m=1.70)
    laid, scale = laid_on(found.cameras, true)
    off_mm = [
        1000 * np.linalg.norm(one.centre - other.centre)
        for one, other in zip(laid, true.cameras, strict=True)
    ]
    turned_deg = [
        np.degrees(np.linalg.norm(vector_of(one.rotation @ other.rotation.T)))
        for one, other in zip(laid, true.cameras, strict=True)
    ]
    tracks = smoothed(reconstruct(CameraSet(tuple(laid)), shelf, clocks))
    score = shelf_score(tracks, read_truth(DATA / "shelf" / "truth_0_149.txt"))
    print(f"\nfrom people, the truth's scale: {np.round(off_mm)} mm, {np.round(turned_deg, 2)} deg")
    print(f"a height of 1.70 m makes metres {1 / scale:.3f} times as long; {score}")
    assert max(off_mm) < 45
    assert max(turned_deg) < 1
    assert score.pcp_without_head > 94.5


def free_running(table: TrackTable, offset_s: float, generator: np.random.Generator) -> TrackTable:
    """The same people by a camera with a clock, phase, jitter and drops of its own."""
    times_s = generator.uniform(0, 0.04) + np.arange(149) / 25 + generator.normal(0, 0.002, 149)
    times_s = np.sort(times_s[(times_s >= 0) & (generator.random(149) > 0.03)])
    people = sampled(table, ClockMap(), times_s, 0.05)
    frames = np.repeat(np.arange(len(times_s)), np.diff(people.starts))
    return TrackTable(
        frames=frames.astype(np.int64),
        times_s=(times_s - offset_s)[frames],
        ids=people.ids,
        scores=np.ones(len(frames), np.float32),
        boxes=np.zeros((len(frames), 4), np.float32),
        keypoints=np.nan_to_num(people.keypoints).astype(np.float32),
        keypoint_scores=people.scores.astype(np.float32),
    )


def test_free_running_clocks_on_shelf(shelf: list[TrackTable]) -> None:
    cameras = read_calibration(DATA / "shelf" / "Calib_shelf.toml").cameras
    names = [f"cam{camera}" for camera in range(5)]
    off_ms: dict[str, list[float]] = {"joint speeds": [], "rays": []}
    for draw in (11, 12, 13):
        generator = np.random.default_rng(draw)
        tables = [
            free_running(table, offset_s, generator)
            for table, offset_s in zip(shelf, OFFSETS_S, strict=True)
        ]
        found = synchronise(names, tables, SyncSettings(max_offset_s=5)).clocks
        for what, clocks in (("joint speeds", found), ("rays", refined(cameras, tables, found))):
            off_ms[what] += [
                1000 * abs(clock.offset_s - offset_s)
                for clock, offset_s in zip(clocks[1:], OFFSETS_S[1:], strict=True)
            ]
    for what, median_ms, worst_ms in (("joint speeds", 8, 40), ("rays", 5, 15)):
        off = off_ms[what]
        print(f"\nclocks by {what}: median {np.median(off):.1f}, worst {max(off):.1f} ms")
        assert np.median(off) < median_ms
        assert max(off) < worst_ms


def drawn_table(path: Path) -> TrackTable:
    """A long CSV of the drawn people, whose 13 joints have short names."""
    rows: dict[tuple[int, float, int], np.ndarray] = {}
    with path.open(newline="") as file:
        for cell in csv.DictReader(file):
            key = (int(cell["frame"]), float(cell["time_s"]), int(cell["track_id"] or -1))
            if key[2] >= 0:
                body = rows.setdefault(key, np.zeros((17, 3), np.float32))
                body[joint_of(cell["keypoint"])] = [cell["x"], cell["y"], cell["score"]]
    keys = sorted(rows, key=lambda key: (key[0], key[2]))
    bodies = np.stack([rows[key] for key in keys])
    return TrackTable(
        frames=np.array([key[0] for key in keys]),
        times_s=np.array([key[1] for key in keys]),
        ids=np.array([key[2] for key in keys]),
        scores=np.ones(len(keys), np.float32),
        boxes=np.zeros((len(keys), 4), np.float32),
        keypoints=bodies[..., :2],
        keypoint_scores=bodies[..., 2],
    )


def joint_of(name: str) -> int:
    sides = {"L": "left_", "R": "right_"}
    full = "nose" if name == "Nose" else sides[name[0]] + name[1:].lower()
    return COCO_17.names.index(full)


def test_drawn_people_with_exact_truth() -> None:
    folder = DATA / "synthetic"
    truth = np.load(folder / "truth.npz", allow_pickle=False)
    joints = [joint_of(str(name)) for name in truth["keypoints"]]
    tables = [drawn_table(folder / f"cam{camera}.csv") for camera in (1, 2, 3, 4)]
    clocks = [
        ClockMap(-offset / (1 + drift), 1 / (1 + drift))
        for offset, drift in zip(truth["offsets_s"], truth["drift"], strict=True)
    ]
    raw = reconstruct(read_calibration(folder / "calibration.toml"), tables, clocks)
    assert raw.people.tolist() == [1, 2]
    ways = [CubicSpline(truth["time_s"], poses) for poses in truth["poses"]]

    def off(found: Tracks3D) -> np.ndarray:
        apart = [found.points[:, joints] - way(found.times_s) for way in ways]
        nearest = [np.nanmean(np.linalg.norm(both, axis=2), axis=1) for both in apart]
        return np.where((nearest[0] < nearest[1])[:, None, None], *apart)

    errors = off(raw)
    means_mm = [
        1000 * np.nanmean(np.linalg.norm(each, axis=2)) for each in (errors, off(smoothed(raw)))
    ]
    known = np.isfinite(errors).all(axis=2)
    inverse = np.linalg.inv(raw.covariance[:, joints][known])
    chi = np.einsum("ni,nij,nj->n", errors[known], inverse, errors[known]).mean() / 3
    print(f"\ndrawn: raw {means_mm[0]:.1f}, smoothed {means_mm[1]:.1f} mm; chi2 / 3 {chi:.2f}")
    assert means_mm[0] < 8
    assert means_mm[1] < 6
    assert 0.7 < chi < 1.5


def test_a_wrong_offset_is_seen_in_the_residuals(shelf: list[TrackTable]) -> None:
    cameras = read_calibration(DATA / "shelf" / "Calib_shelf.toml")
    right = reconstruct(cameras, shelf, [ClockMap()] * 5)
    clocks = [ClockMap(), replace(ClockMap(), offset_s=0.3), *[ClockMap()] * 3]
    wrong = reconstruct(cameras, shelf, clocks)
    assert np.nanmedian(wrong.reprojection_px[:, 1]) > 1.5 * np.nanmedian(
        right.reprojection_px[:, 1]
    )
