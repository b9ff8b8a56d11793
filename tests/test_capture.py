"""Every kind of source gives upright frames with true times, and bad ones one sentence."""

import gc
import warnings
from fractions import Fraction
from pathlib import Path
from typing import get_args

import av
import cv2
import numpy as np
import pytest
from av.codec.hwaccel import hwdevices_available
from reading import difference
from tiny_video import (
    CLOCKWISE_90,
    CLOCKWISE_180,
    CLOCKWISE_270,
    MIRROR,
    corners,
    set_display_matrix,
    write_audio,
    write_video,
)

from core.errors import SettingsError, SourceError, UserNotice
from core.settings import build
from core.video.capture import read_frames
from core.video.hardware import HardwareWish
from core.video.planes import PlanarPicture
from core.video.probe import probe
from core.video.source import CaptureSettings, kind_of

IMAGES = [corners(seed=index) for index in range(12)]


@pytest.mark.parametrize("matrix", [None, CLOCKWISE_90])
def test_no_picture_stays_when_its_clip_was_read(
    tmp_path: Path, matrix: tuple[int, int, int, int] | None
) -> None:
    path = write_video(tmp_path / "clip.mp4", IMAGES)
    if matrix is not None:
        set_display_matrix(path, matrix)

    def alive() -> int:
        return sum(issubclass(type(one), av.VideoFrame) for one in gc.get_objects())

    gc.collect()
    before = alive()
    gc.disable()  # a stream that is lost again and again must not wait for it
    try:
        for _ in range(3):
            next(read_frames(str(path)))
        assert alive() == before
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("matrix", "rotation_deg", "mirrored", "expected"),
    [
        ((1, 0, 0, 1), 0, False, lambda rgb: rgb),
        (CLOCKWISE_90, 90, False, lambda rgb: np.rot90(rgb, -1)),
        (CLOCKWISE_180, 180, False, lambda rgb: np.rot90(rgb, 2)),
        (CLOCKWISE_270, 270, False, lambda rgb: np.rot90(rgb, 1)),
        (MIRROR, 0, True, lambda rgb: rgb[:, ::-1]),
    ],
)
def test_rotated_and_mirrored(tmp_path, matrix, rotation_deg, mirrored, expected) -> None:
    path = set_display_matrix(write_video(tmp_path / "clip.mp4", IMAGES), matrix)
    frames = list(read_frames(str(path)))
    info = probe(str(path))
    assert (info.rotation_deg, info.mirrored) == (rotation_deg, mirrored)
    assert info.stored_size == (64, 48)
    for frame, image in zip(frames, IMAGES, strict=True):
        assert frame.size == info.size
        assert difference(frame.rgb, expected(image)) < 8


def test_variable_rate_times_are_the_containers(tmp_path) -> None:
    ticks = [0, 7, 8, 50, 51, 300, 1000, 1001, 1500, 2222, 2300, 90001]
    path = write_video(tmp_path / "clip.mp4", IMAGES, ticks=[tick + 13 for tick in ticks])
    frames = list(read_frames(str(path)))
    assert [frame.index for frame in frames] == list(range(12))
    np.testing.assert_allclose(
        [frame.time_s for frame in frames], np.array(ticks) / 600, rtol=0, atol=1e-9
    )


@pytest.mark.parametrize(
    ("name", "size", "options"),
    [
        ("ten_bit.mp4", (64, 48), {"pixel_format": "yuv420p10le"}),
        ("odd.mp4", (63, 47), {"pixel_format": "yuv444p"}),
        ("vp9.webm", (64, 48), {"codec": "libvpx-vp9", "options": {"crf": "10"}}),
        ("lossless.avi", (64, 48), {"codec": "ffv1", "pixel_format": "bgr0", "options": {}}),
        ("parts.ts", (64, 48), {}),
    ],
)
def test_pixel_formats_and_containers(tmp_path, name, size, options) -> None:
    images = [corners(*size, seed=index) for index in range(5)]
    if name.endswith(".avi"):
        options = options | {"time_base": Fraction(1, 25)}
    path = write_video(tmp_path / name, images, **options)
    frames = list(read_frames(str(path)))
    assert [frame.size for frame in frames] == [size] * 5
    assert max(difference(f.rgb, i) for f, i in zip(frames, images, strict=True)) < 8
    np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(5) / 25, atol=1e-3)


@pytest.mark.parametrize(
    ("aspect", "size"), [(Fraction(4, 3), (85, 48)), (Fraction(1, 2), (64, 96))]
)
def test_pixels_become_square(tmp_path, aspect, size) -> None:
    path = write_video(tmp_path / "clip.mp4", IMAGES[:2], aspect=aspect)
    (first, _) = read_frames(str(path))
    info = probe(str(path))
    assert first.size == info.size == size
    assert info.sample_aspect_ratio == pytest.approx(float(aspect))
    assert difference(first.rgb, cv2.resize(IMAGES[0], size)) < 12


