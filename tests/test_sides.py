"""Sides that a frame exchanged are put right; people who turn are left alone."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from walker import walker

from core.skeleton import COCO_17, skeleton_named
from core.tracks.join_plan import JoinPlan
from core.tracks.joined_index import JoinedIndex
from core.tracks.track_index import TrackIndex
from core.types import PoseBatch
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
    index, tracker = TrackIndex(), PoseTracker()
    for n, one in enumerate(given):
        index.append(one, tracker.update(one, n / RATE_HZ), n / RATE_HZ)
    assert np.flatnonzero(index.exchanged).tolist() == EXCHANGED.tolist()
    rows = np.arange(FRAMES)
    plan = JoinPlan(rows, index.times_s, index.ids, rows, rows, np.zeros(FRAMES, np.float32))
    joined = JoinedIndex.of(index, plan)
    for n in range(FRAMES):
        for known in (index, joined):
            assert equal(known.of_frame(n, given.__getitem__).poses, right[n])
