"""Pictures in planes look like the same pictures in RGB."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from core.geometry import apply_letterbox, plan_letterbox
from core.video.capture import read_frames
from core.video.planes import PlanarPicture, fitted


def write(path: Path, pixel_format: str, space: Colorspace, value_range: ColorRange) -> None:
    coarse = np.random.default_rng(3).integers(0, 256, (7, 12, 3), np.uint8)
    rgb = np.asarray(cv2.resize(coarse, (320, 180), interpolation=cv2.INTER_CUBIC), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, pixel_format
        stream.codec_context.colorspace = space
        stream.codec_context.color_range = value_range
        picture = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
            format=pixel_format, dst_colorspace=space, dst_color_range=value_range
        )
        picture.pts, picture.time_base = 0, Fraction(1, 25)
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("space", [Colorspace.ITU709, Colorspace.ITU601], ids=["709", "601"])
def test_letterbox_of_planes(tmp_path: Path, space: Colorspace) -> None:
    path = tmp_path / "clip.mp4"
    write(path, "yuv420p", space, ColorRange.MPEG)
    (frame,) = read_frames(str(path))
    assert isinstance(frame.picture, PlanarPicture)
    assert frame.size == (320, 180)
    plan = plan_letterbox(frame.size, 128, 64)
    from_planes = fitted(frame, plan).astype(np.float32)
    from_rgb = apply_letterbox(frame.rgb, plan).astype(np.float32)
    assert np.abs(from_planes - from_rgb).mean() < 1.5
    assert np.abs(from_planes - from_rgb).max() < 25  # saturated colours, clipped early or late
    assert (from_planes[: plan.pad_y] == 114).all()


@pytest.mark.parametrize(
    ("pixel_format", "value_range"),
    [("yuv444p", ColorRange.MPEG), ("yuvj420p", ColorRange.JPEG)],
)
def test_other_formats_come_as_rgb(
    tmp_path: Path, pixel_format: str, value_range: ColorRange
) -> None:
    path = tmp_path / "clip.mp4"
    write(path, pixel_format, Colorspace.ITU709, value_range)
    (frame,) = read_frames(str(path))
    assert isinstance(frame.picture, np.ndarray)
    assert frame.rgb.shape == (180, 320, 3)
