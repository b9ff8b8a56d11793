"""Lenses from a board drawn through a fisheye that is known, and ordinary ones beside it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from board_scene import BOARD, CAMERAS, write_clips

from app.__main__ import main
from core.space.calibration.board_start import Pose
from core.space.calibration.lens import _best_of
from core.space.calibration.lens_models import MODELS, squared_off
from core.space.calibration_files.own_toml import read_calibration
from core.space.camera import Camera, CameraSet, rotation_of

MATRIX = np.array([[230.0, 0, 323], [0, 229, 178], [0, 0, 1]])
FISHEYE = replace(
    CAMERAS.cameras[0],
    name="wide",
    matrix=MATRIX,
    distortion=np.array([0.04, -0.02, 0.006, -0.001]),
    fisheye=True,
)
ORDINARY = replace(CAMERAS.cameras[0], name="usual")


def held_everywhere(camera: Camera, wide: float, count: int = 20) -> list[Pose]:
    """A board in all parts of a view that reaches `wide` radians to each side."""
    generator = np.random.default_rng(4)
    poses = []
    for _ in range(count):
        aside = rotation_of(np.array([0.6, 1.0, 0]) * wide * generator.uniform(-1, 1, 3))
        place = camera.centre + generator.uniform(0.9, 1.6) * aside[:, 2] @ camera.rotation
        turn = camera.rotation.T @ aside @ rotation_of(generator.uniform(-0.5, 0.5, 3))
        poses.append(Pose(turn, place - turn @ BOARD.corners.mean(axis=0)))
    return poses


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("lenses")
    found = {}
    for camera, wide in ((FISHEYE, 1.1), (ORDINARY, 0.35)):
        poses = held_everywhere(camera, wide)
        (found[camera.name],) = write_clips(folder, poses, cameras=CameraSet((camera,)))
    return found


def turned_by_deg(one: Camera, other: Camera, pixels: np.ndarray) -> np.ndarray:
    """Between the rays of the same pixels (N, 2)."""
    rays = [
        np.column_stack([camera.normalised(pixels), np.ones(len(pixels))])
        for camera in (one, other)
    ]
    rays = [ray / np.linalg.norm(ray, axis=1, keepdims=True) for ray in rays]
    return np.rad2deg(np.linalg.norm(np.cross(*rays), axis=1))


def grid() -> np.ndarray:
    """(N, 2) pixels all over a picture, but its corners."""
    x, y = np.meshgrid(np.linspace(60, 580, 12), np.linspace(30, 330, 8))
    return np.column_stack([x.ravel(), y.ravel()])


def test_a_fisheye_is_told_from_ordinary_lenses(
    clips: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    output = tmp_path / "lens.toml"
    command = ["--board", str(BOARD), "--output", str(output), "--overwrite"]
    for true, family in ((FISHEYE, "fisheye"), (ORDINARY, "pinhole")):
        assert main(["calibrate", "board", clips[true.name], *command]) == 0
        said = capsys.readouterr().out
        assert f"lens {true.name}: {family}, f" in said
        assert "held out fit a pinhole" in said
        found = read_calibration(output).cameras[0]
        assert found.fisheye == true.fisheye
        assert found.focal_px == pytest.approx(true.focal_px, rel=0.005)
        assert turned_by_deg(found, true, grid()).max() < 0.5


def test_a_board_that_only_the_edge_of_the_view_shows_fits_nowhere() -> None:
    corners = FISHEYE.pixels_of(BOARD.corners + np.array([0, 0, 1.5]))
    assert squared_off(FISHEYE, BOARD, corners).max() < 1e-6
    aside = np.tile((50000.0, 178.0), (len(corners), 1))
    assert np.isinf(squared_off(ORDINARY, BOARD, aside)).all()


def test_a_lens_that_half_of_the_pictures_give_has_no_figure() -> None:
    poses = held_everywhere(ORDINARY, 0.35, 12)
    seen = [ORDINARY.project(BOARD.corners @ pose.rotation.T + pose.translation) for pose in poses]
    for number in range(0, len(seen), 2):
        seen[number][3:] = np.nan
    model, each = _best_of(MODELS, "a", ORDINARY.size, BOARD, seen)
    assert model is MODELS[0]
    assert each == {}


def test_a_model_that_is_named_is_taken(clips: dict[str, str], tmp_path: Path) -> None:
    output = tmp_path / "lens.toml"
    command = ["--board", str(BOARD), "--output", str(output), "--overwrite", "--lens-model"]
    for name, family in (("wide", "pinhole"), ("usual", "fisheye")):
        assert main(["calibrate", "board", clips[name], *command, family]) == 0
        assert read_calibration(output).cameras[0].fisheye == (family == "fisheye")
