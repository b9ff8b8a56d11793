"""Two looks at a picture: numbers by hand, and mirrored people in the mirrored picture."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from core.geometry import box_iou
from core.model.estimator import load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.model.mirror import mean_maps, mirror_poses
from core.skeleton import COCO_17
from core.types import Frame, PoseBatch
from core.video.capture import read_frames

SAMPLE = Path(__file__).parent.parent / "app" / "sample" / "sample.mp4"
SWAP = np.array([1, 0])


def test_mirrored_poses_change_sides() -> None:
    poses = PoseBatch(
        np.array([[10, 20, 30, 60]], np.float32),
        np.array([0.9], np.float32),
        np.array([[[12, 25], [28, 50]]], np.float32),
        np.array([[0.3, 0.7]], np.float32),
    )
    found = mirror_poses(poses, 100, SWAP)
    assert found.boxes.tolist() == [[70, 20, 90, 60]]
    assert found.keypoints.tolist() == [[[72, 50], [88, 25]]]
    assert found.keypoint_scores[0] == pytest.approx([0.7, 0.3])


def test_maps_of_both_looks_meet_cell_by_cell() -> None:
    # Keypoint 0 at 4.25 cells in a row of 8; in the mirror image keypoint 1 is at 3.75 cells.
    # From the cell of the person's centre, 2, that is 2.25 to the right; in the mirror image the
    # cell is 5 and the keypoint 1.25 to its left.
    heat, shifts = np.zeros((2, 1, 8), np.float32), np.zeros((8, 1, 8), np.float32)
    heat[0, 0, 4], shifts[0, 0, 4], shifts[1, 0, 4] = 6, 0.25, 0.5
    shifts[4, 0, 2], shifts[5, 0, 2] = 2.25, 0.5
    mirrored_heat, mirrored_shifts = np.zeros_like(heat), np.zeros_like(shifts)
    mirrored_heat[1, 0, 3], mirrored_shifts[2, 0, 3], mirrored_shifts[3, 0, 3] = 4, 0.75, 0.5
    mirrored_shifts[6, 0, 5], mirrored_shifts[7, 0, 5] = -1.25, 0.5
    mean, shift = mean_maps((heat, shifts), (mirrored_heat, mirrored_shifts), SWAP)
    assert (mean[0, 0, 4], mean.sum()) == (5, 5)
    assert shift[:2, 0, 4].tolist() == [0.25, 0.5]
    assert shift[4:6, 0, 2].tolist() == [2.25, 0.5]


def test_people_of_a_mirrored_picture_are_the_mirrored_people() -> None:
    settings = EstimatorSettings(size=256, engine="torch", precision="float32", device="cpu")
    estimator = load_estimator(None, settings)
    (frame,) = islice(read_frames(str(SAMPLE)), 1)
    assert frame.size == (960, 540)
    rgb = np.ascontiguousarray(frame.rgb[:480])  # 256 x 128: nothing to pad
    width = rgb.shape[1]

    def found(flip: bool, mirrored: bool) -> PoseBatch:
        estimator.settings = EstimatorSettings(size=256, confidence=0.3, flip=flip)
        picture = np.ascontiguousarray(rgb[:, ::-1]) if mirrored else rgb
        poses = estimator(Frame(0, 0.0, 0, picture))
        return mirror_poses(poses, width, COCO_17.flip) if mirrored else poses

    def distance_px(a: PoseBatch, b: PoseBatch) -> float:
        assert len(a) == len(b) > 0
        nearest = box_iou(a.boxes, b.boxes).argmax(1)
        return float(np.abs(a.keypoints - b.keypoints[nearest]).max())

    twice = found(True, False)
    assert distance_px(twice, found(True, True)) < 0.5
    assert distance_px(twice, found(False, False)) > 1
