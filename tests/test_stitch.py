"""Tracks that a second pass joins, and those that it must leave alone."""

from dataclasses import replace

import numpy as np
import pytest

from core.tracks.by_frame import table_of, tracks_of
from core.tracks.table import NOBODY, TrackTable, concatenate
from trackers.stitch import StitchSettings, join_tracklets

RATE_HZ = 25


def walk(track_id: int, frames: range, x: float, speed: float, height: float = 160) -> TrackTable:
    """Someone who walks along, with one keypoint in three that nobody saw."""
    numbers = np.array(frames, np.int64)
    left = x + speed * numbers / RATE_HZ
    boxes = np.stack([left, 0 * left + 50, left + 60, 0 * left + 50 + height], axis=1)
    keypoints = np.repeat(boxes[:, None, :2], 17, axis=1)
    scores = np.tile(np.where(np.arange(17) % 3 == 0, 0, 0.8), (len(numbers), 1))
    return TrackTable(
        numbers,
        numbers / RATE_HZ,
        np.full(len(numbers), track_id, np.int64),
        np.full(len(numbers), 0.9, np.float32),
        boxes.astype(np.float32),
        keypoints.astype(np.float32),
        scores.astype(np.float32),
    )


def in_order(*parts: TrackTable) -> TrackTable:
    table = concatenate(parts)
    return table[np.lexsort((table.ids, table.frames))]


def test_one_who_walks_on_behind_something_keeps_the_first_id() -> None:
    table = in_order(
        walk(1, range(0, 50), 0, 80), walk(4, range(70, 120), 0, 80), walk(2, range(0, 120), 900, 5)
    )
    joined = join_tracklets(table)
    assert set(joined.ids.tolist()) == {1, 2, NOBODY} - {NOBODY}
    assert len(joined.of_track(1)) == 100


@pytest.mark.parametrize(
    "other",
    [
        walk(4, range(70, 120), 700, 0),  # far away
        walk(4, range(70, 120), 0, 80, height=400),  # another size
        walk(4, range(40, 120), 0, 80),  # at the same time
        walk(4, range(600, 700), -1520, 80),  # long after
    ],
    ids=["far", "size", "overlap", "late"],
)
def test_strangers_stay_apart(other: TrackTable) -> None:
    joined = join_tracklets(in_order(walk(1, range(0, 50), 0, 80), other))
    assert set(joined.ids[joined.ids != NOBODY].tolist()) == {1, 4}


def test_a_short_gap_is_filled_on_a_straight_line_and_a_long_one_is_not() -> None:
    other = walk(2, range(0, 100), 900, 0)
    gone = (30, 34), (60, 90)
    parts = [range(0, 30), range(34, 60), range(90, 100)]
    one = in_order(*(walk(1, frames, 0, 80) for frames in parts), other)
    filled = join_tracklets(one, StitchSettings(fill_s=0.4)).of_track(1)
    expected = sorted(set(range(100)) - set(range(*gone[1])))
    assert filled.frames.tolist() == expected
    whole = walk(1, range(0, 100), 0, 80)[np.array(expected)]
    np.testing.assert_allclose(filled.boxes, whole.boxes, atol=1e-3)
    np.testing.assert_allclose(filled.times_s, whole.times_s)
    assert (filled.keypoint_scores[:, ::3] == 0).all()


def test_every_frame_keeps_a_row_and_a_second_pass_changes_nothing() -> None:
    table = in_order(walk(1, range(5, 40), 0, 80), walk(3, range(45, 47), 500, 0))
    nobody = walk(1, range(0, 60), 0, 0)
    nobody = nobody[~np.isin(nobody.frames, table.frames)]
    empty = TrackTable(
        nobody.frames,
        nobody.times_s,
        np.full(len(nobody), NOBODY, np.int64),
        np.full_like(nobody.scores, np.nan),
        np.full_like(nobody.boxes, np.nan),
        np.full_like(nobody.keypoints, np.nan),
        np.full_like(nobody.keypoint_scores, np.nan),
    )
    joined = join_tracklets(in_order(table, empty))
    assert np.unique(joined.frames).tolist() == list(range(60))
    assert joined.track_ids.tolist() == [1], "two sightings are nobody"
    again = join_tracklets(joined)
    np.testing.assert_array_equal(again.ids, joined.ids)
    np.testing.assert_array_equal(again.boxes, joined.boxes)


def test_a_clip_without_people_stays_as_it_is() -> None:
    results = tracks_of(walk(1, range(0), 0, 0), 5)
    table = table_of(results, np.arange(5) / RATE_HZ)
    assert len(join_tracklets(table)) == 5
    assert (join_tracklets(table).ids == NOBODY).all()


@pytest.mark.parametrize(
    ("count", "rate_hz", "lasts"),
    [
        (1, 25, 1),  # a single picture
        (2, 25, 1),
        (6, 7, 3),  # a burst of photos
        (6, 25, 3),
        (10, 25, 5),
        (60, 2000, 30),  # the impact of a golf club
        (400, 25, 11),  # a clip longer than the rule of 0.4 s
    ],
)
def test_in_a_short_clip_half_of_it_is_long_enough(count: int, rate_hz: int, lasts: int) -> None:
    def at_rate(table: TrackTable) -> TrackTable:
        return replace(table, times_s=table.frames / rate_hz)

    whole, enough = walk(1, range(count), 0, 0), walk(2, range(lasts), 900, 0)
    joined = join_tracklets(at_rate(in_order(whole, enough)))
    assert [len(joined.of_track(track_id)) for track_id in (1, 2)] == [count, lasts]
    if lasts > 1:
        short = walk(2, range(lasts - 1), 900, 0)
        assert join_tracklets(at_rate(in_order(whole, short))).track_ids.tolist() == [1]
