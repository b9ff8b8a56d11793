"""Frame n is always picture n: the number burnt into every picture must match."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from burnt import burnt, burnt_clip, read_burnt

from core.errors import SourceError
from core.video.capture import read_frames
from core.video.seek import SeekableVideo, open_seekable

COUNT = 220
RANDOM = np.random.default_rng(5)
VARIABLE = np.cumsum(RANDOM.choice([8, 20, 24, 90, 300], COUNT)).tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.mark.parametrize(
    ("name", "gop", "ticks", "codec"),
    [
        ("one long group with B frames.mp4", 500, None, "libx264"),
        ("short groups.mp4", 12, None, "libx264"),
        ("variable rate.mp4", 60, VARIABLE, "libx264"),
        ("variable rate.mkv", 60, VARIABLE, "libx264"),
        ("transport stream.ts", 30, None, "libx264"),
        ("old.avi", 40, None, "mpeg4"),
        ("every frame a key.mp4", 1, None, "libx264"),
    ],
)
def test_a_hundred_random_frames(
    folder: Path, name: str, gop: int, ticks: list[int] | None, codec: str
) -> None:
    path = burnt_clip(folder / name, COUNT, ticks=ticks, gop=gop, codec=codec)
    with open_seekable(str(path)) as video:
        assert len(video) == COUNT
        for number in RANDOM.integers(0, COUNT, 100).tolist():
            frame = video.frame(number)
            assert (frame.index, read_burnt(frame.rgb)) == (number, number)


def test_steps_in_both_directions_and_times_agree_with_reading(folder: Path) -> None:
    path = burnt_clip(folder / "steps.mp4", COUNT, ticks=VARIABLE, gop=100)
    times = [frame.time_s for frame in read_frames(str(path))]
    with open_seekable(str(path)) as video:
        assert video.times_s.tolist() == pytest.approx(times, abs=1e-6)
        for number in [*range(90, 110), *range(110, 80, -1), COUNT - 1, 0, COUNT - 1]:
            frame = video.frame(number)
            assert read_burnt(frame.rgb) == number
            assert frame.time_s == pytest.approx(times[number])


def test_little_memory_still_gives_every_frame(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = burnt_clip(folder / "cache.mp4", 60, gop=60)
    monkeypatch.setattr("core.video.seek.CACHE_BYTES", 4 * 2 * 96 * 64)
    with SeekableVideo(str(path)) as video:
        for number in [*range(59, 30, -1), 2, 58]:
            assert read_burnt(video.frame(number).rgb) == number


def test_images_by_number(tmp_path: Path) -> None:
    for number in range(12):
        cv2.imwrite(str(tmp_path / f"image{number}.png"), burnt(number))
    with open_seekable(str(tmp_path)) as images:
        assert len(images) == 12
        for number in (11, 0, 5):
            assert read_burnt(images.frame(number).rgb) == number
        assert images.times_s[1] == pytest.approx(0.04)
        with pytest.raises(IndexError, match="image 12 of 12"):
            images.frame(12)


def test_what_cannot_be_shown_is_said(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        open_seekable(str(tmp_path / "nothing.mp4"))
    path = burnt_clip(folder / "short.mp4", 5)
    with open_seekable(str(path)) as video:
        for number in (-1, 5):
            with pytest.raises(IndexError, match=f"frame {number} of 5"):
                video.frame(number)


def test_a_file_that_was_cut_shows_what_is_left(folder: Path, tmp_path: Path) -> None:
    whole = burnt_clip(folder / "whole.ts", COUNT, gop=30)
    part = tmp_path / "part.ts"
    data = whole.read_bytes()
    part.write_bytes(data[: len(data) // 2])
    with open_seekable(str(part)) as video:
        assert 10 < len(video) < COUNT
        assert read_burnt(video.frame(len(video) // 2).rgb) == len(video) // 2


@pytest.mark.parametrize(("name", "codec"), [("p.wmv", "wmv2"), ("p.mpg", "mpeg1video")])
def test_packets_that_share_a_place(folder: Path, name: str, codec: str) -> None:
    path = burnt_clip(folder / name, 60, gop=12, codec=codec)
    read = [read_burnt(frame.rgb) for frame in read_frames(str(path))]
    with open_seekable(str(path)) as video:
        assert len(video) == len(read)
    for number in reversed(range(len(read))):
        with open_seekable(str(path)) as video:
            assert read_burnt(video.frame(number).rgb) == read[number]
