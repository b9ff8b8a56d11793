"""Pictures in planes look like the same pictures in RGB."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from core.geometry import apply_letterbox, plan_letterbox
from core.types import FrameResult, PoseBatch, Tracks
from core.video.capture import read_frames
from core.video.draw import Annotator
from core.video.encode import EncodeSettings, VideoWriter
from core.video.planes import PlanarPicture, letterboxed, plane_view


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


def person_at(centre: tuple[float, float], height: float) -> PoseBatch:
    offsets = np.random.default_rng(5).uniform(-0.4, 0.4, (1, 17, 2))
    keypoints = (np.array(centre) + offsets * [height / 3, height]).astype(np.float32)
    x, y = centre
    box = [[x - height / 5, y - height / 2, x + height / 5, y + height / 2]]
    score = np.ones(1, np.float32)
    return PoseBatch(np.array(box, np.float32), score, keypoints, np.ones((1, 17), np.float32))


@pytest.mark.parametrize("space", [Colorspace.ITU709, Colorspace.ITU601], ids=["709", "601"])
def test_letterbox_of_planes(tmp_path: Path, space: Colorspace) -> None:
    path = tmp_path / "clip.mp4"
    write(path, "yuv420p", space, ColorRange.MPEG)
    (frame,) = read_frames(str(path))
    assert isinstance(frame.picture, PlanarPicture)
    assert frame.size == (320, 180)
    plan = plan_letterbox(frame.size, 128, 64)
    from_planes = letterboxed(frame, plan).astype(np.float32)
    from_rgb = apply_letterbox(frame.rgb, plan).astype(np.float32)
    assert np.abs(from_planes - from_rgb).mean() < 1.5
    assert np.abs(from_planes - from_rgb).max() < 25  # saturated colours, clipped early or late
    assert (from_planes[: plan.pad_y] == 114).all()


def test_drawing_on_planes_looks_like_drawing_on_rgb(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, "yuv420p", Colorspace.ITU709, ColorRange.MPEG)
    (frame,) = read_frames(str(path))
    one = person_at((160.0, 90.0), 120.0)
    tracks = Tracks(np.array([8]), one, np.array([True]))
    before = frame.rgb.copy()
    planes = Annotator()(FrameResult(frame, one, tracks))
    assert isinstance(planes, av.VideoFrame)
    array = Annotator()(FrameResult(replace(frame, picture=frame.rgb), one, tracks))
    assert isinstance(array, np.ndarray)
    np.testing.assert_array_equal(frame.rgb, before)
    shown = planes.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray().astype(np.int32)
    # Colours have half the resolution in planes: compare after a blur.
    blurred = [cv2.blur(image.astype(np.float32), (9, 9)) for image in (shown, array, before)]
    assert np.abs(blurred[0] - blurred[1]).max() < 60
    assert np.abs(blurred[0] - blurred[1]).mean() < 2
    assert np.abs(blurred[2] - blurred[1]).max() > 80


def test_planes_are_encoded_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, "yuv420p", Colorspace.ITU709, ColorRange.MPEG)
    (frame,) = read_frames(str(path))
    assert isinstance(frame.picture, PlanarPicture)
    again = tmp_path / "again.mp4"
    with VideoWriter(again, frame.size, settings=EncodeSettings(crf=1)) as video:
        video.write(frame.picture.copy(), 0.0)
    (copy,) = read_frames(str(again))
    assert np.abs(copy.rgb.astype(int) - frame.rgb.astype(int)).mean() < 1


def test_memory_of_drawn_planes_serves_again(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, "yuv420p", Colorspace.ITU709, ColorRange.MPEG)
    (frame,) = read_frames(str(path))
    again = tmp_path / "again.mp4"
    annotate = Annotator()
    drawn = []
    # More frames than the encoder looks ahead: it may not need one after it was given the next.
    with VideoWriter(again, frame.size, settings=EncodeSettings(crf=1)) as video:
        for index in range(30):
            one = person_at((40.0 + 8 * index, 90.0), 120.0)
            tracks = Tracks(np.array([8]), one, np.array([True]))
            moment = replace(frame, index=index, time_s=index / 25)
            planes = annotate(FrameResult(moment, one, tracks))
            assert isinstance(planes, av.VideoFrame)
            drawn.append(plane_view(planes.planes[0]).astype(np.int32))
            video.write(planes, moment.time_s)
    for shown, wanted in zip(read_frames(str(again)), drawn, strict=True):
        assert isinstance(shown.picture, PlanarPicture)
        assert np.abs(shown.picture.luma - wanted).mean() < 1


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
