"""Ids survive what happens to people in videos."""

import numpy as np
import pytest

from core.types import PoseBatch
from trackers.pose_tracker import PoseTracker, TrackerSettings

RATES_HZ = (8.0, 30.0, 60.0)
SHAPE = np.random.default_rng(5).uniform(0.1, 0.9, (17, 2)).astype(np.float32)


def people(boxes: np.ndarray, keypoint_score: float = 0.9, score: float = 0.9) -> PoseBatch:
    """A pose that fills each box (N, 4) in the same way."""
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    keypoints = boxes[:, None, :2] + SHAPE * (boxes[:, 2:] - boxes[:, :2])[:, None]
    count = len(boxes)
    return PoseBatch(
        boxes,
        np.full(count, score, np.float32),
        keypoints.astype(np.float32),
        np.full((count, 17), keypoint_score, np.float32),
    )


def walker(x: float, y: float = 100.0) -> list[float]:
    return [x, y, x + 60, y + 160]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("keypoint_score", [0.9, 0.0])
def test_two_who_cross_keep_their_ids(rate_hz: float, keypoint_score: float) -> None:
    tracker = PoseTracker()
    seen = []
    for time_s in np.arange(0, 5, 1 / rate_hz):
        boxes = [walker(100 + 60 * time_s), walker(400 - 60 * time_s, 110)]
        tracks = tracker.update(people(boxes, keypoint_score), float(time_s))
        seen.append(dict(zip(tracks.ids.tolist(), tracks.poses.boxes[:, 0], strict=True)))
    assert set().union(*seen) == {1, 2}
    first = min(seen[0], key=seen[0].__getitem__)
    assert seen[-1][first] == max(seen[-1].values())


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_an_id_survives_an_occlusion_of_a_second(rate_hz: float) -> None:
    tracker = PoseTracker()
    ids = set()
    for time_s in np.arange(0, 4, 1 / rate_hz):
        hidden = 1.5 <= time_s < 2.5
        boxes = [] if hidden else [walker(100 + 50 * time_s)]
        ids |= set(tracker.update(people(boxes), float(time_s)).ids.tolist())
    assert ids == {1}


def test_the_order_of_detections_changes_nothing() -> None:
    random = np.random.default_rng(3)
    plain, shuffled = PoseTracker(), PoseTracker()
    for number in range(60):
        starts = np.arange(8) * 70.0 + random.normal(0, 4, 8)
        poses = people([walker(x + number) for x in starts])
        order = random.permutation(8)
        one = plain.update(poses, number / 25)
        other = shuffled.update(poses[order], number / 25)
        np.testing.assert_array_equal(one.ids, other.ids)
        np.testing.assert_array_equal(one.poses.boxes, other.poses.boxes)


def test_numbers_that_are_not_finite_are_ignored() -> None:
    tracker = PoseTracker()
    poses = people([walker(10), walker(200), walker(400)])
    poses.boxes[0] = np.nan
    poses.keypoints[1, 3] = np.nan
    poses.keypoint_scores[2, 4] = np.nan
    assert len(tracker.update(poses, 0.0)) == 2
    assert len(tracker.update(PoseBatch.empty(), 0.1)) == 0
    assert tracker.update(poses, 0.2).ids.tolist() == [1, 2]


def test_an_id_is_never_used_twice() -> None:
    tracker = PoseTracker(TrackerSettings(max_lost_s=0.5))
    ids: list[int] = []
    for round_s in range(5):
        ids += tracker.update(people([walker(100)]), 10.0 * round_s).ids.tolist()
    assert ids == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_people_who_never_overlap_keep_one_id_each(rate_hz: float) -> None:
    random = np.random.default_rng(11)
    tracker, ids = PoseTracker(), []
    for time_s in np.arange(0, 6, 1 / rate_hz):
        sway = 30 * np.sin(time_s + np.arange(5)) + random.normal(0, 1.5, 5)
        boxes = [walker(200 * n + sway[n]) for n in range(5)]
        ids.append(tracker.update(people(boxes), float(time_s)).ids.tolist())
    assert all(frame == [1, 2, 3, 4, 5] for frame in ids)


def test_a_weak_detection_continues_a_track_and_begins_none() -> None:
    tracker = PoseTracker()
    ids = []
    for number in range(20):
        score = 0.3 if 5 <= number < 10 else 0.9
        ids.append(tracker.update(people([walker(100)], score=score), number / 25).ids.tolist())
    assert ids == [[1]] * 20
    assert len(PoseTracker().update(people([walker(100)], score=0.3), 0.0)) == 0


def test_people_keep_their_ids_when_the_picture_jumps() -> None:
    tracker = PoseTracker()
    for number in range(20):
        jump = 400 if number >= 10 else 0
        boxes = [walker(100 + jump), walker(300 + jump), walker(700 + jump, 140)]
        tracks = tracker.update(people(boxes), number / 12)
        assert tracks.ids.tolist() == [1, 2, 3]
        np.testing.assert_array_equal(tracks.poses.boxes[:, 0], np.array(boxes)[:, 0])


def test_time_that_stands_still_or_goes_back_is_safe() -> None:
    tracker = PoseTracker()
    for time_s in (0.0, 0.04, 0.04, 0.02, 0.08):
        assert tracker.update(people([walker(100)]), time_s).ids.tolist() == [1]


def test_two_trackers_know_nothing_of_each_other() -> None:
    for _ in range(2):
        assert PoseTracker().update(people([walker(100)]), 0.0).ids.tolist() == [1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"low_score": 0.7},
        {"max_lost_s": -1.0},
        {"pose_weight": 1.5},
        {"pose_looseness": 0.0},
        {"same_look": 1.5},
        {"look_margin": -0.1},
        {"look_par": 2.0},
        {"remember_s": -1.0},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TrackerSettings(**wrong)  # type: ignore[arg-type]