def test_a_live_container_has_no_duration(tmp_path) -> None:
    path = write_video(
        tmp_path / "live.webm",
        IMAGES,
        codec="libvpx-vp9",
        options={"crf": "30"},
        container_options={"live": "1"},
    )
    info = probe(str(path))
    assert (info.duration_s, info.frame_count) == (None, None)
    assert len(list(read_frames(str(path)))) == 12


def test_probe(tmp_path) -> None:
    info = probe(str(write_video(tmp_path / "clip.mp4", IMAGES)))
    assert (info.kind, info.codec, info.pixel_format) == ("file", "h264", "yuv420p")
    assert (info.frame_count, info.nominal_rate_hz) == (12, 25.0)
    assert info.duration_s == pytest.approx(12 / 25)


def test_a_folder_of_images_in_natural_order(tmp_path) -> None:
    for index in range(11):
        bgr = cv2.cvtColor(IMAGES[index], cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(tmp_path / f"frame{index}.png"), bgr)
    (tmp_path / "notes.txt").write_text("no image")
    frames = list(read_frames(str(tmp_path), CaptureSettings(image_rate_hz=10)))
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.rgb, IMAGES[index])
        assert (frame.index, frame.time_s) == (index, index / 10)
    info = probe(str(tmp_path))
    assert (info.kind, info.frame_count, info.size) == ("images", 11, (64, 48))
    assert kind_of(str(tmp_path / "frame3.png")) == "images"
    assert len(list(read_frames(str(tmp_path / "frame3.png")))) == 1


def test_a_folder_without_images(tmp_path) -> None:
    with pytest.raises(SourceError, match="holds no images"):
        probe(str(tmp_path))


def test_audio_alone(tmp_path) -> None:
    with pytest.raises(SourceError, match="holds no video, only audio"):
        probe(str(write_audio(tmp_path / "sound.mp4")))


def test_without_the_hardware_the_processor_decodes_and_one_line_says_so(tmp_path) -> None:
    clip = write_video(tmp_path / "clip.mp4", IMAGES)
    absent = next(kind for kind in get_args(HardwareWish)[2:] if kind not in hwdevices_available())
    with pytest.warns(UserNotice, match="the processor decodes") as notices:
        found = list(read_frames(str(clip), CaptureSettings(hardware=absent)))
    assert len(notices) == 1
    for frame, expected in zip(found, read_frames(str(clip)), strict=True):
        np.testing.assert_array_equal(frame.rgb, expected.rgb)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserNotice)  # nobody knows what this machine has
        assert len(list(read_frames(str(clip), CaptureSettings(hardware="auto")))) == len(found)


def test_interleaved_chroma_is_read_in_planes(tmp_path) -> None:
    clip = tmp_path / "clip.nut"
    rgb = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(clip, "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "nv12"
        picture = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="nv12")
        picture.pts = 0
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    (frame,) = read_frames(str(clip))
    assert isinstance(frame.picture, PlanarPicture)
    assert difference(frame.rgb, rgb) < 12


@pytest.mark.parametrize("values", [{"threads": -1}, {"timeout_s": 0}, {"image_rate_hz": 0}])
def test_settings_are_checked(values) -> None:
    with pytest.raises(SettingsError):
        build(CaptureSettings, values)


ROTATED = {
    "rot90_metadata.mp4": ("basketball_moving_cam_mmaction_426x240.mp4", 1),
    "rot180_metadata.mp4": ("two_people_hug_mmaction_1080p.mp4", 2),
    "rot270_metadata.mp4": ("dance_portrait_sleap_406x720.mp4", -1),
}


@pytest.mark.parametrize("name", ROTATED)
def test_the_rotated_clips_are_turned(shared, name) -> None:
    original, turns = ROTATED[name]
    clips = shared / "data" / "clips"
    turned = next(read_frames(str(clips / "made" / name)))
    stored = next(read_frames(str(clips / original)))
    np.testing.assert_array_equal(turned.rgb, np.rot90(stored.rgb, turns))


def test_the_times_of_a_real_clip_of_variable_rate(shared) -> None:
    path = str(shared / "data" / "clips" / "made" / "vfr_dance.mp4")
    with av.open(path) as container:
        stream = container.streams.video[0]
        ticks = sorted(packet.pts for packet in container.demux(stream) if packet.pts is not None)
        expected = [float((tick - ticks[0]) * stream.time_base) for tick in ticks]
    times = [frame.time_s for frame in read_frames(path)]
    np.testing.assert_allclose(times, expected, rtol=0, atol=1e-9)
    assert len(set(np.diff(times).round(3))) == 3
