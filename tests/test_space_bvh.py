"""Skeletons in space as BVH, read back by another program's reader."""

import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pyglm import glm

from app.__main__ import main
from app.bundled import SAMPLE
from core.skeleton import COCO_17
from core.space.skeleton_files.csv_table import read_tracks3d, write_tracks3d
from core.space.tracks3d import Tracks3D

with warnings.catch_warnings():
    warnings.simplefilter("ignore", PendingDeprecationWarning)  # of how it imports PyGLM
    import bvhio

TRUTH = SAMPLE / "cameras" / "truth.3d.csv"
# Joints of the file between which a limb lies, the keypoints that it joins, and its own joint
# where it is the last one: the reader turns every joint's y along its limb.
LIMBS = (
    ("LeftUpLeg", "LeftLeg", "left_hip", "left_knee"),
    ("LeftLeg", "", "left_knee", "left_ankle"),
    ("RightUpLeg", "RightLeg", "right_hip", "right_knee"),
    ("RightLeg", "", "right_knee", "right_ankle"),
    ("LeftArm", "LeftForeArm", "left_shoulder", "left_elbow"),
    ("LeftForeArm", "", "left_elbow", "left_wrist"),
    ("RightArm", "RightForeArm", "right_shoulder", "right_elbow"),
    ("RightForeArm", "", "right_elbow", "right_wrist"),
    ("RightUpLeg", "LeftUpLeg", "right_hip", "left_hip"),
    ("RightArm", "LeftArm", "right_shoulder", "left_shoulder"),
    ("Spine", "Chest", "hip", "shoulder"),
    ("Neck", "Head", "shoulder", "ear"),
)


def place(points: np.ndarray, name: str) -> np.ndarray:
    """(F, 3) m of a keypoint, or of the middle of both."""
    sides = [name] if name in COCO_17.names else [f"left_{name}", f"right_{name}"]
    return np.mean([points[:, COCO_17.names.index(side)] for side in sides], axis=0)


@pytest.fixture(scope="module")
def moving() -> Tracks3D:
    """One person of the drawn scene for 0.7 s, an arm of whom is not seen for a while."""
    tracks = read_tracks3d(TRUTH)
    tracks = tracks[(tracks.ids == 1) & (tracks.times_s < tracks.times_s[0] + 0.7)]
    points = tracks.points.copy()
    points[10:14, [7, 9]] = np.nan
    return replace(tracks, points=points)


def test_another_reader_finds_each_limb_where_it_points(
    moving: Tracks3D, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    table = tmp_path / "people.3d.csv"
    write_tracks3d(table, moving)
    assert main(["convert", str(table), "--format", "bvh"]) == 0
    assert "how far limbs are rolled" in capsys.readouterr().err
    root = bvhio.readAsHierarchy(str(tmp_path / "people.3d_person01.bvh"))
    joints = {joint.Name: joint for joint, _, _ in root.layout()}
    thigh_m = np.linalg.norm(
        place(moving.points, "left_hip") - place(moving.points, "left_knee"), axis=1
    )
    assert glm.length(joints["LeftLeg"].Position) == pytest.approx(100 * np.median(thigh_m), 1e-3)
    for row in range(0, len(moving), 5):
        root.loadPose(row)
        x, y, z = root.PositionWorld
        hips = 100 * place(moving.points, "hip")[row]
        assert (z, x, y) == pytest.approx(tuple(hips), abs=0.01)
        for joint, child, start, end in LIMBS:
            way = (place(moving.points, end) - place(moving.points, start))[row]
            x, y, z = (
                joints[child].PositionWorld - joints[joint].PositionWorld
                if child
                else joints[joint].RotationWorld * glm.vec3(0, 1, 0)
            )
            if np.isfinite(way).all():
                shown = np.array([z, x, y])
                cosine = shown @ way / np.linalg.norm(shown) / np.linalg.norm(way)
                assert cosine > 0.9999, (row, joint)
        x, y, z = joints["Head"].RotationWorld * glm.vec3(0, 1, 0)
        ears = (place(moving.points, "left_ear") - place(moving.points, "right_ear"))[row]
        nose = (place(moving.points, "nose") - place(moving.points, "ear"))[row]
        assert np.dot((z, x, y), ears / np.linalg.norm(ears)) == pytest.approx(0, abs=1e-3)
        assert np.dot((z, x, y), nose) > 0
    _a_turn_goes_on(root, joints["LeftArm"])


def _a_turn_goes_on(root: bvhio.Joint, arm: bvhio.Joint) -> None:
    """Between what was seen before and after, in even steps."""
    turns = []
    for row in range(9, 15):
        root.loadPose(row)
        turns.append(glm.quat(arm.Rotation))
    steps = [2 * np.arccos(min(1, abs(glm.dot(a, b)))) for a, b in pairwise(turns)]
    assert np.ptp(steps) < 0.01


def test_what_bvh_cannot_be_made_of(
    moving: Tracks3D, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    nobody = replace(moving, points=np.full_like(moving.points, np.nan))
    write_tracks3d(tmp_path / "nobody.3d.csv", nobody[np.arange(1)])
    assert main(["convert", str(tmp_path / "nobody.3d.csv"), "--format", "bvh"]) == 0
    assert "Frames: 1" in (tmp_path / "nobody.3d_person01.bvh").read_text()
    capsys.readouterr()
    flat = SAMPLE / "cameras" / "north.csv"
    assert main(["convert", str(flat), "--format", "bvh", "--output", str(tmp_path)]) == 2
    assert "--format bvh takes skeletons in space" in capsys.readouterr().err
