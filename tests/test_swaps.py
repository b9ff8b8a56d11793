import json
from pathlib import Path

import numpy as np
import pytest
from walker import JOINT, Series, table, walker

from app.bundled import SAMPLE
from app.sample_truth import compare, load_truth
from core.skeleton import COCO_17
from core.tracks.clean.recipe import CleanSettings, clean, fix_swaps
from core.tracks.clean.swaps import find_swaps
from core.tracks.clean.trunk import TWIST_COST, trunk_costs
from core.tracks.csv_long import read_track_csv
from core.tracks.motion import Flag, Motion, motions_of, table_of
from core.tracks.table import TrackTable

LIMBS = {
    "legs": ("knee", "ankle"),
    "whole_legs": ("hip", "knee", "ankle"),
    "ankles": ("ankle",),
    "arms": ("elbow", "wrist"),
    "all": ("hip", "knee", "ankle", "shoulder", "elbow", "wrist"),
}
RUNS = (1, 2, 3, 5, 10, 20, 40)


def inject(keypoints: Series, limbs: tuple[str, ...], seed: int) -> tuple[Series, np.ndarray]:
    """Swap the sides of limbs during stretches of known lengths; returns which (T, 17)."""
    rng = np.random.default_rng(seed)
    swapped = np.zeros(keypoints.shape[:2], bool)
    start = int(rng.integers(5, 15))
    for length in rng.permutation(RUNS):
        if start + length >= len(keypoints) - 3:
            break
        for name in limbs:
            for side in ("left", "right"):
                swapped[start : start + length, JOINT[f"{side}_{name}"]] = True
        start += int(length + rng.integers(12, 30))
    result = keypoints.copy()
    exchanged = keypoints[:, COCO_17.flip]
    result[swapped] = exchanged[swapped]
    return result, swapped


def separable(keypoints: Series, noise_px: float) -> np.ndarray:
    """(T, 17) joints whose two sides are farther apart than the noise can blur."""
    apart = np.linalg.norm(keypoints - keypoints[:, COCO_17.flip], axis=2)
    return apart > max(4 * noise_px, 2.0)


@pytest.mark.parametrize(("rate_hz", "noise_px"), [(30.0, 1.5), (60.0, 2.0), (15.0, 1.0)])
def test_injected_swaps_are_repaired(rate_hz: float, noise_px: float) -> None:
    found_count = injected_count = false_count = clean_count = 0
    for seed, limbs in enumerate([*LIMBS.values()] * 2):
        times_s = np.arange(220) / rate_hz
        truth, _ = walker(times_s, depth_px=25.0, stride_hz=0.8 + 0.05 * seed)
        noisy = truth + np.random.default_rng(seed).normal(0, noise_px, truth.shape)
        swapped_points, swapped = inject(noisy, limbs, seed)
        found = find_swaps(swapped_points, times_s, COCO_17, 400.0)
        told_apart = separable(truth, noise_px)
        found_count += (found & swapped & told_apart).sum()
        injected_count += (swapped & told_apart).sum()
        false_count += (found & ~swapped)[:, 5:].sum()
        clean_count += (~swapped)[:, 5:].sum()
    assert injected_count > 3000
    assert found_count / injected_count >= 0.95
    assert false_count / clean_count <= 0.005


@pytest.mark.parametrize("rate_hz", [10.0, 25.0, 60.0, 120.0])
@pytest.mark.parametrize("noise_px", [0.0, 2.0, 5.0])
@pytest.mark.parametrize("depth_px", [0.0, 40.0])
def test_crossing_legs_are_left_alone(rate_hz: float, noise_px: float, depth_px: float) -> None:
    times_s = np.arange(int(8 * rate_hz)) / rate_hz
    truth, _ = walker(times_s, depth_px=depth_px)
    noisy = truth + np.random.default_rng(7).normal(0, noise_px, truth.shape)
    assert find_swaps(noisy, times_s, COCO_17, 400.0)[:, 5:].mean() <= 0.005


def test_uneven_time_and_missing_joints_do_not_mislead() -> None:
    rng = np.random.default_rng(8)
    times_s = np.sort(rng.choice(np.arange(480) / 60.0, 300, replace=False))
    truth, _ = walker(times_s, depth_px=25.0)
    noisy = truth + rng.normal(0, 1.5, truth.shape)
    points, swapped = inject(noisy, LIMBS["legs"], 9)
    points[rng.random(points.shape[:2]) < 0.05] = np.nan
    found = find_swaps(points, times_s, COCO_17, 400.0)
    known = np.isfinite(points).all(axis=2) & separable(truth, 1.5)
    assert (found & swapped & known).sum() / (swapped & known).sum() >= 0.95
    assert (found & ~swapped)[:, 5:].mean() <= 0.005


def test_repair_moves_scores_and_flags_along_and_keeps_raw() -> None:
    times_s = np.arange(120) / 30.0
    truth, _ = walker(times_s, depth_px=25.0)
    points, swapped = inject(truth, LIMBS["legs"], 1)
    scores = np.full((120, 17), 0.9)
    scores[:, JOINT["left_ankle"]] = 0.5
    scores[swapped] = scores[:, COCO_17.flip][swapped]
    (motion,) = motions_of(table({1: points}, times_s, {1: scores}))
    fixed = fix_swaps(motion)
    np.testing.assert_array_equal(fixed.raw, motion.raw)
    np.testing.assert_array_equal(fixed.has(Flag.SWAP_FIXED), swapped)
    np.testing.assert_allclose(fixed.keypoints, truth, atol=1e-3)
    np.testing.assert_allclose(fixed.keypoint_scores[:, JOINT["left_ankle"]], 0.5, atol=1e-6)


