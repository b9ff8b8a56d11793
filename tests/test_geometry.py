"""The letterbox and its undo are one; overlaps and similarities are the textbook's."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.geometry import apply_letterbox, box_iou, oks, plan_letterbox
from core.skeleton import COCO_17
from core.train.loss import keypoint_similarity, oks_loss
from core.types import PoseBatch

SIDES = st.integers(1, 4000)


@given(SIDES, SIDES, st.sampled_from([64, 320, 640]), st.booleans())
def test_undo_of_the_letterbox(width: int, height: int, side: int, square: bool) -> None:
    plan = plan_letterbox((width, height), side, 64, square)
    assert max(plan.canvas) == side
    assert plan.canvas[0] % 64 == 0
    assert plan.canvas[1] % 64 == 0
    corners = np.array([[0, 0], [width, height]], np.float32)
    inside = corners * (plan.scale_x, plan.scale_y) + (plan.pad_x, plan.pad_y)
    assert (inside >= 0).all()
    assert (inside <= np.array(plan.canvas) + 1e-3).all()
    points = np.repeat(inside[None], 1, 0).astype(np.float32)
    poses = PoseBatch(
        inside.reshape(1, 4).astype(np.float32),
        np.ones(1, np.float32),
        points,
        np.ones((1, 2), np.float32),
    )
    back = plan.to_frame(poses)
    np.testing.assert_allclose(
        back.boxes[0], corners.reshape(4), atol=0.01 + 1e-4 * max(corners[1])
    )
    np.testing.assert_allclose(back.keypoints[0], corners, atol=0.01 + 1e-4 * max(corners[1]))


def test_wide_frame_needs_no_square() -> None:
    plan = plan_letterbox((1920, 1080), 640, 64)
    assert plan.canvas == (640, 384)
    assert plan.content == (640, 360)
    picture = np.full((1080, 1920, 3), 200, np.uint8)
    canvas = apply_letterbox(picture, plan)
    assert canvas.shape == (384, 640, 3)
    assert (canvas[:12] == 114).all()
    assert (canvas[12:372] == 200).all()


def test_side_must_be_a_multiple_of_the_stride() -> None:
    with pytest.raises(ValueError, match="multiple"):
        plan_letterbox((10, 10), 100, 64)


def test_box_iou() -> None:
    a = np.array([[0, 0, 2, 2], [0, 0, 0, 0]], np.float32)
    b = np.array([[1, 0, 3, 2], [0, 0, 2, 2], [5, 5, 6, 6]], np.float32)
    np.testing.assert_allclose(box_iou(a, b), [[1 / 3, 1, 0], [0, 0, 0]], atol=1e-6)


def test_oks_by_hand_and_equal_to_the_loss() -> None:
    sigmas = np.full(2, 0.1, np.float32)
    points = np.array([[[0, 0], [2, 0]]], np.float32)
    truth = np.zeros((1, 2, 2), np.float32)
    seen = np.array([[True, True]])
    value = oks(points, truth, seen, np.array([100], np.float32), sigmas)
    assert value[0, 0] == pytest.approx((1 + math.exp(-0.5)) / 2)
    seen[0, 1] = False
    assert oks(points, truth, seen, np.array([100], np.float32), sigmas)[0, 0] == 1

    rng = np.random.default_rng(0)
    a, b = rng.random((2, 5, 17, 2)).astype(np.float32) * 20
    visible = rng.random((5, 17)) > 0.4
    areas = rng.uniform(50, 400, 5).astype(np.float32)
    matrix = oks(a, b, visible, areas, COCO_17.sigmas)
    similarity = keypoint_similarity(*(torch.from_numpy(x) for x in (a, b, areas, COCO_17.sigmas)))
    losses = oks_loss(similarity, torch.from_numpy(visible.astype(np.float32)))
    np.testing.assert_allclose(np.diag(matrix), 1 - losses.numpy(), atol=1e-5)
