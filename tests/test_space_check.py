"""A calibration graded by itself, and what speaks against one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from board_scene import BOARD, shown, write_clips
from board_scene import CAMERAS as BOARD_CAMERAS
from space_scene import CAMERAS, Filming, filmed

from app.__main__ import main
from core.space.calibration.check import check_calibration
from core.space.calibration_files.own_toml import write_calibration
from core.space.camera import Camera, CameraSet, rotation_of
from core.space.resample import ClockMap
from core.tracks.csv_long import write_track_csv
from core.tracks.table import TrackTable

CLOCKS = [ClockMap()] * 4


@pytest.fixture(scope="module")
def tables() -> list[TrackTable]:
    return [filmed(camera, Filming(), 2.0, seed) for seed, camera in enumerate(CAMERAS.cameras)]


@pytest.fixture(scope="module")
def folder(tables: list[TrackTable], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("check")
    for camera, table in zip(CAMERAS.cameras, tables, strict=True):
        write_track_csv(place / f"{camera.name}.csv", table)
    return place


def with_camera(number: int, change: Callable[[Camera], Camera]) -> CameraSet:
    cameras = list(CAMERAS.cameras)
    cameras[number] = change(cameras[number])
    return replace(CAMERAS, cameras=tuple(cameras))


def turned(camera: Camera, degrees: float) -> Camera:
    turn = rotation_of(np.array([0.0, np.deg2rad(degrees), 0.0]))
    return camera.moved(turn @ camera.rotation, turn @ camera.translation)


def with_world(change: np.ndarray, grow: float = 1.0) -> CameraSet:
    """The cameras in a world that is turned, or of another unit."""
    moved = tuple(
        camera.moved(camera.rotation @ change.T, grow * camera.translation)
        for camera in CAMERAS.cameras
    )
    return replace(CAMERAS, cameras=moved)


def test_a_right_calibration_is_as_good_as_the_noise(tables: list[TrackTable]) -> None:
    checked = check_calibration(CAMERAS, tables, CLOCKS)
    for camera in checked.cameras:
        assert camera.off_px < 3  # of noise of 2 px an axis
        assert camera.off_px < camera.alone_px < 5
        assert np.abs(camera.bias_px).max() < 0.5
        assert camera.matched > 0.95
        assert np.nanmax(camera.parts_px) < 4


def test_a_camera_that_was_moved_a_little_is_pointed_at(tables: list[TrackTable]) -> None:
    cameras = with_camera(2, lambda camera: turned(camera, 0.7))
    checked = check_calibration(cameras, tables, CLOCKS)
    worst = max(checked.cameras, key=lambda camera: camera.off_px)
    assert worst.name == "south"
    assert abs(worst.bias_px[0]) > 5


@pytest.mark.parametrize(
    ("cameras", "said"),
    [
        (with_camera(2, lambda camera: turned(camera, 3)), "camera south misses what the others"),
        (with_camera(2, lambda camera: turned(camera, 6)), "camera south: 0% of its people"),
        (with_world(np.eye(3), 10), "people are 17.5"),
        (with_world(np.diag([1.0, -1.0, -1.0])), "people stand on their heads"),
        (CAMERAS, ""),
    ],
)
def test_what_cannot_work_is_refused_with_its_reason(
    cameras: CameraSet, said: str, folder: Path, capsys: pytest.CaptureFixture
) -> None:
    write_calibration(folder / "c.toml", cameras)
    views = [str(folder / f"{camera.name}.csv") for camera in CAMERAS.cameras]
    code = main(["calibrate", "check", str(folder / "c.toml"), *views])
    captured = capsys.readouterr()
    assert code == (2 if said else 0)
    assert said in captured.err
    assert ("nothing speaks against" in captured.out) == (not said)
    assert "m tall by the legs, bones +-" in captured.out


def test_known_squares_are_measured_by_each_pair(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    two = BOARD_CAMERAS.only(["left", "middle"])
    clips = write_clips(tmp_path, shown(count=9)[-5:], cameras=two)
    for grow, least, most in ((1.0, -1.0, 1.0), (1.1, 17.0, 23.0)):
        moved = tuple(c.moved(c.rotation, grow * c.translation) for c in two.cameras)
        write_calibration(tmp_path / "c.toml", replace(two, cameras=moved))
        check = ["calibrate", "check", str(tmp_path / "c.toml"), "--boards", *clips]
        assert main([*check, "--board", str(BOARD)]) == 0
        line = capsys.readouterr().out.strip().splitlines()[-1]
        assert line.startswith("squares by left and middle: ")
        assert least < float(line.split(": ")[1].split()[0]) < most


def test_a_check_needs_something_to_check_with(folder: Path, capsys: pytest.CaptureFixture) -> None:
    write_calibration(folder / "c.toml", CAMERAS)
    assert main(["calibrate", "check", str(folder / "c.toml")]) == 2
    assert "tracks of each camera, or --boards" in capsys.readouterr().err
