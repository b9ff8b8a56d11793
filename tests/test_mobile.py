"""The trunk of `mobile` against MoveNet's own arrays, and its parts of the loss by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from networks import random_network
from numpy.typing import NDArray

from core.errors import SettingsError
from core.model.checkpoint import model_settings
from core.model.mirror import mean_maps
from core.model.network import PoseNetwork
from core.model.settings import ModelSettings
from core.settings import build
from core.skeleton import COCO_17
from core.train.batches import Batch
from core.train.heatmaps import displacement_loss, judged_keypoints, offset_loss
from core.train.initial_weights import initialise
from core.train.retain import Before, retained_loss

SURE = 1 / (1 + math.exp(-2))


def test_trunk_and_heatmaps_are_movenets(shared: Path) -> None:
    teacher = shared / "teacher"
    network = PoseNetwork(model_settings("mobile")).eval()
    loaded = initialise(network, teacher / "movenet_multipose.safetensors")
    pretrained = ("trunk.backbone.", "trunk.fpn.", "refinement.")
    assert loaded == sorted(n for n in network.state_dict() if n.startswith(pretrained))

    arrays = np.load(teacher / "movenet_multipose_io.npz")
    picture = torch.from_numpy(arrays["rgb"])[None].permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        features = network.features(picture)
        maps = network.trunk.backbone(picture - network.input_mean)
        refined = network.refined(features)
    assert refined is not None
    shifts = refined[1].unflatten(1, (34, 2)).flip(2).flatten(1, 2)
    for name, ours in (
        ("c2", maps.c2),
        ("c3", maps.c3),
        ("c4", maps.c4),
        ("p2", features[0]),
        ("keypoint_heatmap", refined[0]),
        ("keypoint_offset", shifts[:, :34]),
        ("keypoint_displacement", shifts[:, 34:]),
    ):
        theirs: NDArray[np.float32] = arrays[name]
        assert np.abs(ours[0].numpy() - theirs).max() < 1e-3 * np.abs(theirs).max(), name


def test_only_a_trunk_with_a_fine_map_refines() -> None:
    with pytest.raises(SettingsError, match="csp_darknet has no map for heatmaps"):
        build(ModelSettings, {"trunk": "csp_darknet", "refine": "rule"})


def labels(known: bool) -> Batch:
    """One person in a box of 8 to 24 px, every keypoint at (17, 14) px of a 32 px picture."""
    return Batch(
        images=torch.zeros(1, 32, 32, 3, dtype=torch.uint8),
        image=torch.zeros(1, dtype=torch.long),
        boxes=torch.tensor([[8.0, 8.0, 24.0, 24.0]]),
        keypoints=torch.tensor([17.0, 14.0]).expand(1, 17, 2).clone(),
        weights=torch.full((1, 17), float(known)),
        visible=torch.ones(1, 17),
        known=torch.full((1, 17), known),
        areas=torch.tensor([100.0]),
        ignore=torch.zeros(0, 4),
        ignore_image=torch.zeros(0, dtype=torch.long),
    )


def test_offsets_lead_from_nine_cells_to_the_keypoint() -> None:
    # The keypoint is at (4.25, 3.5) cells of 4 px.
    columns, rows = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="xy")
    right = torch.stack([4.25 - columns, 3.5 - rows]).repeat(17, 1, 1)[None]
    assert float(offset_loss(right, labels(True), 4)) == 0
    # One cell off in x: smooth L1 of 1 with beta 0.25 is 1 - 0.125.
    wrong = right.clone()
    wrong[:, ::2] += 1
    assert float(offset_loss(wrong, labels(True), 4)) == pytest.approx(0.875)
    far = right.clone()
    far[..., 0] += 5  # nobody's neighbourhood
    assert float(offset_loss(far, labels(True), 4)) == 0


def test_displacements_lead_from_around_the_centre_to_the_keypoint() -> None:
    # The centre is in cell (4, 4); the keypoint at (4.25, 3.5) cells; a body size is 2.5 cells.
    columns, rows = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="xy")
    right = torch.stack([4.25 - columns, 3.5 - rows]).repeat(17, 1, 1)[None]
    assert float(displacement_loss(right, labels(True), 4)) == 0
    # A body size off in y: smooth L1 of 1 with beta 0.25 is 1 - 0.125.
    wrong = right.clone()
    wrong[:, 1::2] += 2.5
    assert float(displacement_loss(wrong, labels(True), 4)) == pytest.approx(0.875)
    far = wrong.clone()
    far[..., 3:6, 3:6] = right[..., 3:6, 3:6]
    assert float(displacement_loss(far, labels(True), 4)) == 0


def test_what_is_retained_costs_nothing_and_what_is_forgotten_costs() -> None:
    logits, shifts = torch.full((1, 1, 2, 2), -9.0), torch.zeros(1, 4, 2, 2)
    logits[0, 0, 1, 1] = 0.0  # the probability of one keypoint
    before = (logits, shifts)
    assert float(retained_loss(before, before)) == 0
    # A coin against p: 0.5 ln(0.5 / p) + 0.5 ln(0.5 / (1 - p)).
    changed = logits.clone()
    changed[0, 0, 1, 1] = 2.0
    divergence = -math.log(2) - 0.5 * math.log(SURE * (1 - SURE))
    assert float(retained_loss((changed, shifts), before)) == pytest.approx(divergence, rel=1e-3)
    # An offset counts by its probability; a displacement not at all.
    moved = shifts.clone()
    moved[0, 0, 1, 1], moved[0, 2:] = 3.0, 7.0
    assert float(retained_loss((logits, moved), before)) == pytest.approx(1.5, rel=1e-3)


def test_what_was_known_is_the_mean_of_a_picture_and_its_mirror_image() -> None:
    network = random_network(model_settings("mobile"))
    before = Before(network)
    images = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        first, mirrored = (network.refined(network.features(x)) for x in (images, images.flip(3)))
    assert first is not None
    assert mirrored is not None
    maps = [[part[0].numpy() for part in look] for look in (first, mirrored)]
    expected = mean_maps((maps[0][0], maps[0][1]), (maps[1][0], maps[1][1]), COCO_17.flip)
    for ours, theirs in zip(before(images), expected, strict=True):
        np.testing.assert_allclose(ours[0].numpy(), theirs, atol=1e-3)


def test_nothing_is_asked_of_a_heatmap_where_an_unknown_keypoint_may_be() -> None:
    shape = torch.Size((1, 17, 8, 8))
    assert bool(judged_keypoints(shape, 4, labels(True)).all())
    judged = judged_keypoints(shape, 4, labels(False))
    assert not bool(judged[0, 0, 2:6, 2:6].any())  # cells whose middle lies in the box
    assert int(judged[0, 0].sum()) == 64 - 16
