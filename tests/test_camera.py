"""Which cameras there are, and what is said about one that cannot be used."""

import sys
from pathlib import Path

import pytest

from core.errors import SourceError
from core.video.camera import (
    Camera,
    CameraSettings,
    can_capture_screen,
    linux_cameras,
    read_camera,
    read_screen,
    screen_address,
)


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
        Camera(device + "2", "Court camera", "usb-Court_1234-video-index0"),
        Camera(device + "10", "Laptop camera", device + "10"),
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


@pytest.mark.parametrize("values", [(0, 720, 30), (1280, 8, 30), (1280, 720, 0)])
def test_impossible_wishes_are_refused(values: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        CameraSettings(*values)
