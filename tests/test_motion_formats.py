"""Formats of motion analysis: TRC in two dialects, OpenSim angles, C3D."""

import c3d
import numpy as np
import pandas as pd
import pytest
from two_walkers import COUNT, SCALE, TIMES_S, expected
from walker import walker

from core.skeleton import COCO_17
from core.tracks.formats.registry import export


def trc_rows(lines: list[str]) -> list[list[str]]:
    return [line.split("\t") for line in lines]


def test_trc_by_opensim_rules(walkers, walkers_export) -> None:
    paths, _ = export("trc-opensim", walkers_export)
    assert [path.name for path in paths] == ["clip_person02.trc", "clip_person05.trc"]
    lines = paths[1].read_text().split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\tclip_person05.trc"
    assert lines[1] == (
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame"
        "\tOrigNumFrames"
    )
    assert lines[2] == "25\t25\t28\t15\tm\t25\t9\t28"
    assert lines[3].startswith("Frame#\tTime\tHip\t\t\tRHip\t\t\tRKnee\t\t\tRAnkle\t\t\t")
    assert lines[4].startswith("\t\tX1\tY1\tZ1\tX2\tY2\tZ2")
    assert lines[5] == ""
    rows = trc_rows(lines[6:34])
    assert lines[34:] == [""]
    assert all(len(row) == 2 + 3 * 15 for row in rows)
    values = np.array([[float(cell) for cell in row] for row in rows])
    assert values[:, 0].tolist() == list(range(9, 37))
    np.testing.assert_allclose(values[:, 1], TIMES_S[8:36], atol=1e-6)
    points, _ = expected(walkers, 5)
    hip = SCALE.metres(points[8:36, 11:13].mean(axis=1))
    np.testing.assert_allclose(values[:, 2:4], hip, atol=1e-6)
    assert (values[:, 4] == 0).all()
    assert values[0, 3] > values[0, 2 + 3 * 3 + 1]  # hips above ankles: y is up


def test_trc_by_kinovea_rules(walkers, walkers_export) -> None:
    """Facts in line 3, names in line 4, data from line 6, whatever the frame numbers say."""
    path = export("trc-kinovea", walkers_export)[0][0]
    lines = path.read_text().rstrip("\n").split("\n")
    rate, camera_rate, frames, markers = (float(cell) for cell in lines[2].split("\t")[:4])
    assert (rate, camera_rate, frames, markers) == (25, 25, COUNT, 15)
    names = [token for token in lines[3].split("\t") if token]
    assert len(names) == markers + 2
    assert names[:4] == ["Frame#", "Time", "Hip", "RHip"]
    data = trc_rows(lines[5:])
    assert len(data) == frames
    points, _ = expected(walkers, 2)
    x, y, z = (float(cell) for cell in data[20][2 + 3 * 8 : 2 + 3 * 9])
    assert names[2 + 8] == "Nose"
    assert [1000 * x, -1000 * y, z] == pytest.approx([*points[20, 0], 0.0], abs=1e-3)
    assert data[39][2:] == [""] * 45
    assert data[11][2 + 3 * 14 :] == ["", "", ""]  # LWrist


def test_opensim_mot(walkers, walkers_export) -> None:
    paths, _ = export("mot-opensim", walkers_export)
    assert [path.name for path in paths] == [
        "clip_angles_person02.mot",
        "clip_angles_person05.mot",
    ]
    lines = paths[0].read_text().split("\n")
    assert lines[:6] == [
        "Coordinates", "version=1", "nRows=36", "nColumns=22", "inDegrees=yes", "",
    ]  # fmt: skip
    assert lines[6] == "Units are S.I. units (second, meters, Newtons, ...)"
    assert lines[8:10] == ["", "endheader"]
    read = pd.read_csv(paths[0], sep="\t", skiprows=10)
    assert read.columns[:3].tolist() == ["time", "left_knee", "left_hip"]
    assert len(read.columns) == 22
    _, angles = walker(TIMES_S)
    np.testing.assert_allclose(read.left_knee, angles["left_knee"][:36], atol=0.05)
    np.testing.assert_allclose(read.time, TIMES_S[:36], atol=1e-6)


@pytest.mark.filterwarnings("ignore:No analog data found")
def test_c3d_in_another_reader(walkers, walkers_export) -> None:
    path = export("c3d", walkers_export)[0][1]
    with path.open("rb") as file:
        reader = c3d.Reader(file)
        assert reader.point_rate == 25
        assert [label.strip() for label in reader.point_labels] == list(COCO_17.names)
        assert reader.get("POINT:UNITS").string_array[0].strip() == "mm"
        frames = [points.copy() for _, points, _ in reader.read_frames()]
    assert len(frames) == COUNT
    points, _ = expected(walkers, 5)
    for index in (8, 20, 35):
        metres = SCALE.metres(points[index])
        np.testing.assert_allclose(frames[index][:, 0] / 1000, metres[:, 0], atol=1e-4)
        np.testing.assert_allclose(frames[index][:, 2] / 1000, metres[:, 1], atol=1e-4)
        assert (frames[index][:, 3] >= 0).all()
    assert (frames[0][:, 3] == -1).all()
