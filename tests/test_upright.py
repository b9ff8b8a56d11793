"""Stored pictures become upright ones."""

import itertools

import av
import numpy as np
import pytest
from reading import difference
from tiny_video import corners

from core.video.upright import Layout, turn, upright_rgb


@pytest.mark.parametrize(
    ("transposed", "mirror_x", "mirror_y"), list(itertools.product([False, True], repeat=3))
)
def test_the_turn_is_what_the_layout_says(transposed: bool, mirror_x: bool, mirror_y: bool) -> None:
    stored = np.random.default_rng(0).integers(0, 255, (5, 7, 3), np.uint8)
    layout = Layout((7, 5), transposed, mirror_x, mirror_y)
    upright = turn(stored, layout)
    mirrored = stored[:, ::-1] if layout.mirrored else stored
    np.testing.assert_array_equal(upright, np.rot90(mirrored, -layout.rotation_deg // 90))
    assert (upright.shape[1], upright.shape[0]) == layout.size
    assert upright.flags.c_contiguous


@pytest.mark.parametrize("pixel_format", ["yuv422p10le", "yuv420p", "rgb24"])
def test_colours_that_nobody_knows_are_those_of_standard_video(pixel_format: str) -> None:
    pictures = []
    for space in (5, 32, 3):  # ITU-R BT.601; two numbers that say nothing
        picture = av.VideoFrame.from_ndarray(corners(), format="rgb24")
        picture = picture.reformat(format=pixel_format, dst_colorspace="ITU601")
        picture.colorspace = space
        pictures.append(upright_rgb(picture, Layout((64, 48))))
    assert difference(pictures[0], corners()) < 4
    for picture in pictures[1:]:
        assert difference(picture, pictures[0]) < 1
