"""Stored pictures become upright ones."""

import itertools

import numpy as np
import pytest

from core.video.upright import Layout, turn


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