def test_unsure_joints_go_with_their_limb() -> None:
    times_s = np.arange(120) / 30.0
    truth, _ = walker(times_s, depth_px=25.0)
    points, swapped = inject(truth, LIMBS["legs"], 1)
    first = np.flatnonzero(swapped[:, JOINT["left_knee"]] & (np.arange(120) > 15))
    knees = [JOINT["left_knee"], JOINT["right_knee"]]
    inside = np.array([n for n in first if swapped[n - 2 : n + 3, knees].all()])
    scores = np.full((120, 17), 0.9)
    scores[np.ix_(inside[:3], knees)] = 0.1
    points[inside[1], knees] = np.nan
    (motion,) = motions_of(table({1: points}, times_s, {1: scores}), 0.0)
    fixed = fix_swaps(motion)
    seen = np.isfinite(points).all(axis=2)
    np.testing.assert_array_equal(fixed.has(Flag.SWAP_FIXED), swapped & seen)
    np.testing.assert_allclose(fixed.keypoints[seen], truth[seen], atol=1e-3)


def test_captured_motion(shared: Path) -> None:
    """Captured walks, jogs, jumps and waves of four people, with swaps planted in all of them."""
    record = json.loads((shared / "data/sample/sample_truth.json").read_text())
    found_count = injected_count = false_count = clean_count = 0
    for track_id in (1, 2, 3, 4):
        rows = [
            (frame["time"], person["keypoints"], person["bbox"][3])
            for frame in record["frames"]
            for person in frame["people"]
            if person["track_id"] == track_id
        ]
        times_s = np.array([time_s for time_s, _, _ in rows])
        truth = np.array([keypoints for _, keypoints, _ in rows], float)
        points = np.where(truth[..., 2:] > 0, truth[..., :2], np.nan)
        height_px = float(np.median([height for _, _, height in rows]))
        points += np.random.default_rng(track_id).normal(0, 0.005 * height_px, points.shape)
        false_count += find_swaps(points, times_s, COCO_17, height_px)[:, 5:].sum()
        clean_count += 12 * len(points)
        for seed, limbs in enumerate(LIMBS.values()):
            swapped_points, swapped = inject(points, limbs, seed)
            found = find_swaps(swapped_points, times_s, COCO_17, height_px)
            told_apart = separable(points, 0.005 * height_px)
            found_count += (found & swapped & told_apart).sum()
            injected_count += (swapped & told_apart).sum()
            false_count += (found & ~swapped)[:, 5:].sum()
            clean_count += (~swapped)[:, 5:].sum()
    assert found_count / injected_count >= 0.95
    assert false_count / clean_count <= 0.005


@pytest.mark.parametrize("least_score", [0.0, 0.3])
def test_somebody_who_turns_keeps_their_sides(least_score: float) -> None:
    """What the network found of a person who turns on the spot, in the sample's frames 100 to 249.

    Arms cross in profile, where an exchange costs little; it must not last until the next gap.
    """
    people = read_track_csv(Path(__file__).with_name("turning.csv"))
    (motion,) = motions_of(people, least_score)
    fixed = fix_swaps(motion)
    cleaned = [clean(motion, CleanSettings(fix_swaps=fixes)).motion for fixes in (False, True)]
    for before, after in ((motion, fixed), cleaned):
        assert _found(after, people) >= _found(before, people) > 140
    swapped = fixed.has(Flag.SWAP_FIXED)[:, JOINT["left_shoulder"]]
    clear = _across(motion, "shoulder") > 0.1 * np.nanmedian(np.diff(motion.boxes[:, 1::2]))
    assert clear.sum() > 40
    assert swapped[clear].mean() < 0.05


def _found(motion: Motion, people: TrackTable) -> int:
    """Frames in which the person agrees with the truth."""
    frames = [
        frame | {"people": [person for person in frame["people"] if person["track_id"] == 4]}
        for frame in load_truth(SAMPLE / "sample_truth.json")["frames"]
        if frame["frame"] in set(people.frames.tolist())
    ]
    return compare(table_of([motion], people), {"frames": frames}).found


def _across(motion: Motion, joint: str) -> Series:
    """How far apart the sides are, px."""
    left, right = (motion.keypoints[:, JOINT[f"{side}_{joint}"]] for side in ("left", "right"))
    return np.nan_to_num(np.linalg.norm(left - right, axis=1))


def test_shoulders_against_hips_cost_and_unknown_ones_do_not() -> None:
    hips = np.array([[[20.0, 100.0], [0.0, 100.0]]] * 4)
    shoulders = np.array(
        [
            [[25.0, 50.0], [-5.0, 50.0]],  # the same way
            [[-5.0, 50.0], [25.0, 50.0]],  # against it
            [[10.5, 50.0], [9.5, 50.0]],  # in profile
            [[25.0, 50.0], [np.nan, np.nan]],
        ]
    )
    as_named, one_exchanged = trunk_costs(hips, shoulders, 150.0).T
    np.testing.assert_allclose(as_named, [0, TWIST_COST, 0, 0])
    assert one_exchanged[0] == TWIST_COST
    assert one_exchanged[1] == one_exchanged[3] == 0
    assert 0 < one_exchanged[2] < 0.2 * TWIST_COST
