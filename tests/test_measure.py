import csv
import json
from pathlib import Path

import numpy as np
import pytest
from walker import JOINT, table, walker

from app.__main__ import main
from core.skeleton import COCO_17, Skeleton
from core.tracks.clean.recipe import CleanSettings, clean
from core.tracks.csv_long import write_track_csv
from core.tracks.measure.angles import facing_of, joint_angles, segment_angles, unwrapped, y_up
from core.tracks.measure.gait import cadence, foot_events, steps_of
from core.tracks.measure.measures import MeasureSettings, conventions, measure
from core.tracks.measure.motion_rates import angular_velocity, distance, speed
from core.tracks.measure.repetitions import repetitions
from core.tracks.measure.symmetry import Symmetry, symmetries
from core.tracks.motion import motions_of

TIMES_S = np.arange(300) / 50.0


@pytest.mark.parametrize("facing", [1, -1])
def test_joint_angles_of_a_known_walk_are_exact(facing: int) -> None:
    points, truth = walker(TIMES_S, facing=facing, depth_px=20.0)
    assert facing_of(y_up(points), COCO_17) == facing
    found = joint_angles(y_up(points), TIMES_S, facing, COCO_17)
    assert set(found) == set(truth)
    for name, expected in truth.items():
        np.testing.assert_allclose(found[name], expected, atol=1e-9, err_msg=name)


def test_angles_seen_from_the_front_are_unsigned() -> None:
    points, truth = walker(TIMES_S)
    found = joint_angles(y_up(points), TIMES_S, 0, COCO_17)
    np.testing.assert_allclose(found["left_knee"], np.abs(truth["left_knee"]), atol=1e-9)
    np.testing.assert_allclose(found["left_shoulder"], np.abs(truth["left_shoulder"]), atol=1e-9)


def test_facing_is_neither_for_a_face_seen_from_the_front_or_not_at_all() -> None:
    points, _ = walker(TIMES_S)
    points[:, JOINT["nose"], 0] = points[:, JOINT["left_ear"], 0]
    assert facing_of(y_up(points), COCO_17) == 0
    points[:, JOINT["nose"]] = np.nan
    assert facing_of(y_up(points), COCO_17) == 0


def test_segment_angles_turn_anticlockwise_from_the_horizontal() -> None:
    points, truth = walker(TIMES_S)
    found = segment_angles(y_up(points), TIMES_S, COCO_17)
    # Facing right: leaning forwards turns the trunk clockwise, a lifted thigh anticlockwise.
    np.testing.assert_allclose(found["trunk"], 90.0 - truth["trunk_lean"], atol=1e-9)
    thigh = truth["left_hip"] - truth["trunk_lean"]
    np.testing.assert_allclose(found["left_thigh"], 90.0 + thigh, atol=1e-9)
    np.testing.assert_allclose(found["left_shank"], 90.0 + thigh - truth["left_knee"], atol=1e-9)


def test_ankles_are_measured_where_feet_exist() -> None:
    names = ("left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_knee")
    names += ("left_ankle", "left_heel", "left_big_toe", "left_ear", "right_ear", "nose")
    feet = Skeleton(names, (), np.arange(11), np.ones(11, np.float32))
    at = {name: i for i, name in enumerate(names)}
    points = np.zeros((1, 11, 2))
    points[0, at["left_knee"]] = (0, 2)
    points[0, at["left_ankle"]] = (0, 1)
    times_s = np.zeros(1)
    for toe, expected in (((1, 0), 0.0), ((0, -1), -90.0), ((1, 1), 45.0)):
        points[0, at["left_big_toe"]] = toe
        found = joint_angles(points, times_s, 1, feet)
        assert found["left_ankle"] == pytest.approx([expected])
        assert "right_ankle" not in found


