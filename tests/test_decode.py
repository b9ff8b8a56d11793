"""Decoding finds what the maps hold; suppression and averaging treat people as people."""

import numpy as np
import torch

from core.model.decode import average_agreeing, decode_maps, non_maximum_suppression, sigmoid
from core.model.grids import placed
from core.types import FloatArray, PoseBatch

ANCHORS = (((20.0, 30.0), (40.0, 40.0)),)


def people(boxes: list[list[float]], scores: list[float]) -> PoseBatch:
    corners = np.array(boxes, np.float32)
    centres = (corners[:, :2] + corners[:, 2:]) / 2
    keypoints = np.repeat(centres[:, None], 17, 1)
    seen = np.full((len(boxes), 17), 0.5, np.float32)
    return PoseBatch(corners, np.array(scores, np.float32), keypoints, seen)


def empty_maps() -> FloatArray:
    maps = np.zeros((2, 4, 5, 57), np.float32)
    maps[..., 4] = -9
    return maps


def level_of(maps: FloatArray) -> tuple[FloatArray, FloatArray]:
    channels_first = maps.transpose(0, 3, 1, 2)
    return channels_first[:, :6], channels_first[:, 6:]


def test_one_anchor_by_hand() -> None:
    maps = empty_maps()
    maps[1, 2, 3, 4] = 9  # anchor 1, row 2, column 3
    maps[1, 2, 3, 5] = 9
    maps[1, 2, 3, 6:9] = (1.0, -0.5, 3.0)  # the nose
    (found,) = [decode_maps([level_of(maps)], ANCHORS, (8,), 0.5)]
    # sigmoid(0) = 1/2: the centre is the cell's middle and the size the anchor's.
    np.testing.assert_allclose(found.boxes, [[28 - 20, 20 - 20, 28 + 20, 20 + 20]], atol=1e-4)
    np.testing.assert_allclose(found.keypoints[0, 0], [(2 - 0.5 + 3) * 8, (-1 - 0.5 + 2) * 8])
    np.testing.assert_allclose(found.keypoint_scores[0, 0], 1 / (1 + np.exp(-3)), rtol=1e-5)
    np.testing.assert_allclose(found.scores, (1 / (1 + np.exp(-9))) ** 2, rtol=1e-5)


def test_a_place_means_the_same_to_arrays_and_tensors() -> None:
    # A cell of 8 px at column 3, row 2: halves are its middle, 0 and 1 reach half a cell beyond.
    values = np.array([[0.5, 0.5], [0.0, 1.0]], np.float32)
    cell = np.array([[3, 2], [3, 2]], np.float32)
    expected = [[28.0, 20.0], [20.0, 28.0]]
    assert placed(values, cell, 8).tolist() == expected
    assert placed(torch.from_numpy(values), torch.from_numpy(cell), 8).tolist() == expected


def test_nobody() -> None:
    found = decode_maps([level_of(empty_maps())], ANCHORS, (8,), 0.5)
    assert len(found) == 0
    assert found.keypoints.shape == (0, 17, 2)
    kept = non_maximum_suppression(found, 0.5, 10)
    assert len(average_agreeing(kept, found)) == 0


def test_sigmoid_far_out() -> None:
    np.testing.assert_array_equal(sigmoid(np.array([-1e4, 0, 1e4], np.float32)), [0, 0.5, 1])


def test_suppression_keeps_the_best_of_each_person() -> None:
    found = people(
        [[0, 0, 10, 10], [1, 0, 11, 10], [30, 0, 40, 10], [0, 0, 10, 9]], [0.7, 0.9, 0.5, 0.8]
    )
    kept = non_maximum_suppression(found, 0.5, 10)
    np.testing.assert_allclose(kept.scores, [0.9, 0.5])
    assert len(non_maximum_suppression(found, 0.5, 1)) == 1


def test_agreeing_candidates_are_averaged_by_squared_score() -> None:
    found = people([[0, 0, 10, 10], [1, 0, 11, 10], [30, 0, 40, 10]], [0.8, 0.4, 0.5])
    kept = non_maximum_suppression(found, 0.5, 10)
    means = average_agreeing(kept, found)
    np.testing.assert_allclose(means.boxes[0], [0.2, 0, 10.2, 10], atol=1e-5)
    np.testing.assert_allclose(means.keypoints[0, 0], [5.2, 5], atol=1e-5)
    np.testing.assert_allclose(means.boxes[1], found.boxes[2])
    np.testing.assert_array_equal(means.scores, kept.scores)


def test_weak_people_besides_change_nothing_about_the_strong() -> None:
    boxes = [[0, 0, 10, 10], [1, 0, 11, 10], [0, 1, 10, 11], [30, 0, 40, 10], [31, 0, 41, 10]]
    every = people(boxes, [0.8, 0.4, 0.2, 0.25, 0.15])
    strong = every[every.scores > 0.3]
    alone = average_agreeing(non_maximum_suppression(strong, 0.5, 10), strong, 0.3)
    both = average_agreeing(non_maximum_suppression(every, 0.5, 10), every, 0.3)
    assert (len(alone), len(both)) == (1, 2)
    np.testing.assert_array_equal(both.boxes[:1], alone.boxes)
    np.testing.assert_array_equal(both.keypoints[:1], alone.keypoints)
    x = (0.25**2 * 30 + 0.15**2 * 31) / (0.25**2 + 0.15**2)
    np.testing.assert_allclose(both.boxes[1, 0], x, atol=1e-5)
