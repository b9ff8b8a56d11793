"""Tables of tracks grow without a limit that shows."""

import numpy as np
import pytest

from core.tracks.table import NOBODY, GrowingTable, concatenate, rows_at
from core.types import PoseBatch, Tracks


def test_a_growing_table_is_its_parts_in_order() -> None:
    random = np.random.default_rng(0)
    growing = GrowingTable()
    with pytest.raises(ValueError, match="nothing to concatenate"):
        growing.whole()
    parts = []
    for index in range(2345):
        count = index % 3
        poses = PoseBatch(
            random.random((count, 4), np.float32),
            random.random(count, np.float32),
            random.random((count, 17, 2), np.float32),
            random.random((count, 17), np.float32),
        )
        tracks = Tracks(np.arange(1, count + 1), poses, np.ones(count, np.bool_))
        parts.append(rows_at(index, index / 30, tracks))
        growing.append(parts[-1])
    whole, expected = growing.whole(), concatenate(parts)
    assert (whole.ids == NOBODY).sum() == 782
    for name in ("frames", "times_s", "ids", "scores", "boxes", "keypoints", "keypoint_scores"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(expected, name))