def test_a_full_turn_does_not_jump_and_missing_points_stay_missing() -> None:
    angle = np.linspace(100, 500, 81)
    wrapped = (angle + 180) % 360 - 180
    times_s = np.arange(81) / 25
    straight = unwrapped(wrapped, times_s)
    np.testing.assert_allclose(np.diff(straight), 5.0)
    assert -180 < np.median(straight) <= 180
    wrapped[40:50] = np.nan
    assert np.isnan(unwrapped(wrapped, times_s)).sum() == 10
    points, _ = walker(TIMES_S)
    points[10, JOINT["left_knee"]] = np.nan
    found = joint_angles(y_up(points), TIMES_S, 1, COCO_17)
    assert np.isnan(found["left_knee"][10])
    assert np.isfinite(found["right_knee"]).all()


def test_rates_on_uneven_time_never_cross_a_gap() -> None:
    times_s = np.array([0.0, 0.1, 0.15, 0.3, 0.4, 0.5, 0.6, 2.0, 2.1, 2.2])
    np.testing.assert_allclose(angular_velocity(30 * times_s, times_s), 30.0)
    np.testing.assert_allclose(angular_velocity(times_s**2, times_s)[1:6], 2 * times_s[1:6])
    points = np.stack([3 * times_s, 4 * times_s], axis=1)
    np.testing.assert_allclose(speed(points, times_s), 5.0)
    walked = distance(points, times_s)
    assert walked[6] == pytest.approx(3.0)
    assert walked[7] == pytest.approx(3.0)
    assert walked[9] == pytest.approx(4.0)
    points[4] = np.nan
    assert np.isnan(speed(points, times_s)).tolist() == [i == 4 for i in range(10)]


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("noise_px", [0.0, 2.0])
def test_steps_of_a_known_walk(facing: int, noise_px: float) -> None:
    times_s = np.arange(600) / 60.0
    points, _ = walker(times_s, stride_hz=0.9, facing=facing, origin=(3000.0, 450.0))
    noisy = points + np.random.default_rng(0).normal(0, noise_px, points.shape)
    (motion,) = motions_of(table({1: noisy}, times_s))
    smooth = y_up(clean(motion, CleanSettings(fix_swaps=False)).motion.keypoints)
    events = foot_events(smooth, times_s, facing, COCO_17)
    exact = points[:, JOINT["left_ankle"], 0] - points[:, JOINT["left_hip"], 0]
    highest = np.flatnonzero(np.diff(np.sign(np.diff(facing * exact))) < 0) + 1
    highest = highest[highest > 30]  # a recording that starts in mid-swing shows half a swing
    strikes = [e.time_s for e in events if e.kind == "strike" and e.side == "left"]
    assert len(strikes) == len(highest)
    assert strikes == pytest.approx(times_s[highest], abs=0.04 if noise_px else 0.017)
    steps = steps_of(events, smooth, COCO_17)
    assert cadence(steps) == pytest.approx(2 * 60 * 0.9, rel=0.02)
    assert [s.stride_s for s in steps[2:]] == pytest.approx([1 / 0.9] * (len(steps) - 2), abs=0.06)
    assert foot_events(smooth, times_s, 0, COCO_17) == []


def test_repetitions_count_whole_movements_alone() -> None:
    times_s = np.arange(0, 30, 0.04)
    bend = 60 * (1 - np.cos(2 * np.pi * 0.5 * times_s))  # 0 to 120 degrees, 15 times
    noise = np.random.default_rng(1).normal(0, 4, len(times_s))
    found = repetitions(bend + noise, times_s, min_range=40)
    assert len(found) == 15
    assert [r.duration_s for r in found] == pytest.approx([2.0] * 15, abs=0.5)
    assert all(105 < r.range < 135 for r in found)
    half = np.where(times_s % 4 < 2, bend, 0.2 * bend)  # every other one too shallow
    assert len(repetitions(half, times_s, 40)) == 8
    holes = np.where((times_s > 7.0) & (times_s < 7.6), np.nan, bend)
    assert len(repetitions(holes, times_s, 40)) == 15
    torn = np.where((times_s > 6.5) & (times_s < 9.5), np.nan, bend)
    assert len(repetitions(torn, times_s, 40)) == 13
    assert repetitions(5 * noise[:100] / 4, times_s[:100], 60) == []
    assert len(repetitions(bend, times_s, 40, min_duration_s=2.5)) == 0
    assert len(repetitions(-bend, times_s, 40, upwards=False)) == 15
    assert repetitions(np.full(3, np.nan), times_s[:3], 1) == []


