"""Sides that a frame exchanged are put right; people who turn are left alone."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from walker import walker

from core.skeleton import COCO_17, HALPE_26, Skeleton, skeleton_named
from core.tracks.join_plan import JoinPlan
from core.tracks.joined_index import JoinedIndex
from core.tracks.track_index import TrackIndex
from core.types import PoseBatch, Tracks
from trackers.pose_tracker import PoseTracker, TrackerSettings
from trackers.sides import sides_of

RATE_HZ = 25
FRAMES = 75
EXCHANGED = np.arange(30, 45)


def pose(keypoints: NDArray[np.float64], score: float = 0.9) -> PoseBatch:
    """One person around the keypoints (K, 2)."""
    low, high = keypoints.min(axis=0) - 10, keypoints.max(axis=0) + 10
    return PoseBatch(
        np.array([[*low, *high]], np.float32),
        np.array([score], np.float32),
        keypoints[None].astype(np.float32),
        np.full((1, len(keypoints)), score, np.float32),
    )


def walking(depth_px: float) -> list[PoseBatch]:
    """Somebody who walks past, seen at an angle: the sides lie `depth_px` apart."""
    keypoints, _ = walker(np.arange(FRAMES) / RATE_HZ, depth_px=depth_px)
    return [pose(of_frame) for of_frame in keypoints]


def turning(turns_per_s: float) -> list[PoseBatch]:
    """Somebody who turns on the spot: what lies to the left goes round, what lies ahead too."""
    keypoints, _ = walker(np.zeros(1), depth_px=80.0)
    centre = keypoints[0, :, 0].mean()
    side = np.zeros(17)
    side[1::2], side[2::2] = 40.0, -40.0
    ahead = keypoints[0, :, 0] - centre - side
    result = []
    for number in range(FRAMES):
        angle = 2 * np.pi * turns_per_s * number / RATE_HZ
        turned = keypoints[0].copy()
        turned[:, 0] = centre + side * np.cos(angle) + ahead * np.sin(angle)
        result.append(pose(turned))
    return result


def followed(poses: list[PoseBatch], **settings: bool) -> list[PoseBatch]:
    tracker = PoseTracker(TrackerSettings(**settings))
    return [tracker.update(one, n / RATE_HZ).poses for n, one in enumerate(poses)]


def swapped(poses: list[PoseBatch]) -> list[PoseBatch]:
    """The same with the sides of some frames exchanged."""
    everyone = np.ones(1, np.bool_)
    return [
        one.exchanged(everyone, COCO_17.flip) if n in EXCHANGED else one
        for n, one in enumerate(poses)
    ]


def with_feet(one: PoseBatch) -> PoseBatch:
    """The same person with Halpe's joints: those that COCO has not lie at the hips."""
    more = np.repeat(one.keypoints[:, 11:12], 9, axis=1)
    return replace(
        one,
        keypoints=np.concatenate([one.keypoints, more], axis=1),
        keypoint_scores=np.full((1, 26), 0.9, np.float32),
    )


def shifted(one: PoseBatch, by_px: float) -> PoseBatch:
    offset = np.array([by_px, 0.0], np.float32)
    return replace(one, boxes=one.boxes + np.tile(offset, 2), keypoints=one.keypoints + offset)


def together(people: list[PoseBatch]) -> PoseBatch:
    names = ("boxes", "scores", "keypoints", "keypoint_scores")
    return PoseBatch(*(np.concatenate([getattr(one, name) for one in people]) for name in names))


def equal(one: PoseBatch, other: PoseBatch) -> bool:
    return np.array_equal(one.keypoints, other.keypoints) and np.array_equal(
        one.keypoint_scores, other.keypoint_scores
    )


@pytest.mark.parametrize("depth_px", [60.0, -60.0])  # from in front, from behind
def test_exchanged_sides_are_put_right(depth_px: float) -> None:
    right = walking(depth_px)
    given = swapped(right)
    assert [n for n in range(FRAMES) if not equal(given[n], right[n])] == EXCHANGED.tolist()
    shown = followed(given)
    assert [n for n in range(FRAMES) if not equal(shown[n], right[n])] == []


def test_with_the_setting_off_poses_stay_as_they_were_found() -> None:
    given = swapped(walking(60.0))
    shown = followed(given, keep_sides=False)
    assert all(equal(*pair) for pair in zip(shown, given, strict=True))


@pytest.mark.parametrize("turns_per_s", [0.25, 0.5, 1.0])
def test_who_turns_is_left_alone(turns_per_s: float) -> None:
    given = turning(turns_per_s)
    assert all(equal(*pair) for pair in zip(followed(given), given, strict=True))


def test_ids_do_not_depend_on_it() -> None:
    given = swapped(walking(60.0))
    for settings in (TrackerSettings(), TrackerSettings(keep_sides=False)):
        tracker = PoseTracker(settings)
        ids = [tracker.update(one, n / RATE_HZ).ids.tolist() for n, one in enumerate(given)]
        assert ids == [[1]] * FRAMES


