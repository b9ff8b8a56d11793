"""Ids from the screen carried over to a later analysis of the recording."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import TableError
from core.skeleton import COCO_17
from core.tracks.csv_long import write_track_csv
from core.tracks.seen_ids import Seen, carried_ids, frame_times, live_table, load_seen
from core.tracks.table import concatenate, rows_at
from core.tracks.track_index import TrackIndex
from core.types import PoseBatch, Tracks


def people(places: dict[int, float]) -> Tracks:
    """Each id at its x."""
    n = len(places)
    boxes = np.array([[x, 10, x + 20, 60] for x in places.values()], np.float32).reshape(n, 4)
    poses = PoseBatch(
        boxes,
        np.full(n, 0.9, np.float32),
        np.zeros((n, 17, 2), np.float32),
        np.zeros((n, 17), np.float32),
    )
    return Tracks(np.array(list(places), np.int64), poses, np.ones(n, np.bool_))


def seen(places: dict[int, float]) -> Seen:
    tracks = people(places)
    return Seen(tracks.ids, tracks.poses.boxes)


def index_of(*frames: dict[int, float]) -> TrackIndex:
    index = TrackIndex(COCO_17, room=2)
    for places in frames:
        tracks = people(places)
        index.append(tracks.poses, tracks)
    return index


@pytest.mark.parametrize(
    ("analysed", "on_screen", "expected"),
    [
        (({1: 0}, {1: 5}), {0: {7: 1}, 1: {7: 6}}, {1: 7}),
        (({1: 0, 2: 200},) * 2, {1: {5: 201, 9: 3}}, {1: 9, 2: 5}),
        (({1: 0, 2: 200},) * 2, {1: {2: 1}}, {1: 2, 2: 3}),
        (({1: 0},) * 5, {0: {4: 0}, 2: {6: 0}, 4: {6: 0}}, {1: 6}),
        (({1: 0},), {0: {8: 400}}, {1: 9}),
        (({}, {1: 3}), {0: {}}, {1: 2}),
    ],
)
def test_most_frames_in_one_place_decide(
    analysed: tuple[dict[int, float], ...],
    on_screen: dict[int, dict[int, float]],
    expected: dict[int, int],
) -> None:
    index = index_of(*analysed)
    names = carried_ids(index, {number: seen(places) for number, places in on_screen.items()})
    assert names == expected
    renamed = index.renamed(names)
    assert renamed.ids.tolist() == [expected[track_id] for track_id in index.ids.tolist()]


def test_frames_that_live_skipped_are_matched_by_their_own_number(tmp_path: Path) -> None:
    video = tmp_path / "run.mp4"
    assert load_seen(video) == {}
    table = concatenate([rows_at(100, 4.0, people({3: 0})), rows_at(104, 4.2, people({}))])
    write_track_csv(live_table(video), table)
    frame_times(video).write_text(
        "frame,source_frame,time_s,captured_ns\n"
        + "".join(f"{number},{99 + number},{number / 25},0\n" for number in range(8))
    )
    found = load_seen(video)
    assert sorted(found) == [1, 5]
    assert found[1].ids.tolist() == [3]
    assert len(found[5].ids) == 0
    frame_times(video).write_text("nonsense\n1\n")
    with pytest.raises(TableError, match=r"run\.times\.csv: cannot be read"):
        load_seen(video)
