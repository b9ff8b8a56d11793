"""People are told apart by what they wear, where they cross and where they come back."""

import numpy as np
import pytest

from core.types import PoseBatch
from core.video.capture import read_frames
from trackers.appearance import LENGTH, advantage, describe, recognised, unit_looks
from trackers.pose_tracker import PoseTracker, TrackerSettings

RED_ON_BLUE = ((200, 30, 30), (30, 30, 160))
GREEN_ON_GREY = ((30, 160, 60), (90, 90, 90))
Clothes = tuple[tuple[int, int, int], tuple[int, int, int]]


def street(*people: tuple[int, Clothes]) -> tuple[np.ndarray, PoseBatch]:
    """A picture with people at these places, and their boxes without keypoints."""
    picture = np.full((240, 640, 3), 128, np.uint8)
    for x, clothes in people:
        picture[40:120, x : x + 60], picture[120:200, x : x + 60] = clothes
    boxes = np.array([[x, 40, x + 60, 200] for x, _ in people], np.float32).reshape(-1, 4)
    count = len(people)
    scores, nothing = np.full(count, 0.9, np.float32), np.zeros((count, 17), np.float32)
    return picture, PoseBatch(boxes, scores, np.zeros((count, 17, 2), np.float32), nothing)


def ids_of(settings: TrackerSettings, away_s: float, clothes_later: Clothes) -> list[int]:
    """The ids of one who walks, is away for so long, and comes back elsewhere."""
    tracker, ids = PoseTracker(settings), []
    back_s = 2 + away_s
    for time_s in [*np.arange(0, 2, 0.1), *np.arange(back_s, back_s + 1, 0.1)]:
        later = time_s >= back_s
        clothes = clothes_later if later else RED_ON_BLUE
        rgb, poses = street((500 if later else 20 + int(20 * time_s), clothes))
        sight = tracker.see(rgb, poses)
        ids += tracker.update(poses, float(time_s), sight.looks).ids.tolist()
    return sorted(set(ids))


@pytest.mark.parametrize(
    ("settings", "away_s", "clothes", "expected"),
    [
        (TrackerSettings(), 3, RED_ON_BLUE, [1]),
        (TrackerSettings(), 3, GREEN_ON_GREY, [1, 2]),
        (TrackerSettings(clothes=False), 3, RED_ON_BLUE, [1, 2]),
        (TrackerSettings(), 10, RED_ON_BLUE, [1, 2]),
        (TrackerSettings(reidentify=True), 10, RED_ON_BLUE, [1]),
        (TrackerSettings(reidentify=True), 10, GREEN_ON_GREY, [1, 2]),
        (TrackerSettings(reidentify=True, remember_s=5), 10, RED_ON_BLUE, [1, 2]),
    ],
)
def test_clothes_bring_an_id_back(settings, away_s, clothes, expected) -> None:
    assert ids_of(settings, away_s, clothes) == expected


@pytest.mark.parametrize(("clothes", "turned"), [(True, [1, 2]), (False, [2, 1])])
def test_two_who_meet_unseen_and_turn_back_keep_their_ids(clothes, turned) -> None:
    """Motion alone would let them pass each other."""
    tracker = PoseTracker(TrackerSettings(clothes=clothes))
    ids: list[int] = []
    for step in range(40):
        if 16 <= step < 24:  # behind a pillar
            people: tuple[tuple[int, Clothes], ...] = ()
        else:
            way = 12 * min(step, 40 - step)
            people = ((40 + way, RED_ON_BLUE), (540 - way, GREEN_ON_GREY))
        rgb, poses = street(*people)
        tracks = tracker.update(poses, step / 10, tracker.see(rgb, poses).looks)
        left_first = np.argsort(tracks.poses.boxes[:, 0])
        ids = tracks.ids[left_first].tolist()
        if step == 10:
            assert ids == [1, 2]
    assert ids == turned


def test_where_others_wear_the_same_nobody_is_recognised() -> None:
    one, other = np.eye(4, dtype=np.float32)[:2]
    assert recognised(one, {7: one, 8: other}, [], 0.9, 0.03) == 7
    assert recognised(one, {7: one, 8: one}, [], 0.9, 0.03) is None
    assert recognised(one, {7: one}, [one], 0.9, 0.03) is None
    assert recognised(one, {8: other}, [], 0.9, 0.03) is None
    assert recognised(one, {}, [], 0.9, 0.03) is None


def test_an_advantage_is_over_the_others_near_by() -> None:
    """Likeness 1 with one, 0.6 with another: an advantage of 0.25 over par, or over 0.6."""
    looks = np.array([[1, 0], [0, 0]], np.float32)
    known = np.array([[1, 0], [0.6, 0.8], [0, 0]], np.float32)
    near = np.ones((2, 3), np.bool_)
    found = advantage(looks, known, near, 0.75)
    np.testing.assert_allclose(found, [[0.25, -0.4, 0], [0, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(advantage(looks, known, near, 0.5)[0, :2], [0.4, -0.4], atol=1e-6)
    near[0, 0] = False
    np.testing.assert_allclose(advantage(looks, known, near, 0.5)[0, :2], [0.4, 0.1], atol=1e-6)


def test_a_look_is_of_one_person_who_is_in_the_picture() -> None:
    rgb, poses = street((100, RED_ON_BLUE), (300, GREEN_ON_GREY))
    looks = describe(rgb, poses)
    assert looks.shape == (2, LENGTH)
    assert np.linalg.norm(looks, axis=1) == pytest.approx([255, 255], abs=2)
    red, green = unit_looks(looks)
    assert red @ green == pytest.approx(0, abs=1e-3)
    poses.boxes[0] += 5000
    poses.boxes[1] = np.nan
    assert not describe(rgb, poses).any()
    rgb, poses = street((100, RED_ON_BLUE), (130, GREEN_ON_GREY))
    assert not describe(rgb, poses).any()


def test_planes_and_rgb_give_nearly_the_same_looks() -> None:
    from app.bundled import sample_clip

    clip = sample_clip()
    assert clip is not None
    frame = next(read_frames(str(clip)))
    boxes = np.array([[400, 150, 520, 480], [100, 200, 200, 400]], np.float32)
    nothing = np.zeros((2, 17), np.float32)
    poses = PoseBatch(boxes, nothing[:, 0] + 0.9, np.zeros((2, 17, 2), np.float32), nothing)
    assert not isinstance(frame.picture, np.ndarray)
    planes, rgb = describe(frame.picture, poses), describe(frame.rgb, poses)
    assert (unit_looks(planes) * unit_looks(rgb)).sum(axis=1) == pytest.approx([1, 1], abs=0.02)
