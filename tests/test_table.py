"""Tables of tracks on disk, and joined tables made of them piece by piece."""

from pathlib import Path

import numpy as np

from core.tracks.by_frame import tracks_by_frame, tracks_of
from core.tracks.table import NOBODY, TrackTable, concatenate, rows_at
from core.tracks.table_file import TableFile
from core.types import PoseBatch, Tracks
from trackers.join_plan import joined_blocks
from trackers.stitch import join_tracklets, plan_joins

COLUMNS = ("frames", "times_s", "ids", "scores", "boxes", "keypoints", "keypoint_scores")


def frame_rows(index: int, random: np.random.Generator) -> TrackTable:
    """Up to two people who walk along and are not always seen."""
    ids = np.array([1 + index // 900, 100])[random.random(2) < 0.8]
    count = len(ids)
    left = np.where(ids == 100, 600, index % 900 / 2)[:, None] + random.random((count, 1))
    poses = PoseBatch(
        (left + [[0, 50, 60, 200]] * np.array([[1, 1, 1, 1]])).astype(np.float32),
        random.random(count, np.float32),
        random.random((count, 17, 2), np.float32),
        random.random((count, 17), np.float32),
    )
    return rows_at(index, index / 30, Tracks(ids, poses, np.ones(count, np.bool_)))


def assert_same(found: TrackTable, expected: TrackTable) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_a_table_on_disk_is_its_parts_in_order_and_leaves_no_file(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    parts = [frame_rows(index, random) for index in range(2345)]
    expected = concatenate(parts)
    with TableFile(tmp_path, 17) as table:
        for number, part in enumerate(parts):
            table.append(part)
            if number == 700:
                assert_same(table.read(0, len(table)), concatenate(parts[:701]))
        assert (expected.ids == NOBODY).any()
        assert_same(table.read(0, len(table)), expected)
        assert_same(table.read(1000, 1003), expected[1000:1003])
        assert_same(table.outline(), expected.outline())
        assert table.outline().keypoints.shape == (len(expected), 0, 2)
    assert list(tmp_path.iterdir()) == []


def test_a_table_joined_piece_by_piece_is_the_one_joined_at_once(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    parts = [frame_rows(index, random) for index in range(2000)]
    whole = join_tracklets(concatenate(parts))
    assert len(whole) > len(concatenate(parts)), "gaps are filled"
    with TableFile(tmp_path, 17) as table:
        for part in parts:
            table.append(part)
        plan = plan_joins(table.outline())
        blocks = list(joined_blocks(plan, table.read))
        assert len(blocks) > 3
        assert_same(concatenate(blocks), whole)
        frames = list(tracks_by_frame(iter(blocks)))
    assert plan.track_ids.tolist() == whole.track_ids.tolist()
    for found, expected in zip(frames, tracks_of(whole, 2000), strict=True):
        assert found.ids.tolist() == expected.ids.tolist()
        np.testing.assert_array_equal(found.poses.keypoints, expected.poses.keypoints)
