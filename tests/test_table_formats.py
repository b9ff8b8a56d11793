"""Formats that are tables: CSV in every shape, and Parquet, as pandas reads them."""

import os
import sys

import numpy as np
import pandas as pd
import pytest
from two_walkers import COUNT, TIMES_S, expected, written
from walker import JOINT

from app.__main__ import main
from core.tracks.csv_long import read_track_csv, write_track_csv


@pytest.mark.parametrize("decimal_comma", [False, True])
def test_csv_of_every_shape(walkers, walkers_export, tmp_path, decimal_comma: bool) -> None:
    write_track_csv(tmp_path / "clip.csv", walkers)
    options = ["--format", "csv", "--format", "csv-wide", "--format", "csv-very-long"]
    options += ["--decimal-comma"] if decimal_comma else []
    assert main(["convert", str(tmp_path / "clip.csv"), *options]) == 0
    signs = {"sep": ";", "decimal": ","} if decimal_comma else {}
    points, scores = expected(walkers, 2)

    long = pd.read_csv(tmp_path / "clip.long.csv", **signs)
    assert len(long) == len(walkers)
    mine = long[long.track_id == 2].set_index("frame")
    np.testing.assert_allclose(mine.left_wrist_x, points[:36, JOINT["left_wrist"], 0], atol=0.006)

    wide = pd.read_csv(tmp_path / "clip.wide.csv", **signs)
    assert list(wide.columns[:9]) == [
        "frame", "time_s", "p2_score", "p2_x1", "p2_y1", "p2_x2", "p2_y2", "p2_nose_x", "p2_nose_y",
    ]  # fmt: skip
    assert wide.frame.tolist() == list(range(COUNT))
    np.testing.assert_allclose(wide.time_s, TIMES_S, atol=1e-6)
    np.testing.assert_allclose(wide.p2_nose_x, points[:, 0, 0], atol=0.006)
    assert wide.p5_nose_x[:8].isna().all()
    np.testing.assert_allclose(wide.p2_left_wrist_score, scores[:, JOINT["left_wrist"]], atol=1e-4)

    tall = pd.read_csv(tmp_path / "clip.very_long.csv", **signs)
    assert list(tall.columns) == ["frame", "time_s", "track_id", "keypoint", "x", "y", "score"]
    assert sorted(tall.frame.unique()) == list(range(COUNT))
    knee = tall[(tall.track_id == 2) & (tall.keypoint == "left_knee")]
    np.testing.assert_allclose(knee.y, points[:36, JOINT["left_knee"], 1], atol=0.006)
    assert tall[tall.keypoint == "right_eye"].x.isna().sum() == 36


def test_converted_long_csv_is_the_main_table(walkers, tmp_path) -> None:
    write_track_csv(tmp_path / "clip.csv", walkers)
    assert main(["convert", str(tmp_path / "clip.csv"), "--format", "csv"]) == 0
    assert (tmp_path / "clip.long.csv").read_bytes() == (tmp_path / "clip.csv").read_bytes()


def test_cleaned_csv_keeps_raw_values_and_flags(walkers, tmp_path) -> None:
    write_track_csv(tmp_path / "clip.csv", walkers)
    assert main(["convert", str(tmp_path / "clip.csv"), "--format", "csv", "--clean"]) == 0
    cleaned = pd.read_csv(tmp_path / "clip.clean.csv")
    assert cleaned.columns[-2:].tolist() == ["right_ankle_flag", "swap_fixed"]
    assert sorted(cleaned.frame.unique()) == list(range(COUNT))
    one = cleaned[cleaned.track_id == 2].set_index("frame")
    assert one.left_wrist_flag[10:13].tolist() == [1, 1, 1]
    assert one.left_wrist_x[10:13].notna().all()
    assert one.left_wrist_raw_x[10:13].isna().all()
    assert (one.right_eye_flag == 8).all()
    points, _ = expected(walkers, 2)
    np.testing.assert_allclose(one.nose_raw_x, points[:36, 0, 0], atol=0.006)
    again = read_track_csv(tmp_path / "clip.clean.csv")
    np.testing.assert_allclose(again.keypoints[again.ids == 2][:, 0, 0], one.nose_x, atol=1e-4)


def test_parquet(walkers, walkers_export) -> None:
    read = pd.read_parquet(written("parquet", walkers_export))
    assert len(read) == len(walkers)
    assert read.track_id.isna().sum() == 4
    mine = read[read.track_id == 5]
    points, scores = expected(walkers, 5)
    there = np.isfinite(points[:, 0, 0])
    np.testing.assert_array_equal(mine.nose_x, points[there, 0, 0].astype(np.float32))
    np.testing.assert_array_equal(mine.nose_score, scores[there, 0].astype(np.float32))
    assert read[read.track_id == 2].right_eye_x.isna().all()
    assert str(read.dtypes["time_s"]) == "float64"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_file_name_that_is_no_utf_8(walkers, tmp_path) -> None:
    path = tmp_path / os.fsdecode(b"a\xff.csv")
    write_track_csv(path, walkers)
    assert main(["report", str(path)]) == 0
    for name in ("posetrack", "trc-kinovea", "dlc-csv"):
        assert main(["convert", str(path), "--format", name]) == 0
