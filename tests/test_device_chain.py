"""The chain that a GPU runs whole gives what the processor's gives; on the processor, here."""

import warnings
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from networks import regression_alone

from core.geometry import apply_letterbox, box_iou, plan_letterbox
from core.model.candidate_layer import CandidateLayer
from core.model.candidates import Features, gather_candidates
from core.model.checkpoint import find_weights, load_checkpoint, read_settings
from core.model.decode import average_agreeing, by_anchor, decode_maps, non_maximum_suppression
from core.model.device.chain import DeviceChain
from core.model.device.letterbox import PlanesToInput, RgbToInput, resize_matrix
from core.model.device.people import CANDIDATES, Packed, PeopleOnDevice
from core.model.engines.chooser_engine import choose_with
from core.model.engines.torch_engine import TorchEngine
from core.model.estimator import PoseEstimator
from core.model.estimator_settings import EstimatorSettings
from core.model.refine import refine
from core.model.settings import ModelSettings
from core.types import Frame, PoseBatch
from core.video.capture import read_frames
from core.video.planes import PlanarPicture

SAMPLE = Path(__file__).parent.parent / "app" / "sample" / "sample.mp4"


@cache
def first_frames(count: int) -> list[Frame]:
    return [frame for frame, _ in zip(read_frames(str(SAMPLE)), range(count), strict=False)]


@cache
def engine_of(refines: bool) -> tuple[TorchEngine, ModelSettings]:
    checkpoint = load_checkpoint(find_weights(None)) if refines else regression_alone()
    return TorchEngine(checkpoint.network(), "cpu", "float32"), checkpoint.settings


Maps = list[tuple[np.ndarray, np.ndarray]]


@cache
def network_found(refines: bool, side: int) -> list[tuple[tuple[torch.Tensor, ...], Maps]]:
    """What a network says of two frames, as it is on the device and as the engine hands it on."""
    engine, _ = engine_of(refines)
    found = []
    for frame in first_frames(2):
        rgb = apply_letterbox(frame.rgb, plan_letterbox((1280, 720), side, 64))[None]
        with torch.inference_mode():
            flat = engine.network(torch.from_numpy(rgb))
        found.append((flat, [(first[0], second[0]) for first, second in engine(rgb)]))
    return found


@pytest.mark.parametrize(("source", "target"), [(1080, 384), (7, 3), (64, 64)])
def test_shares_of_pixels_add_up(source: int, target: int) -> None:
    for area in (True, False):
        matrix = resize_matrix(source, target, area)
        assert matrix.shape == (target, source)
        np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("size", [320, 640])
def test_planes_are_fitted_as_on_the_processor(size: int) -> None:
    (frame,) = first_frames(1)
    picture = frame.picture
    assert isinstance(picture, PlanarPicture)
    plan = plan_letterbox(frame.size, size, 64)
    data = np.concatenate([plane.reshape(-1) for plane in picture.planes])
    found = PlanesToInput(frame.size, plan, picture.is_bt709)(torch.from_numpy(data))
    difference = np.abs(found[0].numpy().astype(int) - picture.letterbox(plan))
    assert difference.max() <= 3
    assert difference.mean() < 0.3


@pytest.mark.parametrize("size", [(500, 300), (101, 233), (1280, 720)])
def test_rgb_is_fitted_as_on_the_processor(size: tuple[int, int]) -> None:
    (frame,) = first_frames(1)
    rgb = np.ascontiguousarray(frame.rgb[: size[1], : size[0]])
    plan = plan_letterbox(rgb.shape[1::-1], 384, 64)
    found = RgbToInput(rgb.shape[1::-1], plan)(torch.from_numpy(rgb.reshape(-1)))
    difference = np.abs(found[0].numpy().astype(int) - apply_letterbox(rgb, plan))
    assert difference.max() <= 1


def assert_same(found: PoseBatch, expected: PoseBatch, px: float, others: int = 0) -> None:
    """The same people, of whose keypoints at most so many were chosen otherwise."""
    assert len(found) == len(expected)
    np.testing.assert_allclose(found.scores, expected.scores, atol=0.01)
    np.testing.assert_allclose(found.boxes, expected.boxes, atol=px)
    far = np.abs(found.keypoints - expected.keypoints).max(axis=2, initial=0) > px
    assert far.sum() <= others
    np.testing.assert_allclose(
        found.keypoint_scores[~far], expected.keypoint_scores[~far], atol=0.05 if others else 0.01
    )


@pytest.mark.parametrize("refines", [False, True])
@pytest.mark.parametrize(
    ("confidence", "weakest", "side"),
    [(0.05, 0.05, 384), (0.3, 0.3, 640), (0.3, 0.1, 384), (0.999, 0.999, 384)],
)
@pytest.mark.parametrize("most", [3, 100])
def test_maps_become_the_people_of_the_processor(
    refines: bool, confidence: float, weakest: float, side: int, most: int
) -> None:
    engine, model = engine_of(refines)
    choose = choose_with(engine.network.network.chooser)
    plan = plan_letterbox((1280, 720), side, 64)
    people = PeopleOnDevice(model, plan.canvas, most, engine.network.network.chooser)
    for flat, pairs in network_found(refines, side):
        with torch.inference_mode():
            packed = people(flat, torch.tensor([confidence, 0.6, weakest]))
        found = Packed(model.keypoints).unpack(packed.numpy())
        fine = pairs[-1] if choose is not None else None
        levels = pairs if choose is None else pairs[:-1]
        maps = [by_anchor(box, points, model) for box, points in levels]
        candidates = decode_maps(maps, model.anchors, model.strides, weakest)
        assert (found is None) == (len(candidates) > CANDIDATES)
        if found is not None:
            kept = non_maximum_suppression(candidates, 0.6, most)
            expected = average_agreeing(kept, candidates, confidence)
            if fine is not None and choose is not None:
                expected = refine(expected, fine, confidence, choose)
            assert_same(found, expected, px=0.01)


