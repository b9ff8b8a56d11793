"""The loss, with values worked out by hand."""

import math

import pytest
import torch
from torch import Tensor

from core.model.checkpoint import model_settings
from core.skeleton import COCO_17
from core.train.assign import match_anchors
from core.train.batches import Batch
from core.train.loss import (
    LossSettings,
    PoseLoss,
    complete_iou,
    judged_cells,
    keypoint_similarity,
    oks_loss,
)

MOBILE = model_settings("mobile")
SIGMAS = torch.from_numpy(COCO_17.sigmas)


def make_batch(
    boxes: list[list[float]], ignore: list[list[float]], images: int = 1, size: int = 64
) -> Batch:
    """People in the first picture with all keypoints in the middle of their box."""
    corners = torch.tensor(boxes).reshape(-1, 4)
    count = len(corners)
    centre = (corners[:, :2] + corners[:, 2:]) / 2
    sides = corners[:, 2:] - corners[:, :2]
    return Batch(
        images=torch.zeros(images, size, size, 3, dtype=torch.uint8),
        image=torch.zeros(count, dtype=torch.long),
        boxes=corners,
        keypoints=centre[:, None].expand(count, 17, 2).clone(),
        weights=torch.ones(count, 17),
        visible=torch.ones(count, 17),
        known=torch.ones(count, 17, dtype=torch.bool),
        areas=0.53 * sides.prod(1),
        ignore=torch.tensor(ignore).reshape(-1, 4),
        ignore_image=torch.zeros(len(ignore), dtype=torch.long),
    )


def zero_maps(images: int = 1, size: int = 64) -> list[Tensor]:
    return [torch.zeros(images, 3, size // s, size // s, 57) for s in MOBILE.strides]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 0, 2, 2], [0, 0, 2, 2], 1.0),
        # IoU 2/6; centres 1 apart; box around both 3 x 2; same aspect.
        ([0, 0, 2, 2], [1, 0, 3, 2], 1 / 3 - 1 / 13),
        # IoU 4/12; centres sqrt 2 apart; around both 4 x 4; angles atan 2 and atan 1/2.
        ([0, 0, 4, 2], [0, 0, 2, 4], 1 / 3 - 2 / 32 - 0.0337516),
        # No overlap: IoU 0; centres 4 apart; around both 6 x 2.
        ([0, 0, 2, 2], [4, 0, 6, 2], -16 / 40),
    ],
)
def test_complete_iou(a: list[float], b: list[float], expected: float) -> None:
    value = complete_iou(torch.tensor([a]).float(), torch.tensor([b]).float())
    assert float(value) == pytest.approx(expected, abs=1e-6)


def test_oks_loss_by_hand() -> None:
    # Area 100, sigma 0.1, so 2 s^2 k^2 = 2 * 100 * 0.04 = 8: 2 px off gives exp(-4 / 8).
    predicted = torch.tensor([[[0.0, 0.0], [2.0, 0.0], [50.0, 50.0]]])
    target = torch.zeros(1, 3, 2)
    weights = torch.tensor([[1.0, 1.0, 0.0]])
    similarity = keypoint_similarity(
        predicted, target, torch.tensor([100.0]), torch.full((3,), 0.1)
    )
    loss = oks_loss(similarity, weights)
    assert float(loss) == pytest.approx(1 - (1 + math.exp(-0.5)) / 2, abs=1e-6)


def test_oks_loss_of_nobody_is_zero() -> None:
    predicted = torch.ones(1, 3, 2, requires_grad=True)
    similarity = keypoint_similarity(predicted, torch.zeros(1, 3, 2), torch.ones(1), torch.ones(3))
    loss = oks_loss(similarity, torch.zeros(1, 3))
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == 0
    assert predicted.grad is not None
    assert float(predicted.grad.abs().sum()) == 0


def test_oks_loss_gradient() -> None:
    torch.manual_seed(0)
    predicted = torch.rand(4, 17, 2, dtype=torch.float64, requires_grad=True)
    target = torch.rand(4, 17, 2, dtype=torch.float64)
    weights = (torch.rand(4, 17, dtype=torch.float64) > 0.3).double()
    areas = torch.rand(4, dtype=torch.float64) * 50 + 5

    def loss(points: Tensor) -> Tensor:
        return oks_loss(keypoint_similarity(points, target, areas, SIGMAS.double()), weights)

    assert torch.autograd.gradcheck(loss, (predicted,))


@pytest.mark.parametrize(
    ("box", "cells"),
    [
        # Centre in the middle of cell (row 5, column 5): no neighbour is nearer.
        ([22.0, 24.0, 66.0, 64.0], {(5, 5)}),
        # Centre at (42, 46) px = (5.25, 5.75) cells: left and lower neighbours answer too.
        ([20.0, 26.0, 64.0, 66.0], {(5, 5), (5, 4), (6, 5)}),
        # Centre at (4.25, 0.25) cells in the top row: no neighbour above it.
        ([12.0, -18.0, 56.0, 22.0], {(0, 4), (0, 3)}),
    ],
)
def test_matched_cells(box: list[float], cells: set[tuple[int, int]]) -> None:
    anchors = torch.tensor([[44.0, 40.0]])
    matches = match_anchors(torch.tensor([box]), torch.tensor([0]), anchors, 8, (12, 12))
    found = {(int(r), int(c)) for r, c in zip(matches.row, matches.column, strict=True)}
    assert found == cells


