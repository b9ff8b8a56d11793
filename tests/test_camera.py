"""Which cameras there are, and what is said about one that cannot be used."""

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from core.errors import SourceError
from core.video import v4l2
from core.video.camera import (
    CameraSettings,
    PluggedCamera,
    can_capture_screen,
    linux_cameras,
    read_camera,
    read_screen,
    screen_address,
    unlike_all,
    wishes_of,
)
from core.video.camera_choice import choices_of
from core.video.v4l2 import CameraMode, camera_modes, locked_exposure


def plug(root: Path, number: int, name: str, index: int = 0, link: str = "") -> None:
    device = root / "dev" / f"video{number}"
    device.parent.mkdir(exist_ok=True)
    device.touch()
    folder = root / "class" / "video4linux" / device.name
    folder.mkdir(parents=True)
    (folder / "name").write_text(name + "\n")
    (folder / "index").write_text(f"{index}\n")
    if link:
        by_id = root / "dev" / "v4l" / "by-id"
        by_id.mkdir(parents=True, exist_ok=True)
        (by_id / link).symlink_to(device)


def test_cameras_by_name_with_the_id_of_their_plug(tmp_path: Path) -> None:
    plug(tmp_path, 10, "Laptop camera")
    plug(tmp_path, 2, "Court camera", link="usb-Court_1234-video-index0")
    plug(tmp_path, 3, "Court camera", index=1)
    device = str(tmp_path / "dev" / "video")
    assert linux_cameras(tmp_path / "dev", tmp_path / "class") == [
        PluggedCamera(device + "2", "Court camera", "usb-Court_1234-video-index0"),
        PluggedCamera(device + "10", "Laptop camera", device + "10"),
    ]


def test_a_computer_without_cameras(tmp_path: Path) -> None:
    assert linux_cameras(tmp_path, tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="devices are files on Linux only")
def test_a_missing_camera_and_one_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="video77: this camera is not plugged in"):
        next(read_camera("/dev/video77", CameraSettings()))
    fake = tmp_path / "video0"
    fake.touch()
    with pytest.raises(SourceError, match="cannot be opened"):
        next(read_camera(str(fake), CameraSettings()))


def test_a_screen_that_is_not_there() -> None:
    assert not can_capture_screen("") or sys.platform != "linux"
    with pytest.raises(SourceError, match="screen: "):
        next(read_screen(":9999"))
    assert screen_address(":5") in (":5", "desktop", "Capture screen 0")


@pytest.mark.parametrize("values", [(0, 720, 30), (1280, 8, 30), (1280, 0, 30), (1280, 720, -1)])
def test_impossible_wishes_are_refused(values: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        CameraSettings(*values)


MODES = [
    CameraMode("mjpeg", 1280, 720, (30.0, 15.0)),
    CameraMode("raw", 640, 480, (30.0,)),
]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (CameraSettings(), ""),
        (CameraSettings(rate_hz=60), "does not give 1280x720 at 60/s; it offers 1280x720 mjpeg"),
        (CameraSettings(pictures="raw"), "does not give 1280x720 raw at 30/s"),
        (CameraSettings(640, 480, pictures="raw"), ""),
        (CameraSettings(800, 600), "1280x720 mjpeg at 30, 15/s, 640x480 raw at 30/s"),
    ],
)
def test_a_wrong_choice_says_what_the_camera_offers(settings: CameraSettings, said: str) -> None:
    wrong = unlike_all(settings, MODES)
    assert said in wrong
    assert bool(said) == bool(wrong)
    assert unlike_all(settings, []) == ""  # what is not known is not judged


