"""Keypoints moved to peaks, with numbers worked out by hand."""

import math

import numpy as np
import pytest

from core.model.refine import FLOOR, displaced, find_peaks, refine
from core.types import FloatArray, PoseBatch


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def empty_maps() -> tuple[FloatArray, FloatArray]:
    """Two keypoints on 20 x 20 cells of 4 px; nothing anywhere, offsets of a quarter cell.

    Displacements lead from every cell to its own corner.
    """
    heatmaps = np.full((2, 20, 20), -9, np.float32)
    shifts = np.zeros((8, 20, 20), np.float32)
    shifts[:4] = 0.25
    return heatmaps, shifts


def person(x: float, y: float, confidence: float = 0.81) -> PoseBatch:
    """One whose box is 40 px wide and high, with both keypoints at one place."""
    return PoseBatch(
        np.array([[20, 20, 60, 60]], np.float32),
        np.array([0.9], np.float32),
        np.full((1, 2, 2), (x, y), np.float32),
        np.full((1, 2), confidence, np.float32),
    )


def test_peaks_are_cells_that_no_neighbour_exceeds() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[1, 5, 6], heatmaps[1, 5, 7] = logit(0.8), logit(0.6)
    heatmaps[1, 19, 19] = logit(0.5)
    joint, place, height = find_peaks(heatmaps, shifts)
    assert joint.tolist() == [1, 1]
    assert place.tolist() == [[25.0, 21.0], [77.0, 77.0]]
    assert height == pytest.approx([0.8, 0.5])


def test_a_keypoint_goes_to_the_peak_that_is_high_and_near() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[0, 10, 10] = logit(0.64)  # at 41, 41: 1.4 px away
    heatmaps[0, 10, 16] = logit(0.99)  # at 65, 41: 25 px away, where s is 7.5 px
    found = refine(person(40, 40), heatmaps, shifts)
    assert found.keypoints[0, 0].tolist() == [41.0, 41.0]
    assert found.keypoint_scores[0, 0] == pytest.approx(math.sqrt(0.81 * 0.64), abs=1e-6)


def test_a_keypoint_without_a_peak_stays_and_is_doubted() -> None:
    heatmaps, shifts = empty_maps()
    found = refine(person(40, 40), heatmaps, shifts)
    assert found.keypoints[0, 1].tolist() == [40.0, 40.0]
    assert found.keypoint_scores[0, 1] == pytest.approx(math.sqrt(0.81 * FLOOR), abs=1e-6)


def test_a_peak_is_believed_from_further_away_where_the_regression_is_unsure() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[0, 10, 16] = logit(0.5)  # at 65, 41: 25.02 px away
    # 40 px boxes: s is 6 px for a sure keypoint, 14 px for one of confidence 0.
    assert refine(person(40, 40, 1.0), heatmaps, shifts).keypoints[0, 0, 0] == 40
    assert refine(person(40, 40, 0.0), heatmaps, shifts).keypoints[0, 0, 0] == 65


def test_nobody_is_refined_to_nobody() -> None:
    heatmaps, shifts = empty_maps()
    nobody = person(40, 40)[np.zeros(0, np.intp)]
    assert len(refine(nobody, heatmaps, shifts)) == 0


def test_a_keypoint_may_go_where_the_centre_of_the_box_points() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[0, 10, 18] = logit(0.5)  # at 73, 41: far from the regression
    # The box's centre is at 40, 40: cell 10, 10. From there the keypoint is 8 cells to the right.
    shifts[4, 10, 10] = 8
    found = refine(person(40, 40, 1.0), heatmaps, shifts)
    assert displaced(person(40, 40).boxes, shifts).tolist() == [[[72, 40], [40, 40]]]
    assert found.keypoints[0].tolist() == [[73, 41], [40, 40]]


def test_a_centre_outside_the_picture_is_read_at_its_edge() -> None:
    _, shifts = empty_maps()
    boxes = np.array([[-90, 30, 10, 50], [70, 60, 99, 130]], np.float32)
    assert displaced(boxes, shifts)[:, 0].tolist() == [[0, 40], [76, 76]]
