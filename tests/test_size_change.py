"""A video that changes the size of its pictures keeps its shapes and the first size."""

from pathlib import Path

import av
import numpy as np
import pytest
from tiny_video import write_video

from core.errors import UserNotice
from core.video.capture import read_frames
from core.video.encode import VideoWriter
from core.video.seek import open_seekable

SIDE = 80  # px


def square(width: int, height: int) -> np.ndarray:
    """A white square in the middle of grey."""
    rgb = np.full((height, width, 3), 90, np.uint8)
    x, y = (width - SIDE) // 2, (height - SIDE) // 2
    rgb[y : y + SIDE, x : x + SIDE] = 255
    return rgb


def extent(rgb: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is white."""
    rows, columns = np.nonzero(rgb[..., 1] > 180)
    left, top = int(columns.min()), int(rows.min())
    return left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1


def joined(path: Path, sizes: list[tuple[int, int]]) -> Path:
    parts = []
    for number, size in enumerate(sizes):
        part = path.with_name(f"{number}.h264")
        write_video(part, [square(*size)] * 5, options={"crf": "8"})
        parts.append(part.read_bytes())
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ((240, 320), (130, 90, 60, 60)),  # turned upright: three quarters as large, with bars
        ((640, 480), (140, 100, 40, 40)),  # the same shape, twice as large
        ((480, 240), (133, 93, 53, 53)),
    ],
)
def test_a_square_stays_square(tmp_path, second, expected) -> None:
    path = joined(tmp_path / "clip.h264", [(320, 240), second])
    with pytest.warns(UserNotice, match=f"320x240 to {second[0]}x{second[1]} at frame 5"):
        frames = list(read_frames(str(path)))
    assert [frame.size for frame in frames] == [(320, 240)] * 10
    for frame in frames[:5]:
        assert extent(frame.rgb) == pytest.approx((120, 80, 80, 80), abs=1)
    for frame in frames[5:]:
        assert extent(frame.rgb) == pytest.approx(expected, abs=2)
    with open_seekable(str(path)) as video:
        for number in (9, 0, 5):
            assert np.array_equal(video.frame(number).rgb, frames[number].rgb)
    with VideoWriter(tmp_path / "out.mp4", frames[0].size, 25.0) as writer:
        for frame in frames:
            writer.write(frame.rgb, frame.time_s)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 10


def test_reported_file(shared) -> None:
    path = shared / "data" / "reports" / "11_size_change" / "square.h264"
    if not path.exists():
        pytest.skip("this file is not here")
    with pytest.warns(UserNotice):
        frames = list(read_frames(str(path)))
    shapes = [extent(frame.rgb)[2:] for frame in frames]
    assert shapes == pytest.approx(np.array([(80, 80)] * 5 + [(60, 60)] * 5), abs=2)
