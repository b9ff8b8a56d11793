"""Exported files find what the network finds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import TINY, TINY_MOBILE, random_network, random_weights, regression_alone
from numpy.typing import NDArray
from tiny_video import corners, write_video

from app.__main__ import main
from core.geometry import apply_letterbox, plan_letterbox
from core.model.checkpoint import find_weights, load_checkpoint
from core.model.engines.chooser_engine import choose_with
from core.model.engines.torch_engine import TorchEngine
from core.model.estimator import PoseEstimator
from core.model.estimator_settings import EstimatorSettings
from core.model.export_people import write_people
from core.model.network import PoseNetwork
from core.model.settings import ModelSettings
from core.types import Frame, PoseBatch
from core.video.capture import read_frames

onnxruntime = pytest.importorskip("onnxruntime")
SAMPLE = Path(__file__).parent.parent / "app" / "sample" / "sample.mp4"


def estimated(
    network: PoseNetwork, picture: NDArray[np.uint8], how: EstimatorSettings
) -> PoseBatch:
    settings = network.settings
    engine, choose = TorchEngine(network, "cpu", "float32"), choose_with(network.chooser)
    estimator = PoseEstimator(engine, settings, how, choose=choose)
    return estimator(Frame(0, 0.0, 0, picture))


def assert_in_graph(path: Path, picture: NDArray[np.uint8], expected: PoseBatch, px: float) -> None:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = ["boxes", "scores", "keypoints"]
    boxes, scores, keypoints = session.run(names, {"pictures": picture[None]})
    np.testing.assert_allclose(scores, expected.scores, atol=1e-4)
    np.testing.assert_allclose(boxes, expected.boxes, atol=px)
    np.testing.assert_allclose(keypoints[..., :2], expected.keypoints, atol=px)
    np.testing.assert_allclose(keypoints[..., 2], expected.keypoint_scores, atol=1e-3)


@pytest.mark.parametrize(
    # Channels of `joined` mix anchors: its keypoints are thousands of px away.
    ("settings", "px", "confidence"),
    [
        (TINY, 0.05, 0.05),
        (TINY, 0.05, 0.999),
        (replace(TINY, keypoints=26), 0.05, 0.05),
        (replace(TINY, layout="joined"), 0.5, 0.05),
        (TINY_MOBILE, 0.05, 0.05),
        (replace(TINY_MOBILE, refine="chooser"), 0.05, 0.05),
        (replace(TINY_MOBILE, refine="chooser"), 0.05, 0.999),
    ],
    ids=["split", "nobody", "feet", "joined", "rule", "chooser", "nobody to choose for"],
)
def test_people_in_the_graph(
    tmp_path: Path, settings: ModelSettings, px: float, confidence: float
) -> None:
    picture = np.random.default_rng(4).integers(0, 256, (128, 192, 3), np.uint8)
    how = EstimatorSettings(size=192, confidence=confidence, most=7)
    expected = estimated(random_network(settings), picture, how)
    assert (len(expected) > 0) == (confidence < 0.1)
    path = tmp_path / "people.onnx"
    limits = (how.confidence, how.iou, how.most, settings.refine != "none")
    write_people(path, random_network(settings), {}, (192, 128), *limits)
    assert_in_graph(path, picture, expected, px)


@pytest.mark.parametrize("refines", [False, True])
def test_people_of_a_real_picture_in_the_graph(tmp_path: Path, refines: bool) -> None:
    weights = load_checkpoint(find_weights(None)) if refines else regression_alone()
    frame = next(read_frames(str(SAMPLE)))
    how = EstimatorSettings(size=384)
    plan = plan_letterbox(frame.size, how.size, weights.settings.strides[-1])
    picture = apply_letterbox(frame.rgb, plan)
    expected = estimated(weights.network(), picture, how)
    assert len(expected) >= 3
    path = tmp_path / "people.onnx"
    limits = (how.confidence, how.iou, how.most, refines)
    write_people(path, weights.network(), {}, plan.canvas, *limits)
    assert_in_graph(path, picture, expected, px=0.5)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], {"tiny.onnx"}),
        (["--people"], {"tiny.onnx", "tiny.people.onnx"}),
        (["--format", "tensorrt"], {"tiny.onnx"}),
        (["--precision", "int8"], {"tiny.int8.onnx"}),
    ],
)
def test_command(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    names: set[str],
) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    if "int8" in options:  # which reads the whole sample clip
        write_video(tmp_path / "sample.mp4", [corners(seed=index) for index in range(6)])
        monkeypatch.setattr("app.commands.export.SAMPLE", tmp_path)
    weights = random_weights(tmp_path, TINY)
    out = tmp_path / "out"
    common = ["export", "--model", str(weights), "--size", "192", "--output", str(out)]
    assert main([*common, *options]) == 0
    assert {path.name for path in out.iterdir()} == names
    said = capsys.readouterr().out
    assert "differs from the network by at most" in said
    assert ("trtexec" in said) == ("tensorrt" in options)
    assert load_checkpoint(weights).settings == TINY
