"""Images as a sequence: pages, animations, deep colours, damaged ones and what is no image."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnt import burnt, read_burnt
from reading import difference, read_until_damage
from tiny_video import corners

from core.video.capture import read_frames
from core.video.probe import probe
from core.video.seek import open_seekable
from core.video.source import CaptureSettings


def bgr(rgb: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(rgb[..., ::-1])


def animation(path: Path, count: int) -> Path:
    moving = cv2.Animation()
    moving.frames = [bgr(burnt(number)) for number in range(count)]
    moving.durations = [100, 200, 50, 40, 40][:count]
    assert cv2.imwriteanimation(str(path), moving, [cv2.IMWRITE_WEBP_QUALITY, 101])
    return path


def check(source: Path, numbers: list[int], times_s: list[float]) -> None:
    """Reading, seeking and probing agree on what is burnt into the pictures."""
    frames = list(read_frames(str(source)))
    assert [read_burnt(frame.rgb) for frame in frames] == numbers
    assert [frame.time_s for frame in frames] == pytest.approx(times_s)
    assert probe(str(source)).frame_count == len(numbers)
    with open_seekable(str(source)) as video:
        assert len(video) == len(numbers)
        assert video.times_s.tolist() == pytest.approx(times_s)
        for place in reversed(range(len(numbers))):
            assert read_burnt(video.frame(place).rgb) == numbers[place]


def test_every_page_of_a_stack_is_a_picture(tmp_path) -> None:
    stack = tmp_path / "stack.tif"
    assert cv2.imwritemulti(str(stack), [bgr(burnt(number)) for number in range(3)])
    check(stack, [0, 1, 2], [0, 0.04, 0.08])


@pytest.mark.parametrize("name", ["moving.webp", "moving.png"])
def test_every_picture_of_an_animation_at_its_time(tmp_path, name) -> None:
    check(animation(tmp_path / name, 4), [0, 1, 2, 3], [0, 0.1, 0.3, 0.35])


def test_stacks_and_images_in_one_folder(tmp_path) -> None:
    assert cv2.imwritemulti(str(tmp_path / "1.tif"), [bgr(burnt(number)) for number in (5, 6)])
    cv2.imwrite(str(tmp_path / "2.png"), bgr(burnt(7)))
    check(tmp_path, [5, 6, 7], [0, 0.04, 0.08])


def test_what_macos_leaves_beside_images_is_none(tmp_path) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"frame{number}.png"), bgr(burnt(number)))
        (tmp_path / f"._frame{number}.png").write_bytes(b"\0\5\x16\7" + bytes(200))
    check(tmp_path, [0, 1, 2], [0, 0.04, 0.08])


def test_a_damaged_image_between_others(tmp_path) -> None:
    for number in range(6):
        cv2.imwrite(str(tmp_path / f"{number}.png"), bgr(burnt(number)))
    (tmp_path / "2.png").write_bytes((tmp_path / "2.png").read_bytes()[:60])
    frames, error = read_until_damage(str(tmp_path))
    assert error.lost_frames == 1
    with open_seekable(str(tmp_path)) as video:
        assert video.times_s.tolist() == [frame.time_s for frame in frames]
        for number, frame in enumerate(frames):
            np.testing.assert_array_equal(video.frame(number).rgb, frame.rgb)
    assert [read_burnt(frame.rgb) for frame in frames] == [0, 1, 3, 4, 5]


EIGHT = corners(80, 60)
GREY = np.asarray(cv2.cvtColor(EIGHT, cv2.COLOR_RGB2GRAY), np.uint8)


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("16 of 16 bits.png", bgr(EIGHT).astype(np.uint16) * 257, EIGHT),
        ("12 of 16 bits.png", bgr(EIGHT).astype(np.uint16) << 4, EIGHT),
        ("10 of 16 bits, grey.png", GREY.astype(np.uint16) << 2, GREY),
        ("8 of 16 bits.tif", bgr(EIGHT).astype(np.uint16), EIGHT),
        ("floats to 1.tif", bgr(EIGHT).astype(np.float32) / 255, EIGHT),
        ("floats to 1, grey.tif", GREY.astype(np.float32) / 255, GREY),
        ("floats to 255.tif", bgr(EIGHT).astype(np.float32), EIGHT),
        ("doubles.tif", bgr(EIGHT).astype(np.float64) / 255, EIGHT),
        ("32 bits.tif", bgr(EIGHT).astype(np.int32) << 10, EIGHT),
    ],
)
def test_deep_images_are_as_bright_as_they_were_meant(tmp_path, name, image, expected) -> None:
    assert cv2.imwrite(str(tmp_path / name), image)
    (frame,) = read_frames(str(tmp_path / name))
    rgb = expected if expected.ndim == 3 else np.repeat(expected[..., None], 3, 2)
    assert difference(frame.rgb, rgb) < 1


def test_a_float_image_with_holes_is_shown(tmp_path) -> None:
    image = bgr(EIGHT).astype(np.float32) / 255
    image[0, 0] = np.nan
    assert cv2.imwrite(str(tmp_path / "holes.tif"), image)
    (frame,) = read_frames(str(tmp_path / "holes.tif"))
    assert frame.rgb[0, 0].tolist() == [0, 0, 0]
    assert difference(frame.rgb, EIGHT) < 1


def test_reported_files(shared) -> None:
    reports = shared / "data" / "reports"
    if not reports.exists():
        pytest.skip("these files are not here")
    assert len(list(read_frames(str(reports / "08_multipage" / "stack_small.tif")))) == 3
    frames = list(read_frames(str(reports / "09_appledouble" / "images"), CaptureSettings()))
    assert [frame.time_s for frame in frames] == [0, 0.04, 0.08]
    (deep,) = read_frames(str(reports / "14_images" / "d_gray12in16.png"))
    (plain,) = read_frames(str(reports / "14_images" / "a_rgb.png"))
    assert abs(deep.rgb.mean() - plain.rgb.mean()) < 10


def test_a_thumbnail_is_no_page(tmp_path) -> None:
    path = tmp_path / "photo.tif"
    assert cv2.imwritemulti(str(path), [bgr(burnt(number)) for number in range(3)])
    kind = struct.pack("<HHI", 254, 4, 1)  # NewSubfileType, of one whole number
    first, *pages = path.read_bytes().split(kind)
    assert len(pages) == 3
    pages[1] = b"\x01" + pages[1][1:]  # a smaller version of another page
    path.write_bytes(kind.join([first, *pages]))
    check(path, [0, 2], [0, 0.04])
