"""Annotated videos: true times, even sizes, the final name only when complete."""

from pathlib import Path

import av
import numpy as np
import pytest
from tiny_video import corners

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


def test_what_grows_in_pieces_can_be_watched_before_it_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "recording.mp4"
    image = np.full((48, 64, 3), 90, np.uint8)
    with VideoWriter(path, (64, 48), settings=EncodeSettings(in_pieces=True)) as writer:
        for index in range(300):
            writer.write(image, index / 25)
        grown = sum(1 for _ in read_frames(str(part_path(path))))
        assert 150 < grown < 300
    assert sum(1 for _ in read_frames(str(path))) == 300