def test_symmetry() -> None:
    assert Symmetry(100.0, 100.0).index_percent == 0
    assert Symmetry(90.0, 110.0).index_percent == pytest.approx(20.0)
    assert np.isnan(Symmetry(0.0, 0.0).index_percent)
    left = np.linspace(0, 100, 101)
    both = symmetries({"left_knee": left, "right_knee": 0.5 * left, "trunk_lean": left})
    assert list(both) == ["knee"]
    assert both["knee"].left == pytest.approx(96.0)
    assert both["knee"].index_percent == pytest.approx(-66.67, abs=0.01)


def test_measures_name_their_units_and_refuse_unknown_names() -> None:
    points, _ = walker(TIMES_S)
    (motion,) = motions_of(table({3: points}, TIMES_S))
    cleaned = clean(motion)
    measures = measure(cleaned, MeasureSettings(keypoints=("nose",), repetitions_of="left_knee"))
    assert measures.facing == 1
    assert np.nanmedian(measures.columns["nose_speed_px_per_s"]) == pytest.approx(250, rel=0.02)
    assert set(conventions(COCO_17)) <= set(measures.columns)
    assert len(measures.repetitions) == 5
    with pytest.raises(ValueError, match="no keypoint 'toe'; known: nose"):
        measure(cleaned, MeasureSettings(keypoints=("toe",)))
    with pytest.raises(ValueError, match="no angle 'neck'"):
        measure(cleaned, MeasureSettings(repetitions_of="neck"))


def write_walk(folder: Path) -> Path:
    points, _ = walker(TIMES_S)
    scores = np.full((300, 17), 0.9)
    scores[100:103, JOINT["left_wrist"]] = 0.0
    write_track_csv(folder / "walk.csv", table({3: points}, TIMES_S, {3: scores}))
    return folder / "walk.csv"


def test_command_writes_measures_events_and_conventions(tmp_path: Path) -> None:
    path = write_walk(tmp_path)
    options = ["--height-m", "1.8", "--keypoint", "nose", "--repetitions", "left_knee"]
    assert main(["measure", str(path), "--output", str(tmp_path / "out"), *options]) == 0
    with (tmp_path / "out/walk.measures.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 300
    assert rows[101]["not_measured"] == "left_wrist"
    assert rows[99]["not_measured"] == ""
    # 400 px are 1.8 m: 250 px/s are 1.125 m/s.
    assert float(rows[150]["nose_speed_m_per_s"]) == pytest.approx(1.125, rel=0.02)
    with (tmp_path / "out/walk.events.csv").open() as file:
        events = [row["event"] for row in csv.DictReader(file)]
    assert events.count("repetition") == 5
    assert events.count("foot_strike") >= 9
    summary = json.loads((tmp_path / "out/walk.measures.json").read_text())
    assert summary["angles"]["left_knee_deg"].startswith("0 straight, positive flexion")
    assert summary["scale"] == "a person's height of 1.8 m"
    assert summary["people"][0]["facing"].startswith("faces right")
    assert summary["people"][0]["range_of_motion_deg"]["knee"]["left"] == pytest.approx(50, abs=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--keypoint", "toe"], "no keypoint 'toe'"),
        (["--height-m", "1.8", "--line", "0,0,1,1,2"], "give one of"),
        (["--line", "0,0,1,1"], "expected 5 numbers, got 4"),
        (["--line", "0,0,1,one,2"], "expected numbers"),
        (["--height-m", "18"], "a person of 18.0 m"),
        (["--height-m", "1.8", "--tilt-deg", "10"], "a tilted camera needs --size"),
        (["--set", "cutof_hz=3"], "did you mean 'cutoff_hz'"),
        (["--set", "order=3"], "order must be 2, 4, 6"),
    ],
)
def test_command_says_what_is_wrong(tmp_path: Path, capsys, options, message: str) -> None:
    assert main(["measure", str(write_walk(tmp_path)), *options]) == 2
    assert message in capsys.readouterr().err