def test_candidates_are_those_of_the_processor_and_too_many_are_said_to_be() -> None:
    random = np.random.default_rng(3)
    sides = random.uniform(30, 150, (9, 2))
    corners = random.uniform(0, 250, (9, 2))
    poses = PoseBatch(
        np.concatenate([corners, corners + sides], 1).astype(np.float32),
        np.linspace(0.9, 0.1, 9, dtype=np.float32),
        (corners[:, None] + random.random((9, 5, 2)) * sides[:, None]).astype(np.float32),
        random.random((9, 5)).astype(np.float32),
    )
    heatmaps = random.normal(-6, 3, (5, 64, 96)).astype(np.float32)  # some hundred peaks
    offsets = random.random((10, 64, 96))
    displacements = random.uniform(-12, 12, (10, 64, 96))  # cells
    shifts_of_both = np.concatenate([offsets, displacements]).astype(np.float32)
    boxes, scores, points, seen, maps, shifts = (
        torch.from_numpy(array)
        for array in (
            *(poses.boxes, poses.scores, poses.keypoints, poses.keypoint_scores),
            *(heatmaps, shifts_of_both),
        )
    )
    overlap = torch.from_numpy(box_iou(poses.boxes, poses.boxes))
    layer = CandidateLayer(5, (96, 64), 256)

    def on_device(logits: torch.Tensor) -> tuple[Features[torch.Tensor], bool]:
        people = (boxes, scores[:, None], points, seen, overlap, torch.tensor(0.4))
        *found, whole = layer(*people, logits[None], shifts[None])
        return Features(*found), bool(whole)

    found, whole = on_device(maps - 6)
    expected = gather_candidates(poses, (heatmaps - 6, shifts_of_both), 0.4)
    assert whole
    np.testing.assert_array_equal(found.valid.numpy(), expected.valid)
    assert 0 < expected.valid[:, :, 2:].mean() < 1, "some slots hold a peak, some have none"
    real = expected.valid > 0
    np.testing.assert_allclose(found.places.numpy()[real], expected.places[real], atol=1e-3)
    np.testing.assert_allclose(found.heights.numpy()[real], expected.heights[real], atol=1e-5)
    np.testing.assert_allclose(found.rivals.numpy()[real], expected.rivals[real], atol=1e-4)
    assert not on_device(maps + 3)[1]


def test_too_many_candidates_are_said_to_be_too_many() -> None:
    model = regression_alone().settings
    people = PeopleOnDevice(model, (640, 384), 100, None)
    branches = []
    for sizes, stride in zip(model.anchors, model.strides, strict=True):
        cells = (384 // stride, 640 // stride)
        branches += [torch.full((1, 6 * len(sizes), *cells), 3.0)]
        branches += [torch.zeros(1, 3 * model.keypoints * len(sizes), *cells)]
    packed = people(tuple(branches), torch.tensor([0.3, 0.6, 0.3]))
    assert Packed(model.keypoints).unpack(packed.numpy()) is None


@pytest.mark.parametrize("refines", [False, True])
@pytest.mark.parametrize("planar", [True, False])
def test_an_estimator_with_a_chain_finds_the_same_people(refines: bool, planar: bool) -> None:
    engine, model = engine_of(refines)
    settings = EstimatorSettings()
    choose = choose_with(engine.network.network.chooser)
    plain = PoseEstimator(engine, model, settings, choose=choose)
    chain = DeviceChain(engine.network, model, torch.device("cpu"))
    chained = PoseEstimator(engine, model, settings, chain=chain, choose=choose)
    found = 0
    for frame in first_frames(6)[3:5]:
        if not planar:
            frame = Frame(frame.index, frame.time_s, 0, frame.rgb)
        expected = plain(frame)
        # Colours are converted otherwise: where two candidates are equally good, either may win.
        assert_same(chained(frame), expected, px=3, others=2)
        found += len(expected)
    assert found > 0
    chained.settings = plain.settings = replace(settings, confidence=0.0)
    # Too many candidates take the long way, to the last digit.
    np.testing.assert_array_equal(chained(frame).keypoints, plain(frame).keypoints)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_graph_gives_the_same_people_without_waiting_in_between() -> None:
    weights = find_weights(None)
    model = read_settings(weights)
    engine = TorchEngine(load_checkpoint(weights).network(), "cuda", "float32")
    chain = DeviceChain(engine.network, model, torch.device("cuda"))
    choose = choose_with(engine.network.network.chooser)
    estimator = PoseEstimator(engine, model, EstimatorSettings(), chain=chain, choose=choose)
    plain = PoseEstimator(engine, model, EstimatorSettings(), choose=choose)
    frames = first_frames(4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator(frames[0])
    torch.cuda.set_sync_debug_mode("error")
    try:
        found = [estimator(frame) for frame in frames]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    for poses, frame in zip(found, frames, strict=True):
        assert_same(poses, plain(frame), px=3)
