"""The look at the halved picture, and what both looks make of large people."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.geometry import GREY
from core.model.candidates import GUESSES, displaced, gather_candidates
from core.model.estimator import load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.model.pyramid import LARGE, SHARE, halved, is_large, large_ones, maps_of_large
from core.model.pyramid_layer import HalvedPictures, MapsOfLarge
from core.types import PoseBatch
from core.video.capture import read_frames

SAMPLE = Path(__file__).parent.parent / "app" / "sample" / "sample.mp4"
JOINTS = 2
NO_PEAK = -9.0  # logit


@pytest.mark.parametrize(("width", "height"), [(192, 128), (160, 96), (512, 288)])
def test_a_halved_picture_is_the_mean_of_its_pixels_and_fits_the_stride(
    width: int, height: int
) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (2, height, width, 3), np.uint8)
    half = halved(pictures, 32)
    assert half.shape[1] % 32 == half.shape[2] % 32 == 0
    wide = pictures.astype(int)
    sums = wide[:, ::2, ::2] + wide[:, 1::2, ::2] + wide[:, ::2, 1::2] + wide[:, 1::2, 1::2]
    rows, columns = height // 2, width // 2
    np.testing.assert_array_equal(half[:, :rows, :columns], (sums + 2) // 4)
    assert (half[:, rows:] == GREY).all()
    assert (half[:, :, columns:] == GREY).all()
    (on_device,) = HalvedPictures((width, height), 32)(torch.from_numpy(pictures))
    np.testing.assert_array_equal(on_device.numpy(), half)


def shifts_towards(place: tuple[float, float], rows: int, columns: int, cell: int) -> np.ndarray:
    """Offsets of 0, and displacements from every cell of `cell` px to one place in px."""
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    ways = np.stack([place[0] / cell - column, place[1] / cell - row])
    displacements = np.tile(ways, (JOINTS, 1, 1))
    return np.concatenate([np.zeros_like(displacements), displacements]).astype(np.float32)


def test_displacements_of_both_looks_lead_to_one_place() -> None:
    # In px of the whole picture a cell of the halved one's maps is 8 px wide.
    fine = np.zeros((JOINTS, 24, 32), np.float32), shifts_towards((70, 41), 24, 32, 4)
    coarse = np.zeros((JOINTS, 12, 16), np.float32), shifts_towards((70, 41), 12, 16, 8)
    boxes = np.array([[20, 10, 100, 80], [40, 40, 60, 70]], np.float32)
    found = displaced(boxes, maps_of_large(fine, coarse)[1])
    np.testing.assert_allclose(found, np.broadcast_to([70, 41], found.shape), atol=1e-3)


def test_both_looks_share_in_the_heatmaps_of_large_people_alone() -> None:
    rows, columns = 96, 96
    fine = np.full((JOINTS, rows, columns), NO_PEAK, np.float32)
    coarse = np.full((JOINTS, rows // 2, columns // 2), NO_PEAK, np.float32)
    fine[0, 40, 40] = coarse[1, 20:22, 20:22] = 4.0
    nowhere = np.zeros((4 * JOINTS, rows, columns), np.float32)
    own = fine, nowhere
    both = maps_of_large(own, (coarse, nowhere[:, : rows // 2, : columns // 2]))
    assert both[0][1, 42, 42] == pytest.approx((1 - SHARE) * NO_PEAK + SHARE * 4.0)
    side = LARGE - 1
    boxes = np.array([[160, 160, 160 + side, 160 + side], [100, 100, 300, 300]], np.float32)
    assert is_large(boxes).tolist() == [False, True]
    at = np.full((2, JOINTS, 2), 165, np.float32)
    poses = PoseBatch(boxes, np.ones(2, np.float32), at, np.ones((2, JOINTS), np.float32))
    found = gather_candidates(poses, own, 0.3, both)
    there = found.valid[:, :, GUESSES:].any(2)
    assert there.tolist() == [[True, False], [True, True]]
    assert found.heights[1, 0, GUESSES:, 0].max() < 0.5 < found.heights[0, 0, GUESSES:, 0].max()


def test_a_device_makes_the_same_maps() -> None:
    random = np.random.default_rng(2)
    fine = random.normal(size=(JOINTS, 24, 40)), random.normal(size=(4 * JOINTS, 24, 40))
    coarse = random.normal(size=(JOINTS, 16, 32)), random.normal(size=(4 * JOINTS, 16, 32))
    arrays = [part.astype(np.float32) for part in (*fine, *coarse)]
    tensors = [torch.from_numpy(part)[None] for part in arrays]
    inside = tuple(part[:, :12, :20] for part in arrays[2:])
    expected = maps_of_large((arrays[0], arrays[1]), (inside[0], inside[1]))
    found = MapsOfLarge(JOINTS, (40, 24))(*tensors)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours[0].numpy(), theirs, atol=1e-5)


def test_of_the_halved_picture_large_people_are_taken() -> None:
    side = LARGE / 2 + 1
    poses = PoseBatch(
        np.array([[10, 20, 30, 60], [10, 20, 10 + side, 20 + side]], np.float32),
        np.array([0.5, 0.4], np.float32),
        np.full((2, JOINTS, 2), 12.5, np.float32),
        np.full((2, JOINTS), 0.5, np.float32),
    )
    found = large_ones(poses)
    assert found.scores.tolist() == [pytest.approx(0.4)]
    np.testing.assert_allclose(found.boxes[0], [20, 40, 20 + 2 * side, 40 + 2 * side])
    assert float(found.keypoints[0, 0, 0]) == 25.0


def test_the_second_look_changes_large_people_and_can_be_left_out() -> None:
    frame = next(read_frames(str(SAMPLE)))
    both, alone = (
        load_estimator(None, EstimatorSettings(size=640, engine="onnxruntime", pyramid=pyramid))
        for pyramid in (True, False)
    )
    found, plain = both(frame), alone(frame)
    assert len(found) == len(plain) >= 3
    moved = np.linalg.norm(found.keypoints - plain.keypoints, axis=2).mean(1)
    large = is_large(plain.boxes * (640 / frame.size[0]))
    assert moved[~large].max() < 0.1 < moved[large].max() < 5, "px of the frame"
