"""Reading and seeking count the same pictures: number, time and picture agree on every file."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from burnt import burnt, burnt_clip, burnt_stream, read_burnt

from core.errors import DamagedSourceError
from core.types import Frame
from core.video.capture import read_frames
from core.video.numbering import number_pictures
from core.video.seek import open_seekable
from core.video.source import CaptureSettings

ONE_THREAD = CaptureSettings(threads=1)


def readable(source: Path, settings: CaptureSettings = ONE_THREAD) -> list[Frame]:
    frames: list[Frame] = []
    with suppress(DamagedSourceError):
        for frame in read_frames(str(source), settings):
            frames.append(frame)
    return frames


def check(source: Path, settings: CaptureSettings = ONE_THREAD) -> list[Frame]:
    """Every picture, in the order of reading, backwards and in between. -> what reading gave"""
    frames = readable(source, settings)
    order = [*range(0, len(frames), 7), *range(len(frames) - 1, -1, -1)]
    with open_seekable(str(source), settings) as video:
        assert len(video) == len(frames)
        np.testing.assert_allclose(video.times_s, [frame.time_s for frame in frames], atol=1e-6)
        for number in order:
            frame = video.frame(number)
            assert frame.index == number
            np.testing.assert_array_equal(frame.rgb, frames[number].rgb)
    return frames


@pytest.fixture(params=[0, 10**9], ids=["packets", "decoded"])
def beginning(request, monkeypatch) -> int:
    """Little or all of a clip is decoded to number it."""
    monkeypatch.setattr("core.video.numbering.BEGINNING_PX", request.param)
    return int(request.param)


@pytest.fixture(autouse=True)
def little_cache(monkeypatch) -> None:
    """So that going back seeks."""
    monkeypatch.setattr("core.video.seek.CACHE_BYTES", 4 * 2 * 96 * 64)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "clip.flv", "clip.avi"])
def test_whole_files(tmp_path, beginning, name) -> None:
    frames = check(burnt_clip(tmp_path / name, 50, gop=12))
    assert [read_burnt(frame.rgb) for frame in frames] == list(range(50))


def test_long_clips_are_listed_from_their_packets(tmp_path, monkeypatch) -> None:
    path = burnt_clip(tmp_path / "clip.mp4", 50, gop=12)
    decoded = []
    monkeypatch.setattr("core.video.numbering.BEGINNING_PX", 96 * 64 * 20)
    monkeypatch.setattr("core.video.numbering._agree", lambda *a: decoded.append(len(a[1])) or True)
    assert len(number_pictures(str(path), ONE_THREAD).times_s) == 50
    assert decoded == [21]


def open_groups(path: Path, count: int) -> Path:
    """Groups of 12 whose first pictures refer to the group before."""
    options = {"crf": "12", "x264-params": "open-gop=1:keyint=12:bframes=3:scenecut=0"}
    return burnt_stream(path, count, "libx264", options)


def test_a_recording_cut_out_of_open_groups(tmp_path, beginning) -> None:
    whole = open_groups(tmp_path / "whole.ts", 60)
    assert [read_burnt(frame.rgb) for frame in check(whole)] == list(range(60))
    with av.open(str(whole)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
    data = whole.read_bytes()
    cut = tmp_path / "cut.ts"
    cut.write_bytes(data[: 188 * 3] + data[packets[keys[2]].pos // 188 * 188 :])
    frames = check(cut)
    first = read_burnt(frames[0].rgb)
    leading = sum(packet.pts < packets[keys[2]].pts for packet in packets[keys[2] :])
    assert leading > 0
    assert len(frames) == len(packets) - keys[2] - leading
    assert [read_burnt(frame.rgb) for frame in frames] == list(range(first, 60))


@pytest.mark.parametrize("lost", [(19,), (24,), (30, 31, 32)])
def test_a_transport_stream_that_lost_pictures(tmp_path, beginning, lost) -> None:
    """Their packets are there, and empty: nothing else tells of them. Picture 24 begins a group."""
    how = "keyint=24:bframes=2:ref=1:b-pyramid=none:scenecut=0:b-adapt=0"
    options = {"crf": "12", "x264-params": how}
    whole = burnt_stream(tmp_path / "whole.ts", 40, "libx264", options)
    with av.open(str(whole)) as container:
        starts = [packet.pos // 188 for packet in container.demux(video=0) if packet.size]
    rows = np.frombuffer(whole.read_bytes(), np.uint8).reshape(-1, 188).copy()
    of_video = (rows[:, 1:3] & [31, 255] == rows[starts[0], 1:3] & [31, 255]).all(axis=1)
    for picture in lost:
        own = np.arange(starts[picture], starts[picture + 1])
        rows[own[of_video[own]], 4:] = 0
    path = tmp_path / "lost.ts"
    path.write_bytes(rows.tobytes())
    times_s = [frame.time_s for frame in readable(path)]
    assert 30 < len(times_s) < 40
    with open_seekable(str(path), ONE_THREAD) as video:
        np.testing.assert_allclose(video.times_s, times_s, atol=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_a_transport_stream_that_lost_packets(tmp_path, beginning, seed) -> None:
    """A burst of them, or one in fifty."""
    data = open_groups(tmp_path / "whole.ts", 60).read_bytes()
    chance = np.random.default_rng(seed)
    rows = np.frombuffer(data, np.uint8).reshape(-1, 188)
    kept = chance.random(len(rows)) > (0.02 if seed % 2 else 0)
    if seed % 2 == 0:
        first = chance.integers(6, len(rows) - 40)
        kept[first : first + chance.integers(1, 40)] = False
    kept[:6] = True  # the tables, without which nothing is found
    path = tmp_path / "lost.ts"
    path.write_bytes(rows[kept].tobytes())
    times_s = [frame.time_s for frame in readable(path)]
    with open_seekable(str(path), ONE_THREAD) as video:
        np.testing.assert_allclose(video.times_s, times_s, atol=1e-6)


def test_joined_recordings(tmp_path, beginning) -> None:
    part = burnt_clip(tmp_path / "part.ts", 30, gop=12).read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(part + part)
    frames = check(path)
    assert [read_burnt(frame.rgb) for frame in frames] == [*range(30), *range(30)]


def test_more_pictures_than_milliseconds(tmp_path, beginning) -> None:
    path = tmp_path / "fast.mkv"
    with av.open(str(path), "w") as output:
        options = {"crf": "12", "bf": "0", "g": "12"}
        stream = output.add_stream("libx264", rate=2000, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(60):
            picture = av.VideoFrame.from_ndarray(burnt(number), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, 2000)
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    frames = check(path)
    assert [read_burnt(frame.rgb) for frame in frames] == list(range(60))
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(60) / 2000, abs=6e-4)


def test_damage_in_the_middle(tmp_path) -> None:
    path = burnt_clip(tmp_path / "clip.mp4", 60, gop=12)
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        for number, packet in enumerate(container.demux(video=0)):
            if number in (17, 18, 30):
                data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    path.write_bytes(data)
    assert len(check(path)) == 57


REPORTED = {
    "45_seek/cut.ts": 35,
    "45_seek/joined.ts": 60,
    "43_highspeed/hs.mkv": 60,
    "21_frag/frag_cut.mp4": 13,
    "56_avi_bframes/packed_bframes.avi": 15,
}


@pytest.mark.parametrize("name", REPORTED)
@pytest.mark.parametrize("threads", [1, 2])
def test_reported_files(shared, name, threads, beginning) -> None:
    path = shared / "data" / "reports" / name
    if not path.exists():
        pytest.skip("this file is not here")
    assert len(check(path, CaptureSettings(threads=threads))) == REPORTED[name]
