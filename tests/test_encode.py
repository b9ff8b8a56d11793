"""Annotated videos: true times, even sizes, the final name only when complete."""

import sys
from itertools import islice
from pathlib import Path
from typing import Literal, get_args, get_type_hints

import av
import numpy as np
import pytest
from tiny_video import corners

from app.bundled import SAMPLE
from core.errors import OutputError
from core.part_file import part_path
from core.video.capture import read_frames
from core.video.encode import EncodeSettings, VideoWriter
from core.video.probe import probe


def write(path: Path, images: list[np.ndarray], times_s: list[float]) -> None:
    height, width = images[0].shape[:2]
    with VideoWriter(path, (width, height), settings=EncodeSettings(crf=10)) as writer:
        for image, time_s in zip(images, times_s, strict=True):
            writer.write(image, time_s)


def test_times_of_variable_rate_survive(tmp_path) -> None:
    times_s = [0.0, 0.01, 0.0433, 0.5, 0.500123, 2.0, 2.04, 100.0]
    path = tmp_path / "clip.mp4"
    write(path, [corners(seed=index) for index in range(8)], times_s)
    frames = list(read_frames(str(path)))
    np.testing.assert_allclose([frame.time_s for frame in frames], times_s, atol=6e-6)
    for index, frame in enumerate(frames):
        assert np.abs(frame.rgb.astype(int) - corners(seed=index)).mean() < 8


def test_vp9_has_the_same_times_colours_and_pictures(tmp_path: Path) -> None:
    times_s = [0.0, 0.0433, 0.5, 0.500123, 2.0]
    path = tmp_path / "clip.mp4"
    image = corners()
    settings = EncodeSettings(codec="vp9", crf=0)
    with VideoWriter(path, (64, 48), settings=settings) as writer:
        for time_s in times_s:
            writer.write(image, time_s)
    assert probe(str(path)).codec == "vp9"
    frames = list(read_frames(str(path)))
    np.testing.assert_allclose([frame.time_s for frame in frames], times_s, atol=6e-6)
    exact = tmp_path / "exact.mp4"
    with VideoWriter(exact, (64, 48), settings=EncodeSettings(codec="h264", crf=0)) as writer:
        writer.write(image, 0.0)
    expected = next(read_frames(str(exact))).rgb  # nothing is lost but by 4:2:0
    for frame in frames:
        np.testing.assert_array_equal(frame.rgb, expected)


def test_vp9_is_as_like_the_pictures_as_h264_of_the_same_crf(tmp_path: Path) -> None:
    images = [frame.rgb for frame in islice(read_frames(str(SAMPLE / "sample.mp4")), 8)]
    apart: dict[str, float] = {}
    for codec in ("h264", "vp9"):
        path = tmp_path / f"{codec}.mp4"
        height, width = images[0].shape[:2]
        with VideoWriter(path, (width, height), settings=EncodeSettings(codec=codec)) as writer:
            for index, image in enumerate(images):
                writer.write(image, index / 25)
        written = [frame.rgb.astype(int) for frame in read_frames(str(path))]
        apart[codec] = float(np.square(np.stack(written) - np.stack(images)).mean())
    assert 0.5 < apart["vp9"] / apart["h264"] < 2


def test_the_application_to_download_writes_vp9(monkeypatch: pytest.MonkeyPatch) -> None:
    assert EncodeSettings().encoder == "libx264"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert EncodeSettings().encoder == "libvpx-vp9"
    assert EncodeSettings(codec="h264").encoder == "libx264"


def test_presets_are_as_many_speeds_of_vp9_as_the_settings_say() -> None:
    presets = get_args(get_type_hints(EncodeSettings)["preset"])
    speeds = [EncodeSettings(codec="vp9", preset=one).options()["cpu-used"] for one in presets]
    assert presets[:3] == ("ultrafast", "superfast", "veryfast")
    assert presets[-2:] == ("medium", "slow")
    assert speeds == ["8", "8", "8", "7", "6", "5", "5"]


def test_equal_times_stay_in_order(tmp_path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, [corners(seed=index) for index in range(4)], [0.0, 0.04, 0.04, 0.08])
    times_s = [frame.time_s for frame in read_frames(str(path))]
    assert times_s == sorted(set(times_s))
    np.testing.assert_allclose(times_s, [0, 0.04, 0.04, 0.08], atol=2e-5)


def test_odd_sizes_become_even(tmp_path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, [corners(63, 47)] * 3, [0.0, 0.1, 0.2])
    info = probe(str(path))
    assert info.size == (64, 48)
    assert (info.codec, info.pixel_format) == ("h264", "yuv420p")
    frame = next(read_frames(str(path)))
    assert np.abs(frame.rgb[:47, :63].astype(int) - corners(63, 47)).mean() < 8


def test_a_frame_of_another_size_is_fitted(tmp_path) -> None:
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, (64, 48)) as writer:
        writer.write(corners(64, 48), 0.0)
        writer.write(np.full((100, 50, 3), 200, np.uint8), 0.04)
    _, second = read_frames(str(path))
    assert second.size == (64, 48)
    assert second.rgb[:, :20].mean() > 150
    assert second.rgb[:, 32:].mean() < 30


def test_colours_are_labelled(tmp_path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, [corners()], [0.0])
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)


def interrupt(path: Path) -> None:
    with VideoWriter(path, (64, 48)) as writer:
        for index in range(5):
            writer.write(corners(seed=index), index / 25)
        raise KeyboardInterrupt


def test_a_stopped_video_keeps_its_part_name_and_plays(tmp_path) -> None:
    path = tmp_path / "clip.mp4"
    with pytest.raises(KeyboardInterrupt):
        interrupt(path)
    assert not path.exists()
    assert len(list(read_frames(str(part_path(path))))) > 0


def test_no_folder(tmp_path) -> None:
    with pytest.raises(OutputError, match=r"clip\.mp4: cannot be written"):
        VideoWriter(tmp_path / "absent" / "clip.mp4", (64, 48))


def test_a_full_disk(tmp_path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    path = tmp_path / "clip.mp4"
    part_path(path).symlink_to("/dev/full")
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    with pytest.raises(OutputError, match="No space left"):
        write(path, [noise] * 60, [index / 25 for index in range(60)])
    assert not path.exists()


@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_what_grows_in_pieces_can_be_watched_before_it_is_ended(
    codec: Literal["h264", "vp9"], tmp_path: Path
) -> None:
    path = tmp_path / "recording.mp4"
    image = np.full((48, 64, 3), 90, np.uint8)
    settings = EncodeSettings(codec=codec, in_pieces=True)
    with VideoWriter(path, (64, 48), settings=settings) as writer:
        for index in range(300):
            writer.write(image, index / 25)
        grown = sum(1 for _ in read_frames(str(part_path(path))))
        assert 150 < grown < 300
    assert sum(1 for _ in read_frames(str(path))) == 300
