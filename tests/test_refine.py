"""Keypoints moved to peaks, with numbers worked out by hand."""

import math

import numpy as np
import pytest

from core.model.candidates import displaced, find_peaks, gather_candidates
from core.model.chooser import FLOOR, RuleChooser
from core.model.engines.chooser_engine import choose_with
from core.model.refine import refine
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


def refined(poses: PoseBatch, heatmaps: FloatArray, shifts: FloatArray) -> PoseBatch:
    choose = choose_with(RuleChooser(2))
    assert choose is not None
    return refine(poses, (heatmaps, shifts), 0.3, choose)


def test_peaks_are_cells_that_no_neighbour_exceeds() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[1, 5, 6], heatmaps[1, 5, 7] = logit(0.8), logit(0.6)
    heatmaps[1, 19, 19] = logit(0.5)
    joint, cell, place, height = find_peaks(heatmaps, shifts)
    assert joint.tolist() == [1, 1]
    assert cell.tolist() == [106, 399]
    assert place.tolist() == [[25.0, 21.0], [77.0, 77.0]]
    assert height == pytest.approx([0.8, 0.5])


def test_a_keypoint_goes_to_the_peak_that_is_high_and_near() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[0, 10, 10] = logit(0.64)  # at 41, 41: 1.4 px away
    heatmaps[0, 10, 16] = logit(0.99)  # at 65, 41: 25 px away, where s is 7.5 px
    found = refined(person(40, 40), heatmaps, shifts)
    assert found.keypoints[0, 0].tolist() == [41.0, 41.0]
    assert found.keypoint_scores[0, 0] == pytest.approx(math.sqrt(0.81 * 0.64), abs=1e-6)


def test_a_keypoint_without_a_peak_stays_and_is_doubted() -> None:
    heatmaps, shifts = empty_maps()
    found = refined(person(40, 40), heatmaps, shifts)
    assert found.keypoints[0, 1].tolist() == [40.0, 40.0]
    assert found.keypoint_scores[0, 1] == pytest.approx(math.sqrt(0.81 * FLOOR), abs=1e-6)


def test_a_peak_is_believed_from_further_away_where_the_regression_is_unsure() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[0, 10, 16] = logit(0.5)  # at 65, 41: 25.02 px away
    # 40 px boxes: s is 6 px for a sure keypoint, 14 px for one of confidence 0.
    assert refined(person(40, 40, 1.0), heatmaps, shifts).keypoints[0, 0, 0] == 40
    assert refined(person(40, 40, 0.0), heatmaps, shifts).keypoints[0, 0, 0] == 65


def test_nobody_is_refined_to_nobody() -> None:
    heatmaps, shifts = empty_maps()
    nobody = person(40, 40)[np.zeros(0, np.intp)]
    assert len(refined(nobody, heatmaps, shifts)) == 0


def test_a_keypoint_may_go_where_the_centre_of_the_box_points() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[0, 10, 18] = logit(0.5)  # at 73, 41: far from the regression
    # The box's centre is at 40, 40: cell 10, 10. From there the keypoint is 8 cells to the right.
    shifts[4, 10, 10] = 8
    found = refined(person(40, 40, 1.0), heatmaps, shifts)
    assert displaced(person(40, 40).boxes, shifts).tolist() == [[[72, 40], [40, 40]]]
    assert found.keypoints[0].tolist() == [[73, 41], [40, 40]]


def test_a_centre_outside_the_picture_is_read_at_its_edge() -> None:
    _, shifts = empty_maps()
    boxes = np.array([[-90, 30, 10, 50], [70, 60, 99, 130]], np.float32)
    assert displaced(boxes, shifts)[:, 0].tolist() == [[0, 40], [76, 76]]


def test_candidates_are_both_guesses_and_the_peaks_near_them_by_their_worth() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[0, 10, 10] = logit(0.2)  # at 41, 41
    heatmaps[0, 13, 10] = logit(0.9)  # at 41, 53
    heatmaps[1, 13, 10] = logit(0.4)  # another keypoint's
    found = gather_candidates(person(40, 40), (heatmaps, shifts), 0.3)
    assert found.places[0, 0, :4].tolist() == [[40, 40], [40, 40], [41, 53], [41, 41]]
    assert found.valid[0, 0].tolist() == [1, 1, 1, 1, 0, 0, 0]
    # The guess lies in the cell of the peak at 41, 41.
    assert found.heights[0, 0, 0, 0] == pytest.approx(0.2)
    assert found.heights[0, 0, 2].tolist() == pytest.approx([0.9, 0.4])


def test_what_fits_somebody_else_is_said_to() -> None:
    heatmaps, shifts = empty_maps()
    heatmaps[0, 10, 10] = logit(0.5)  # at 41, 41
    first, second = person(20, 40), person(41, 41)
    both = PoseBatch(
        np.array([[0, 20, 40, 60], [21, 20, 61, 60]], np.float32),
        np.array([0.2, 0.6], np.float32),
        np.concatenate([first.keypoints, second.keypoints]),
        np.concatenate([first.keypoint_scores, second.keypoint_scores]),
    )
    found = gather_candidates(both, (heatmaps, shifts), 0.1)
    # Right on the second one's guess, whose score is three quarters of both.
    assert found.rivals[0, 0, 2] == pytest.approx(0.75)
    # The first one's guesses are 21 px away at 20, 40 and 20, 40; s is 6 px.
    away = math.exp(-(21**2 + 1) / (2 * 6**2))
    assert found.rivals[1, 0, 2] == pytest.approx(0.25 * away, rel=1e-4)
    # Below the confidence the first one changes nothing about the second.
    found = gather_candidates(both, (heatmaps, shifts), 0.2)
    assert found.rivals[:, 0, 2].tolist() == pytest.approx([0.75, 0])
