"""Cameras: pixels to rays and back, and what is refused."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from harmful import Harmful
from space_scene import CAMERAS, looking_at

from core.space.calibration_files.formats import FORMATS
from core.space.calibration_files.own_toml import read_calibration, write_calibration
from core.space.camera import CalibrationError, CameraSet

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "threed"


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


@pytest.mark.parametrize("name", FORMATS)
def test_every_form_reads_back_what_it_wrote(name: str, tmp_path: Path) -> None:
    cameras = in_the_first(CAMERAS.only(["north", "east"])) if name == "opencv" else CAMERAS
    path = tmp_path / "calibration"
    FORMATS[name].write(path, cameras)
    back = FORMATS[name].read(path)
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (9, 3))
    found = {camera.name: camera for camera in back.cameras}
    for number, before in enumerate(cameras.cameras):
        after = found[before.name] if name == "opencap" else back.cameras[number]
        assert after.size == before.size
        np.testing.assert_allclose(after.centre, before.centre, atol=1e-9)
        np.testing.assert_allclose(after.project(points), before.project(points), atol=1e-6)


def in_the_first(cameras: CameraSet) -> CameraSet:
    """The same cameras in a world that is the first one."""
    first = cameras.cameras[0]
    turns = [camera.rotation @ first.rotation.T for camera in cameras.cameras]
    moved = [
        camera.moved(turn, camera.translation - turn @ first.translation)
        for camera, turn in zip(cameras.cameras, turns, strict=True)
    ]
    return replace(cameras, cameras=tuple(moved))


EIGHT = {"distortion": np.array([0.1, 0.02, 0, 0, 0.01, 0.05, 0.01, 0.02])}


@pytest.mark.parametrize(
    ("change", "holding"),
    [
        (EIGHT, {"anipose", "freemocap", "opencv"}),
        ({"fisheye": True}, {"anipose", "freemocap", "caliscope", "pose2sim"}),
    ],
)
@pytest.mark.parametrize("name", FORMATS)
def test_a_lens_that_a_form_cannot_hold_is_refused(
    name: str, change: dict[str, object], holding: set[str], tmp_path: Path
) -> None:
    """What is left out would be seen as a wrong place later."""
    one, other = CAMERAS.cameras[:2]
    changed = replace(one, **change)
    cameras = in_the_first(CameraSet((changed, other)))
    path = tmp_path / "calibration"
    if name not in holding:
        with pytest.raises(CalibrationError, match=r"camera north: .* (fisheye|8)"):
            FORMATS[name].write(path, cameras)
        assert not path.exists()
        return
    FORMATS[name].write(path, cameras)
    back = FORMATS[name].read(path).cameras[0]
    assert back.fisheye == changed.fisheye
    np.testing.assert_allclose(back.distortion, changed.distortion)


def test_opencv_holds_a_pair(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="holds two cameras, this one has 4"):
        FORMATS["opencv"].write(tmp_path / "stereo", CAMERAS)


def test_nothing_in_a_pickle_of_opencaps_is_run(tmp_path: Path) -> None:
    file = tmp_path / "Videos" / "Cam0" / "cameraIntrinsicsExtrinsics.pickle"
    FORMATS["opencap"].write(tmp_path, CameraSet((replace(CAMERAS.cameras[0], name="Cam0"),)))
    whole = file.read_bytes()
    harm = tmp_path / "harm"
    for content in (pickle.dumps(Harmful(harm)), whole[: len(whole) // 2], b"", b"\x80\x04N."):
        file.write_bytes(content)
        with pytest.raises(CalibrationError, match=r"Cam0.*is no calibration of OpenCap's"):
            FORMATS["opencap"].read(tmp_path)
    assert not harm.exists()
    file.unlink()
    with pytest.raises(CalibrationError, match="holds no cameraIntrinsics"):
        FORMATS["opencap"].read(tmp_path)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a b", "a_b"], "camera a_b: .* a_b is taken"),
        (["Left", "left."], r"camera left\.: .* left is taken"),
        ([".."], r"camera \.\.: .* no name of one"),
    ],
)
def test_cameras_without_a_folder_of_their_own_are_refused(
    names: list[str], said: str, tmp_path: Path
) -> None:
    one = CAMERAS.cameras[0]
    cameras = CameraSet(tuple(replace(one, name=name) for name in names))
    with pytest.raises(CalibrationError, match=said):
        FORMATS["opencap"].write(tmp_path / "session", cameras)
    assert not (tmp_path / "session").exists()


def test_a_camera_that_is_called_as_a_device_has_a_folder(tmp_path: Path) -> None:
    FORMATS["opencap"].write(tmp_path, CameraSet((replace(CAMERAS.cameras[0], name="con"),)))
    assert [path.name for path in (tmp_path / "Videos").iterdir()] == ["con_"]


@pytest.mark.skipif(not SHARED.exists(), reason="needs the recordings")
@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("qualisys", "pose2sim/Calib.qca.txt"),
        ("pose2sim", "pose2sim/Calib_qualisys.toml"),
        ("caliscope", "caliscope/post_optimization/camera_array.toml"),
    ],
)
def test_other_programs_files_are_written_back(name: str, sample: str, tmp_path: Path) -> None:
    before = FORMATS[name].read(SHARED / sample)
    FORMATS[name].write(tmp_path / "again", before)
    after = FORMATS[name].read(tmp_path / "again")
    for one, other in zip(before.cameras, after.cameras, strict=True):
        assert (one.name, one.size) == (other.name, other.size)
        for part in ("matrix", "distortion", "rotation", "translation"):
            np.testing.assert_allclose(getattr(other, part), getattr(one, part), atol=1e-9)


def test_our_own_file_keeps_everything(tmp_path: Path) -> None:
    camera = replace(CAMERAS.cameras[0], name='a "b"')
    write_calibration(tmp_path / "c.toml", CameraSet((camera,), False, "height 1.80 m"))
    back = read_calibration(tmp_path / "c.toml")
    assert (back.up_known, back.scale_from) == (False, "height 1.80 m")
    assert back.cameras[0].name == 'a "b"'


def test_millimetres_are_not_taken_for_metres(tmp_path: Path) -> None:
    FORMATS["anipose"].write(tmp_path / "c.toml", CAMERAS)
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