def test_what_is_predicted_has_its_sides_right_too() -> None:
    right = walking(60.0)
    given = swapped(right)
    tracker = PoseTracker()
    for n in range(EXCHANGED[3]):
        tracker.update(given[n], n / RATE_HZ)
    expected = tracker.expected(EXCHANGED[3] / RATE_HZ).poses
    joints = sides_of(COCO_17).trunk  # type: ignore[union-attr]
    across = np.diff(expected.keypoints[0, joints, 0], axis=1)
    assert np.sign(across).tolist() == np.sign(np.diff(right[0].keypoints[0, joints, 0])).tolist()


@pytest.mark.parametrize(("first", "then"), [(COCO_17, HALPE_26), (HALPE_26, COCO_17)])
def test_another_network_may_come_while_the_tracker_runs(first: Skeleton, then: Skeleton) -> None:
    """It is announced before the last poses of the old one came, or not at all."""
    poses = {17: swapped(walking(60.0))}
    poses[26] = [with_feet(one) for one in poses[17]]
    tracker = PoseTracker(skeleton=first)
    for n in range(FRAMES):
        if n == EXCHANGED[5]:
            tracker.skeleton = then
        expected = tracker.expected(n / RATE_HZ)
        of = first if n < EXCHANGED[8] else then
        tracks = tracker.update(poses[len(of)][n], n / RATE_HZ)
        assert len(tracks) == 1
        assert tracks.poses.keypoints.shape == (1, len(of), 2)
        assert n in (0, EXCHANGED[8]) or expected.poses.keypoints.shape == (1, len(of), 2)


def test_the_setting_may_be_turned_off_while_sides_are_exchanged() -> None:
    given, tracker = swapped(walking(60.0)), PoseTracker()
    for n in range(EXCHANGED[3]):
        tracker.update(given[n], n / RATE_HZ)
    tracker.settings = TrackerSettings(keep_sides=False)
    n = int(EXCHANGED[3])
    assert equal(tracker.update(given[n], n / RATE_HZ).poses, given[n])
    assert equal(tracker.expected(n / RATE_HZ).poses, given[n])


def test_two_people_of_whom_one_is_lost_for_a_while() -> None:
    """Each has sides of their own; who comes back is known by the way they faced."""
    one, right = walking(60.0), walking(-60.0)
    other = swapped(right)
    away = set(range(10, 20))
    tracker = PoseTracker()
    for n in range(FRAMES):
        there = [] if n in away else [shifted(one[n], 900.0)]
        tracks = tracker.update(together([other[n], *there]), n / RATE_HZ)
        assert tracks.ids.tolist() == [1, 2][: len(tracks)]
        assert equal(tracks.poses[np.array([0])], right[n])
        assert len(tracks) == 1 or equal(tracks.poses[np.array([1])], there[0])


def test_joints_that_are_nowhere_are_not_taken_for_exchanged() -> None:
    index, tracker = TrackIndex(COCO_17), PoseTracker()
    for n, one in enumerate(walking(60.0)[:10]):
        keypoints, scores = one.keypoints.copy(), one.keypoint_scores.copy()
        keypoints[0, 9], scores[0, 13] = (np.nan, 5.0), np.nan
        given = replace(one, keypoints=keypoints, keypoint_scores=scores)
        index.append(given, tracker.update(given, n / RATE_HZ), n / RATE_HZ)
    index.append(PoseBatch.empty(26), Tracks.empty(26), 1.0)
    assert not index.exchanged.any()
    assert len(index.of_frame(10, lambda number: PoseBatch.empty(26))) == 0


def test_skeletons_without_a_trunk_have_no_sides_to_keep() -> None:
    assert sides_of(skeleton_named(["left_hip", "right_hip", "nose"])) is None
    assert sides_of(COCO_17) is not None


def test_joints_that_were_not_seen_tell_nothing() -> None:
    unseen = [replace(one, keypoint_scores=np.zeros((1, 17), np.float32)) for one in walking(60.0)]
    given = swapped(unseen)
    assert all(equal(*pair) for pair in zip(followed(given), given, strict=True))


def test_the_index_of_a_clip_knows_what_was_put_right() -> None:
    right = walking(60.0)
    given = swapped(right)
    index, tracker = TrackIndex(COCO_17), PoseTracker()
    for n, one in enumerate(given):
        index.append(one, tracker.update(one, n / RATE_HZ), n / RATE_HZ)
    assert np.flatnonzero(index.exchanged).tolist() == EXCHANGED.tolist()
    rows = np.arange(FRAMES)
    plan = JoinPlan(rows, index.times_s, index.ids, rows, rows, np.zeros(FRAMES, np.float32))
    joined = JoinedIndex.of(index, plan)
    for n in range(FRAMES):
        for known in (index, joined):
            assert equal(known.of_frame(n, given.__getitem__).poses, right[n])