def test_anchor_must_fit_within_a_factor_of_four() -> None:
    anchors = torch.tensor([[10.0, 10.0], [10.1, 10.1], [160.0, 40.0], [159.0, 40.0]])
    box = torch.tensor([[24.0, 24.0, 64.0, 64.0]])
    matches = match_anchors(box, torch.tensor([0]), anchors, 8, (12, 12))
    assert set(matches.anchor.tolist()) == {1, 3}


def test_empty_picture_costs_objectness_alone() -> None:
    parts = PoseLoss(MOBILE, LossSettings(), SIGMAS)(zero_maps(), make_batch([], []))
    # Every cell says 1/2: ln 2, weighted 4, 1 and 0.25 by level.
    assert float(parts["objectness"]) == pytest.approx(5.25 * math.log(2), rel=1e-6)
    for name in ("box", "keypoints", "person", "keypoint_confidence", "distance"):
        assert float(parts[name]) == 0


def test_one_person_by_hand() -> None:
    # A 44 x 40 box centred in cell (3, 3) of stride 8; maps of zeros decode to the cell's middle
    # with the anchor's own size, so the second anchor is exact and all keypoints hit.
    batch = make_batch([[6.0, 8.0, 50.0, 48.0]], [])
    maps = zero_maps()
    parts = PoseLoss(MOBILE, LossSettings(balance=(1.0, 0.0, 0.0)), SIGMAS)(maps[:1], batch)
    anchors = [(19, 27), (44, 40), (38, 94)]
    losses = []
    for width, height in anchors:
        x, y = 28 - width / 2, 28 - height / 2
        predicted = torch.tensor([[x, y, x + width, y + height]])
        losses.append(1 - float(complete_iou(predicted, batch.boxes)))
    assert float(parts["box"]) == pytest.approx(0.05 * sum(losses) / 3, rel=1e-5)
    assert losses[1] == pytest.approx(0, abs=1e-6)
    assert float(parts["person"]) == pytest.approx(0.5 * math.log(2), rel=1e-5)
    assert float(parts["keypoint_confidence"]) == pytest.approx(0.5 * math.log(2), rel=1e-5)
    # Keypoint maps of zeros decode to 8 px left of and above the middle of the cell.
    spread = 2 * 0.53 * 44 * 40 * (2 * SIGMAS) ** 2
    off = 1 - torch.exp(-128 / spread).mean()
    assert float(parts["keypoints"]) == pytest.approx(0.1 * float(off), rel=1e-4)


def test_unknown_keypoints_cost_no_confidence() -> None:
    batch = make_batch([[6.0, 8.0, 50.0, 48.0]], [])
    maps = zero_maps()
    maps[0][..., 6 + 2] = 5.0  # the nose's confidence, far from what the label says below
    batch.visible[0, 0] = 0
    costly = PoseLoss(MOBILE, LossSettings(), SIGMAS)(maps, batch)["keypoint_confidence"]
    batch.known[0, 0] = False
    free = PoseLoss(MOBILE, LossSettings(), SIGMAS)(maps, batch)["keypoint_confidence"]
    levels = 2  # the box fits anchors of two strides
    assert float(free) == pytest.approx(0.5 * levels * math.log(2), rel=1e-5)
    assert float(costly) > float(free) + 0.05


def test_confidence_may_tell_how_near_a_keypoint_is() -> None:
    batch = make_batch([[6.0, 8.0, 50.0, 48.0]], [])
    batch.visible[0, 0] = 0
    maps = [level.requires_grad_() for level in zero_maps()[:1]]
    settings = LossSettings(keypoint_quality=1.0)
    PoseLoss(MOBILE, settings, SIGMAS)(maps, batch)["keypoint_confidence"].backward()  # type: ignore[no-untyped-call]
    gradient = maps[0].grad
    assert gradient is not None
    # Keypoint maps of zeros decode to 8 px left of and above the middle; all say 1/2.
    spread = 2 * 0.53 * 44 * 40 * (2 * SIGMAS) ** 2
    told = torch.exp(-128 / spread).sqrt()
    told[0] = 0
    found = gradient[..., 6:].unflatten(-1, (17, 3))[..., 2].sum((0, 1, 2, 3))
    torch.testing.assert_close(found, 0.5 * (0.5 - told) / 17)


def test_ignore_zone_is_neither_person_nor_background() -> None:
    batch = make_batch([], [[0.0, 0.0, 32.0, 64.0]])
    judged = judged_cells(torch.Size((1, 3, 8, 8, 57)), 8, batch)
    assert not judged[0, 0, :, :4].any()
    assert judged[0, 0, :, 4:].all()
    maps = [level.requires_grad_() for level in zero_maps()]
    PoseLoss(MOBILE, LossSettings(), SIGMAS)(maps, batch)["objectness"].backward()  # type: ignore[no-untyped-call]
    gradient = maps[0].grad
    assert gradient is not None
    assert float(gradient[:, :, :, :4].abs().sum()) == 0
    assert float(gradient[:, :, :, 4:, 4].abs().min()) > 0
