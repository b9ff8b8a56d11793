"""Cameras: pixels to rays and back, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from space_scene import CAMERAS, looking_at

from core.space.calibration_file import read_calibration, write_calibration
from core.space.calibration_formats import FORMATS
from core.space.camera import CalibrationError, CameraSet

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "threed"
WRITABLE = [name for name, chosen in FORMATS.items() if chosen.write is not None]


@pytest.mark.parametrize("fisheye", [False, True])
def test_a_ray_leads_back_to_its_pixel(fisheye: bool) -> None:
    camera = looking_at("one", (4.0, 2.0, 1.8))
    if fisheye:
        camera = replace(camera, fisheye=True, distortion=np.array([0.05, -0.01, 0.002, 0.0]))
    points = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    rays = camera.normalised(camera.project(points))
    local = points @ camera.rotation.T + camera.translation
    np.testing.assert_allclose(rays, local[:, :2] / local[:, 2:], atol=1e-6)


def test_what_is_behind_or_unknown_has_no_pixel() -> None:
    camera = looking_at("one", (4.0, 0.0, 1.0))
    found = camera.project(np.array([[9.0, 0.0, 1.0], [np.nan, 0, 0], [0.0, 0.0, 1.0]]))
    assert np.isnan(found[:2]).all()
    np.testing.assert_allclose(found[2], [640, 360], atol=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rotation": np.diag([1.0, 1.0, -1.0])}, "left-handed"),
        ({"rotation": 2 * np.eye(3)}, "no rotation"),
        ({"distortion": np.zeros(3)}, "takes 0 or 4 or 5 or 8"),
        ({"matrix": np.diag([-1.0, 1.0, 1.0])}, "above 0 px"),
        ({"translation": np.array([0, np.nan, 0])}, "finite"),
        ({"size": (0, 10)}, "0 x 10"),
    ],
)
def test_what_cannot_be_a_camera_is_refused(change: dict[str, object], said: str) -> None:
    camera = looking_at("one", (4.0, 0.0, 1.0))
    with pytest.raises(CalibrationError, match=said):
        replace(camera, **change)


@pytest.mark.parametrize("name", WRITABLE)
def test_every_form_reads_back_what_it_wrote(name: str, tmp_path: Path) -> None:
    path = tmp_path / ("folder" if name == "easymocap" else "calibration.toml")
    write = FORMATS[name].write
    assert write is not None
    write(path, CAMERAS)
    back = FORMATS[name].read(path)
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (9, 3))
    for before, after in zip(CAMERAS.cameras, back.cameras, strict=True):
        assert after.size == before.size
        np.testing.assert_allclose(after.centre, before.centre, atol=1e-9)
        np.testing.assert_allclose(after.project(points), before.project(points), atol=1e-6)


def test_our_own_file_keeps_everything(tmp_path: Path) -> None:
    camera = replace(CAMERAS.cameras[0], name='a "b"')
    write_calibration(tmp_path / "c.toml", CameraSet((camera,), False, "height 1.80 m"))
    back = read_calibration(tmp_path / "c.toml")
    assert (back.up_known, back.scale_from) == (False, "height 1.80 m")
    assert back.cameras[0].name == 'a "b"'


def test_millimetres_are_not_taken_for_metres(tmp_path: Path) -> None:
    write = FORMATS["anipose"].write
    assert write is not None
    write(tmp_path / "c.toml", CAMERAS)
    with pytest.raises(CalibrationError, match="millimetres"):
        read_calibration(tmp_path / "c.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense [", "is not a calibration in TOML"),
        ("[metadata]\nerror = 0", "holds no camera"),
        ("[a]\nmatrix = [1]", "lacks size, distortions"),
        (
            "[a]\nsize=[9,9]\nmatrix=[[1,0,0],[0,1,0],[0,0,1]]\ndistortions=[0,0,0,0]\n"
            "rotation=[1,2]\ntranslation=[0,0,0]",
            "neither 3 numbers nor 3 x 3",
        ),
    ],
)
def test_a_file_that_is_none_is_said_in_a_sentence(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(CalibrationError, match=said):
        read_calibration(path)


@pytest.mark.skipif(not SHARED.exists(), reason="needs the recordings")
def test_qualisys_cameras_stand_where_the_peer_puts_them_and_keep_their_lens() -> None:
    ours = FORMATS["qualisys"].read(SHARED / "pose2sim" / "Calib.qca.txt")
    theirs = read_calibration(SHARED / "pose2sim" / "Calib_qualisys.toml")
    for one, other in zip(ours.cameras, theirs.cameras, strict=True):
        assert one.size == other.size
        np.testing.assert_allclose(one.rotation, other.rotation, atol=1e-6)
        np.testing.assert_allclose(one.translation, other.translation, atol=1e-6)
        np.testing.assert_allclose(one.distortion, other.distortion * 64, rtol=1e-6)


@pytest.mark.skipif(not SHARED.exists(), reason="needs the recordings")
def test_caliscope_cameras_are_read() -> None:
    path = SHARED / "caliscope" / "post_optimization" / "camera_array.toml"
    cameras = FORMATS["caliscope"].read(path)
    assert [camera.size for camera in cameras.cameras] == [(1280, 720)] * 4


def test_two_cameras_of_one_name_are_refused() -> None:
    with pytest.raises(CalibrationError, match="two cameras are called north"):
        CameraSet((CAMERAS.cameras[0], CAMERAS.cameras[0]))
    with pytest.raises(CalibrationError, match="it holds north, east, south, west"):
        CAMERAS.named("up")
    chosen = CAMERAS.only(["west", "north"])
    assert [camera.name for camera in chosen.cameras] == ["west", "north"]
