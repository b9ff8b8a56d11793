"""Measurements and the report of skeletons in space."""

import csv
import json
from pathlib import Path

import ezc3d
import numpy as np
import pytest
from walker import walker

from app.__main__ import main
from core.space.camera import rotation_of
from core.space.people.measure3d import measure_in_space
from core.space.skeleton_files.csv_table import write_tracks3d
from core.space.tracks3d import Tracks3D
from core.tracks.measure.measures import MeasureSettings

TIMES_S = np.arange(200) / 50.0


def walking(heading_deg: float, speed_m_s: float = 1.2) -> tuple[Tracks3D, dict[str, np.ndarray]]:
    """The walker of known angles, 1.8 m tall, who walks in any direction of the world."""
    metre = 400 / 1.8  # px of the drawn walker
    flat, angles = walker(TIMES_S, 400.0, speed_px_s=speed_m_s * metre, origin=(0.0, 210.0))
    flat = flat / metre
    points = np.stack([flat[..., 0], np.zeros(flat.shape[:2]), 1.8 - flat[..., 1]], axis=2)
    sides = np.array([0, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1])
    points[..., 1] += 0.15 * sides  # the left side is at +y of somebody who faces +x
    turn = rotation_of(np.array([0.0, 0.0, np.deg2rad(heading_deg)]))
    points = points @ turn.T + [2.0, -1.0, 0.0]
    count = len(TIMES_S)
    tracks = Tracks3D(
        frames=np.arange(count),
        times_s=TIMES_S,
        ids=np.full(count, 7),
        points=points,
        deviations=np.full((count, 17), 0.012),
        cameras=np.full((count, 17), 3),
        covariance=np.zeros((count, 17, 3, 3)),
        reprojection_px=np.zeros((count, 2)),
        track_ids=np.ones((count, 2), np.int64),
        camera_names=("a", "b"),
    )
    return tracks, angles


@pytest.mark.parametrize("heading_deg", [0.0, 70.0, -160.0])
def test_angles_of_a_known_walk_are_exact_in_any_direction(heading_deg: float) -> None:
    tracks, angles = walking(heading_deg)
    (found,) = measure_in_space(tracks, MeasureSettings(keypoints=("nose",)))
    for name, expected in angles.items():
        wanted = np.abs(expected) if "knee" in name or "elbow" in name else expected
        np.testing.assert_allclose(found.columns[f"{name}_deg"], wanted, atol=1e-6, err_msg=name)
    assert found.columns["left_thigh_length_m"] == pytest.approx(0.245 * 1.8)
    inside = slice(20, -20)
    assert np.mean(found.columns["nose_speed_m_per_s"][inside]) == pytest.approx(1.2, rel=0.05)
    assert found.cadence_per_min == pytest.approx(2 * 60 * 0.9, rel=0.05)
    assert {step.side for step in found.steps} == {"left", "right"}


def test_the_command_writes_the_names_of_the_picture(tmp_path: Path) -> None:
    tracks, angles = walking(30.0)
    path = tmp_path / "take.3d.csv"
    write_tracks3d(path, tracks)
    command = ["measure", str(path), "--keypoint", "left_wrist", "--repetitions", "left_knee"]
    assert main([*command, "--min-range-deg", "20"]) == 0
    with (tmp_path / "take.3d.measures.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(TIMES_S)
    assert float(rows[50]["left_hip_deg"]) == pytest.approx(angles["left_hip"][50], abs=0.1)
    assert float(rows[50]["left_wrist_speed_m_per_s"]) > 0.2
    record = json.loads((tmp_path / "take.3d.measures.json").read_text())
    assert set(record["angles"]) <= set(rows[0])
    assert record["people"][0]["repetitions"] >= 2
    assert "seen from their right side" in record["angles_note"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--height-m", "1.8"], "is in metres already"),
        (["--facing", "left"], "a person's own front is known"),
        (["--keypoint", "tail"], "no keypoint 'tail'"),
        (["--repetitions", "left_tail"], "no angle 'left_tail'"),
    ],
)
def test_what_means_nothing_in_space_is_said(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    write_tracks3d(tmp_path / "take.3d.csv", walking(0.0)[0])
    assert main(["measure", str(tmp_path / "take.3d.csv"), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "take.3d.measures.csv").exists()


def test_the_report_says_how_far_each_joint_can_be_trusted(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    tracks, _ = walking(10.0)
    tracks.deviations[:, 9] = 0.055
    tracks.points[:30, 10] = np.nan
    tracks.cameras[:60, 10] = 0
    write_tracks3d(tmp_path / "take.3d.csv", tracks)
    assert main(["report", str(tmp_path / "take.3d.csv")]) == 0
    assert "joints to 55 mm (left_wrist)" in capsys.readouterr().out
    page = (tmp_path / "take.3d.report.html").read_text()
    assert "<td>left wrist</td><td class='poor'>55 mm</td>" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    record = json.loads((tmp_path / "take.3d.report.json").read_text())
    wrist = record["joints"][10]
    assert (wrist["joint"], wrist["measured"], wrist["filled"]) == ("right_wrist", 0.7, 0.15)


def test_skeletons_in_space_are_converted_with_their_depth(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    tracks, _ = walking(30)
    tracks.points[4, 9] = np.nan
    table = tmp_path / "people.3d.csv"
    write_tracks3d(table, tracks)
    forms = ("csv-very-long", "trc-opensim", "c3d")
    options = [text for name in forms for text in ("--format", name)]
    assert main(["convert", str(table), *options]) == 0
    assert "c3d does not hold the times of frames" in capsys.readouterr().err
    with (tmp_path / "people.3d.very_long.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 200 * 17 - 1
    nose = rows[0]
    assert (nose["keypoint"], nose["track_id"], nose["cameras"]) == ("nose", "7", "3")
    place = [float(nose[f"{axis}_m"]) for axis in "xyz"]
    assert place == pytest.approx(tracks.points[0, 0].tolist(), abs=1e-5)
    assert float(nose["sd_m"]) == pytest.approx(0.012)
    lines = (tmp_path / "people.3d_person07.trc").read_text().splitlines()
    at = lines[3].split("\t").index("Nose")
    y, z, x = map(float, lines[6].split("\t")[at : at + 3])  # y of the world is X, z is Y, x is Z
    assert (x, y, z) == pytest.approx(tracks.points[0, 0].tolist(), abs=1e-5)
    marks = ezc3d.c3d(str(tmp_path / "people.3d_person07.c3d"))["data"]["points"]
    assert marks[:3, 0, 0] == pytest.approx(1000 * tracks.points[0, 0], abs=0.01)
    for wrong, sentence in (
        (["--format", "coco"], "--format coco has no room for skeletons in space"),
        (["--format", "c3d", "--clean"], "leave out --clean"),
    ):
        assert main(["convert", str(table), *wrong]) == 2
        assert sentence in capsys.readouterr().err
