"""A finished clip joined frame by frame is the table joined at once."""

import numpy as np

from core.skeleton import COCO_17
from core.tracks.by_frame import tracks_of
from core.tracks.joined_index import JoinedIndex
from core.tracks.table import NOBODY, TrackTable, concatenate, rows_at
from core.tracks.track_index import TrackIndex
from core.types import PoseBatch, Tracks
from trackers.stitch import join_tracklets, plan_joins

COLUMNS = ("frames", "times_s", "ids", "scores", "boxes", "keypoints", "keypoint_scores")


def frame_rows(index: int, random: np.random.Generator) -> TrackTable:
    """Up to two people who walk along and are not always seen."""
    ids = np.array([1 + index // 250, 100])[random.random(2) < 0.8]
    count = len(ids)
    left = np.where(ids == 100, 600, index % 250 / 2)[:, None] + random.random((count, 1))
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


def test_a_clip_joined_frame_by_frame_is_the_table_joined_at_once() -> None:
    random = np.random.default_rng(1)
    table = concatenate(frame_rows(index, random) for index in range(600))
    whole = join_tracklets(table)
    assert len(whole) > len(table), "gaps are filled"
    frames = tracks_of(table, 600)
    index = TrackIndex(COCO_17, room=4)
    for number, tracks in enumerate(frames):
        index.append(tracks.poses, tracks, number / 30)
    assert_same(index.outline(), table.outline())
    joined = JoinedIndex.of(index, plan_joins(index.outline()))
    found = [joined.of_frame(number, lambda n: frames[n].poses) for number in range(600)]
    rows = (rows_at(number, number / 30, tracks) for number, tracks in enumerate(found))
    assert_same(concatenate(rows), whole)
    somebody = whole[whole.ids != NOBODY]
    np.testing.assert_array_equal(joined.ids, somebody.ids)
    np.testing.assert_array_equal(joined.boxes, somebody.boxes)
    named = joined.renamed({track_id: track_id + 7 for track_id in whole.track_ids.tolist()})
    assert named.of_frame(5, lambda n: frames[n].poses).ids.tolist() == (found[5].ids + 7).tolist()
