"""Images of more than 8 bits keep their brightness through a folder, a stack and floats."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from reading import difference
from tiny_video import corners

from core.video.capture import read_frames
from core.video.seek import open_seekable
from core.video.source import CaptureSettings
from core.video.stills import list_stills

EIGHT = corners(80, 60)
BGR = np.ascontiguousarray(EIGHT[..., ::-1])
DEEP = BGR.astype(np.uint16)


def write(place: Path, images: list[NDArray[np.generic]], ending: str) -> Path:
    """As a folder of images, or as the pages of one file."""
    if ending == "stack":
        path = place / "stack.tif"
        assert cv2.imwritemulti(str(path), images)
        return path
    for number, image in enumerate(images):
        assert cv2.imwrite(str(place / f"{number:03d}.{ending}"), image)
    return place


def seen(source: Path) -> list[NDArray[np.uint8]]:
    """The same pictures in order and by number."""
    frames = [frame.rgb for frame in read_frames(str(source))]
    with open_seekable(str(source)) as video:
        assert len(video) == len(frames)
        for number in reversed(range(len(video))):
            np.testing.assert_array_equal(video.frame(number).rgb, frames[number])
    return frames


@pytest.mark.parametrize("ending", ["png", "tif", "stack"])
def test_what_comes_near_the_end_of_12_bits_does_not_flicker(tmp_path: Path, ending: str) -> None:
    """Noise at the limit of the sensor takes one picture over it, and a dark one stays below 10."""
    dark, bright = DEEP << 1, DEEP << 4
    above = bright.copy()
    above[0, 0] = 4100
    frames = seen(write(tmp_path, [bright, above, dark, bright], ending))
    np.testing.assert_array_equal(frames[0], frames[3])
    np.testing.assert_array_equal(frames[1][2:], frames[0][2:])
    assert difference(frames[0], EIGHT / 4.0) < 1  # 14 bits, as one picture has more than 12
    assert difference(frames[2], EIGHT / 32.0) < 1


@pytest.mark.parametrize("ending", ["png", "stack"])
def test_a_brighter_picture_changes_no_others(tmp_path: Path, ending: str) -> None:
    """It is one that the look at some of the pictures passes over."""
    plain = [DEEP << 2] * 80
    bright = plain.copy()
    bright[1] = (bright[1] + 700) * 20
    for name in ("plain", "bright"):
        (tmp_path / name).mkdir()
    expected = seen(write(tmp_path / "plain", list(plain), ending))
    found = seen(write(tmp_path / "bright", list(bright), ending))
    assert (found.pop(1) == 255).all()
    np.testing.assert_array_equal(found, expected[1:])
    assert difference(expected[0], EIGHT) < 1


def test_floats_that_overshoot_do_not_flicker(tmp_path: Path) -> None:
    plain = BGR.astype(np.float32) / 255
    above = plain.copy()
    above[0, 0] = 1.05
    frames = seen(write(tmp_path, [plain, above, plain * 0.5, above, plain], "tif"))
    for frame, share in zip(frames, (1, 1, 0.5, 1, 1), strict=True):
        assert difference(frame[2:], EIGHT[2:] * share) < 1


def test_pictures_of_two_cameras_are_judged_apart(tmp_path: Path) -> None:
    small, large = DEEP[:30] << 4, DEEP * 257
    frames = seen(write(tmp_path, [small, large, small], "png"))
    assert difference(frames[0], EIGHT[:30]) < 1
    assert difference(frames[1], EIGHT) < 1


def test_an_image_that_changes_is_looked_at_again(tmp_path: Path) -> None:
    place = write(tmp_path, [DEEP << 2, DEEP << 2], "png")
    assert difference(seen(place)[0], EIGHT) < 1
    write(tmp_path, [DEEP << 4], "png")
    assert difference(seen(place)[1], EIGHT / 4.0) < 1


def test_flat_images_are_not_decoded_for_it(tmp_path: Path) -> None:
    place = write(tmp_path, [BGR] * 3, "png")
    for still in list_stills(str(place), CaptureSettings()):
        assert not still.whites