def test_what_is_no_camera_offers_nothing(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    assert camera_modes(str(tmp_path / "video0")) == []
    assert camera_modes(str(tmp_path / "absent")) == []
    with locked_exposure(str(tmp_path / "video0")) as locked:
        assert not locked


HEADER = """
#include <stdio.h>
#include <stddef.h>
#include <linux/videodev2.h>
int main() {
  printf("%lu %lu %lu %lu %lu ", (unsigned long) VIDIOC_ENUM_FMT,
    (unsigned long) VIDIOC_ENUM_FRAMESIZES, (unsigned long) VIDIOC_ENUM_FRAMEINTERVALS,
    (unsigned long) VIDIOC_G_CTRL, (unsigned long) VIDIOC_S_CTRL);
  printf("%d %d %d %d ", V4L2_CID_EXPOSURE_AUTO, V4L2_CID_EXPOSURE_ABSOLUTE,
    V4L2_EXPOSURE_MANUAL, V4L2_BUF_TYPE_VIDEO_CAPTURE);
  printf("%zu %zu %zu\\n", offsetof(struct v4l2_fmtdesc, pixelformat),
    offsetof(struct v4l2_frmsizeenum, stepwise.max_height),
    offsetof(struct v4l2_frmivalenum, discrete.denominator));
}
"""


def test_calls_and_structures_are_those_of_the_kernels_header(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None or not Path("/usr/include/linux/videodev2.h").exists():
        pytest.skip("needs a C compiler and the headers of Linux")
    (tmp_path / "a.c").write_text(HEADER)
    subprocess.run([compiler, "-o", tmp_path / "a", tmp_path / "a.c"], check=True)
    told = subprocess.run([tmp_path / "a"], capture_output=True, text=True, check=True).stdout
    calls = (v4l2.ENUM_FORMAT, v4l2.ENUM_SIZE, v4l2.ENUM_INTERVAL, v4l2.GET_CONTROL)
    names = (v4l2.SET_CONTROL, v4l2.EXPOSURE_AUTO, v4l2.EXPOSURE, v4l2.MANUAL, v4l2.CAPTURE)
    places = [struct.calcsize(layout) for layout in ("<III32s", "<III4I", "<IIIII1I")]
    assert [int(number) for number in told.split()] == [*calls, *names, *places]


def test_the_list_of_cameras_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "--cameras"]) == 0
    assert capsys.readouterr().out.strip()


def test_what_a_camera_offers_is_a_list_to_choose_from() -> None:
    modes = [
        CameraMode("mjpeg", 1280, 720, (59.94, 30.0, 29.97, 15.0)),
        CameraMode("raw", 640, 480, ()),
        CameraMode("raw", 8, 8, (30.0,)),  # no picture
    ]
    free, *offered = choices_of(modes)
    assert str(free) == "As the camera likes"
    assert [str(choice) for choice in offered] == [
        "1280×720, 60/s, mjpeg",
        "1280×720, 30/s, mjpeg",
        "1280×720, 15/s, mjpeg",
        "640×480, raw",
    ]
    assert choices_of([]) == [free]
    settings = CameraSettings(lock_exposure=True)
    for choice in (free, *offered):
        asked = choice.of(settings)
        assert asked.lock_exposure
        assert unlike_all(asked, modes) == ""
    assert offered[0].of(settings).rate_hz == 60


@pytest.mark.skipif(sys.platform != "linux", reason="options differ")
def test_a_camera_is_asked_for_what_is_set_and_then_for_less() -> None:
    kind = {"input_format": "mjpeg"}
    size, rate = {"video_size": "640x480"}, {"framerate": "15"}
    assert wishes_of(CameraSettings(640, 480, 15, "mjpeg")) == [
        size | rate | kind,
        size | kind,
        kind,
        {},
    ]
    assert wishes_of(CameraSettings(640, 480, 15)) == [size | rate, size, {}]
    assert wishes_of(CameraSettings(0, 0, 0)) == [{}]
    assert wishes_of(CameraSettings(0, 0, 15)) == [rate, {}]


def test_what_is_left_to_the_camera_is_never_wrong() -> None:
    assert unlike_all(CameraSettings(0, 0, 0), MODES) == ""
    wrong = unlike_all(CameraSettings(0, 0, 90, "raw"), MODES)
    assert wrong.startswith("does not give raw at 90/s; it offers 1280x720")
