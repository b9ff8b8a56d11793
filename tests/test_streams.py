"""Of several streams of pictures the video is read: not a thumbnail, a cover or a preview."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.stream import Disposition
from burnt import burnt, read_burnt

from core.errors import SourceError
from core.video.capture import read_frames
from core.video.probe import probe
from core.video.seek import open_seekable


def write(path: Path, streams: list[tuple[tuple[int, int], int, int]], default: int = -1) -> Path:
    """Streams of (width, height), pictures a second, and number of pictures."""
    with av.open(str(path), "w") as output:
        made = []
        for number, ((width, height), rate, _) in enumerate(streams):
            options = {"crf": "12", "bf": "0", "g": "5"}
            stream = output.add_stream("libx264", rate=rate, options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.disposition = Disposition.default if number == default else Disposition(0)
            made.append(stream)
        for stream, (size, rate, count) in zip(made, streams, strict=True):
            for number in range(count):
                rgb = burnt(number, size) if size[0] >= 80 else burnt(0)[: size[1], : size[0]]
                picture = av.VideoFrame.from_ndarray(rgb.copy(), format="rgb24")
                picture.pts, picture.time_base = number, Fraction(1, rate)
                output.mux(stream.encode(picture))
            output.mux(stream.encode(None))
    return path


MAIN = ((160, 120), 25, 25)


@pytest.mark.parametrize(
    ("others_before", "others_after", "default"),
    [
        ([((64, 48), 1, 2)], [], -1),  # a thumbnail
        ([((64, 48), 1, 2)], [], 0),  # a thumbnail that is called the default
        ([((320, 240), 1, 1)], [], -1),  # a large cover
        ([], [((96, 64), 25, 25)], 1),  # a preview of the same length that is called the default
        ([((96, 64), 25, 25)], [((64, 48), 1, 1)], -1),
    ],
)
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_the_video_is_read(tmp_path, others_before, others_after, default, suffix) -> None:
    path = write(tmp_path / f"clip.{suffix}", [*others_before, MAIN, *others_after], default)
    frames = list(read_frames(str(path)))
    assert [frame.size for frame in frames] == [(160, 120)] * 25
    assert [read_burnt(frame.rgb) for frame in frames] == list(range(25))
    assert probe(str(path)).size == (160, 120)
    with open_seekable(str(path)) as video:
        assert [read_burnt(video.frame(number).rgb) for number in (24, 3)] == [24, 3]


def test_of_two_alike_the_default_is_read(tmp_path) -> None:
    path = write(tmp_path / "clip.mkv", [((160, 120), 25, 10), MAIN], default=1)
    assert len(list(read_frames(str(path)))) == 25


def test_reported_files(shared) -> None:
    reports = shared / "data" / "reports"
    if not reports.exists():
        pytest.skip("these files are not here")
    frames = list(read_frames(str(reports / "06_two_streams" / "two.mkv")))
    assert [frame.size for frame in frames] == [(320, 240)] * 25
    with pytest.raises(SourceError, match="codec that cannot be decoded"):
        probe(str(reports / "05_unknown_codec" / "unknown.mkv"))


def test_a_cover_of_a_short_clip_is_none_of_its_pictures(tmp_path) -> None:
    path = write(tmp_path / "clip.mkv", [((320, 240), 1, 1), ((160, 120), 25, 5)])
    assert [frame.size for frame in read_frames(str(path))] == [(160, 120)] * 5
