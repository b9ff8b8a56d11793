"""Damaged sources give all that can be read of them, bad ones one sentence."""

import av
import cv2
import pytest
from burnt import burnt_clip
from reading import difference, read_until_damage
from tiny_video import (
    corners,
    write_video,
)

from core.errors import SourceError
from core.video.capture import read_frames
from core.video.probe import probe
from core.video.source import CaptureSettings

IMAGES = [corners(seed=index) for index in range(12)]


BAD_FILES = {
    "absent.mp4": (None, "there is no such file"),
    "empty.mp4": (b"", r"empty \(0 bytes\)"),
    "text.mp4": (b"these are words, not pictures\n" * 50, "is not a video"),
    "empty.png": (b"", r"empty \(0 bytes\)"),
    "text.png": (b"words", "not one"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(tmp_path, name) -> None:
    content, sentence = BAD_FILES[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for attempt in (probe, lambda source: list(read_frames(source))):
        with pytest.raises(SourceError, match=sentence) as caught:
            attempt(str(tmp_path / name))
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_damaged_image_in_a_folder_is_counted(tmp_path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), IMAGES[0])
    (tmp_path / "2.png").write_bytes(b"no image")
    cv2.imwrite(str(tmp_path / "3.png"), IMAGES[0])
    frames, error = read_until_damage(str(tmp_path))
    assert [frame.time_s for frame in frames] == [0, 2 / 25]
    assert (error.good_frames, error.lost_frames) == (2, 1)


def test_a_cut_file_gives_its_good_frames(tmp_path) -> None:
    images = [corners(320, 240, seed=index) for index in range(60)]
    whole = write_video(
        tmp_path / "whole.mp4",
        images,
        options={"crf": "1", "g": "5"},
        container_options={"movflags": "faststart"},
    )
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    frames, error = read_until_damage(str(cut), CaptureSettings(threads=4))
    alone, _ = read_until_damage(str(cut), CaptureSettings(threads=1))
    assert 20 < len(frames) < 60
    assert len(frames) == len(alone)
    assert (error.good_frames, error.lost_frames) == (len(frames), 60 - len(frames))
    for frame, image in zip(frames, images, strict=False):
        assert difference(frame.rgb, image) < 8


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.flv", "libx264"), ("a.mkv", "libx264"), ("a.avi", "mpeg4"), ("a.wmv", "wmv2")],
)
def test_a_file_that_ends_between_two_packets_is_not_whole(tmp_path, name, codec) -> None:
    whole = burnt_clip(tmp_path / name, 100, gop=10, codec=codec)
    assert len(list(read_frames(str(whole)))) == 100
    with av.open(str(whole)) as container:
        at = [packet.pos for packet in container.demux(video=0) if packet.size]
    for number in range(40, 48):
        cut = tmp_path / f"cut{whole.suffix}"
        cut.write_bytes(whole.read_bytes()[: at[number]])
        frames, error = read_until_damage(str(cut), CaptureSettings(threads=1))
        assert 15 < len(frames) <= number
        assert error.good_frames == len(frames)
        assert 100 - len(frames) == pytest.approx(error.lost_frames, abs=5) or not at_end(error)


def at_end(error: SourceError) -> bool:
    """Whether nothing but the length that the file states tells of what is missing."""
    return "says that it lasts" in str(error)


def test_sound_that_goes_on_is_no_damage(tmp_path) -> None:
    path = tmp_path / "long sound.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("aac", rate=8000)
        for image in IMAGES:
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        for number in range(60):  # 8 s
            frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            frame.sample_rate, frame.pts = 8000, 1024 * number
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            container.mux(sound.encode(frame))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    duration_s = probe(str(path)).duration_s
    assert duration_s is not None
    assert duration_s > 5
    assert len(list(read_frames(str(path)))) == len(IMAGES)


@pytest.mark.parametrize(
    ("name", "good", "lost"),
    [
        ("truncated_60pct_faststart.mp4", 244, 206),
        ("truncated_half.avi", 109, 96),
        ("bitflips_400.mp4", 299, 1),
    ],
)
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_damaged_clips_give_their_good_part(shared, name, good, lost, threads) -> None:
    clip = shared / "data" / "clips" / "made" / name
    frames, error = read_until_damage(str(clip), CaptureSettings(threads=threads))
    assert (len(frames), error.good_frames, error.lost_frames) == (good, good, lost)


def test_the_last_picture_of_a_whole_flv_may_be_shown_for_long(tmp_path) -> None:
    path = tmp_path / "a.flv"
    packets = []
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for image in IMAGES:
            packets += stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24"))
        packets += stream.encode(None)
        packets[-1].duration = round(10 / packets[-1].time_base)
        for packet in packets:
            output.mux(packet)
    assert len(list(read_frames(str(path)))) == len(IMAGES)
