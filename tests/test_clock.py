"""Times are right whatever stamps a container holds: both, one, or those in the wrong order."""

from pathlib import Path

import av
import numpy as np
import pytest
from burnt import burnt_clip, burnt_stream, read_burnt
from reading import read_until_damage

from app.results.provenance import rates
from core.video.capture import read_frames
from core.video.seek import open_seekable

COUNT = 40
B_FRAMES = {"bf": "2", "g": "12"}


def write(path: Path, codec: str, container: str, count: int = COUNT) -> Path:
    """Numbered pictures, 25 a second, with B-frames where the codec has them."""
    quality = {"crf": "12"} if codec == "libx264" else {"b": "4000000"}
    return burnt_stream(path, count, codec, B_FRAMES | quality, container)


@pytest.mark.parametrize(
    ("codec", "container"),
    [
        ("libx264", "avi"),
        ("libx264", "asf"),
        ("libx264", "h264"),
        ("libx264", "flv"),
        ("mpeg4", "avi"),
        ("mpeg4", "asf"),
        ("mpeg2video", "vob"),
        ("mpeg2video", "mpeg2video"),
        ("mpeg1video", "mpeg"),
    ],
)
def test_reordered_pictures_in_containers_of_all_kinds(tmp_path, codec, container) -> None:
    path = write(tmp_path / "clip", codec, container)
    frames = list(read_frames(str(path)))
    assert [read_burnt(frame.rgb) for frame in frames] == list(range(COUNT))
    times_s = [frame.time_s for frame in frames]
    np.testing.assert_allclose(times_s, np.arange(COUNT) / 25, atol=1e-3)
    assert rates(times_s)["variable"] is False
    with open_seekable(str(path)) as video:
        np.testing.assert_allclose(video.times_s, times_s, atol=1e-9)


def rewrite(path: Path, source: Path, restamp) -> Path:
    """The same packets with other stamps: `restamp(number, pts, dts)` gives pts and dts."""
    with av.open(str(source)) as given, av.open(str(path), "w") as output:
        stream = given.streams.video[0]
        copy = output.add_stream_from_template(stream)
        packets = [packet for packet in given.demux(stream) if packet.size]
        for number, packet in enumerate(packets):
            packet.pts, packet.dts = restamp(number, packet.pts, packet.dts)
            packet.stream = copy
            output.mux(packet)
    return path


def test_presentation_stamps_in_the_order_of_decoding(tmp_path) -> None:
    source = burnt_clip(tmp_path / "clip.mp4", COUNT)
    path = rewrite(tmp_path / "wrong.mp4", source, lambda number, *_: (number * 768, number * 768))
    frames = list(read_frames(str(path)))
    assert [read_burnt(frame.rgb) for frame in frames] == list(range(COUNT))
    np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(COUNT) / 25, atol=1e-3)


@pytest.mark.parametrize("count", [6, 40])
def test_a_sender_that_begins_anew_goes_on_a_step_later(tmp_path, count) -> None:
    part = burnt_clip(tmp_path / "part.ts", count, gop=12).read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(part + part)
    times_s = [frame.time_s for frame in read_frames(str(path))]  # and nothing is said to be lost
    np.testing.assert_allclose(times_s, np.arange(2 * count) / 25, atol=1e-3)


def test_times_are_right_again_behind_lost_packets(tmp_path) -> None:
    """In the group of pictures after the damaged one, with stamps in the order of decoding."""
    source = burnt_clip(tmp_path / "clip.mp4", COUNT, gop=12)
    path = rewrite(tmp_path / "wrong.mp4", source, lambda number, *_: (number * 768, number * 768))
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        for number, packet in enumerate(container.demux(video=0)):
            if number in (4, 5):
                data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    path.write_bytes(data)
    frames, _ = read_until_damage(str(path))
    assert len(frames) == COUNT - 2
    for frame in frames[-(COUNT - 12) :]:
        assert frame.time_s == pytest.approx(read_burnt(frame.rgb) / 25, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "count", "step_s"),
    [("small_h264_bf2.avi", 30, 0.04), ("packed_bframes.avi", 15, 1001 / 30000)],
)
def test_reported_files(shared, name, count, step_s) -> None:
    path = shared / "data" / "reports" / "56_avi_bframes" / name
    if not path.exists():
        pytest.skip("this file is not here")
    times_s = [frame.time_s for frame in read_frames(str(path))]
    np.testing.assert_allclose(times_s, np.arange(count) * step_s, atol=1e-3)
    with open_seekable(str(path)) as video:
        np.testing.assert_allclose(video.times_s, times_s, atol=1e-9)
