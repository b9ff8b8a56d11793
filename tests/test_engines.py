"""Every engine gives PyTorch's numbers, and the automatic choice is remembered."""

import subprocess
import sys
from dataclasses import replace
from importlib import resources
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from networks import TINY, TINY_MOBILE, random_network, random_weights, regression_alone

from core.errors import ModelError
from core.geometry import apply_letterbox, plan_letterbox
from core.model.checkpoint import find_weights, load_checkpoint, read_settings, save_checkpoint
from core.model.engines import choice
from core.model.engines.chooser_engine import open_chooser
from core.model.engines.engine import Branches, EngineName, Precision
from core.model.engines.onnx_engine import OnnxEngine
from core.model.engines.torch_engine import TorchEngine
from core.model.estimator import PoseEstimator, load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.model.network import PoseNetwork
from core.model.onnx_store import keep_loss, make_chooser, make_onnx, onnx_path
from core.model.quantise import write_int8
from core.model.settings import ModelSettings
from core.types import PoseBatch
from core.video.capture import read_frames
from core.video.source import CaptureSettings

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = Path(str(resources.files("app") / "sample" / "sample.mp4"))
PICTURES = np.random.default_rng(1).integers(0, 256, (2, 128, 192, 3), np.uint8)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))


def plain(network: PoseNetwork) -> Branches:
    images = torch.from_numpy(PICTURES).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        features = network.features(images)
        branches, refined = network.branches(features), network.refined(features)
    pairs = branches if refined is None else [*branches, refined]
    return [(first.numpy(), second.numpy()) for first, second in pairs]


@pytest.mark.parametrize("settings", [TINY, TINY_MOBILE], ids=["csp", "mobile"])
@pytest.mark.parametrize(
    ("name", "precision", "tolerance"),
    [
        ("torch", "float32", 1e-4),
        ("torch", "bfloat16", 0.1),
        ("onnxruntime", "float32", 1e-4),
        ("openvino", "float32", 1e-3),
    ],
)
def test_agrees_with_the_network(
    tmp_path: Path,
    settings: ModelSettings,
    name: EngineName,
    precision: Precision,
    tolerance: float,
) -> None:
    pytest.importorskip(name)
    if settings is TINY_MOBILE and precision == "bfloat16":
        tolerance *= 3  # its trunk is deep, and untrained weights average nothing out
    weights = random_weights(tmp_path, settings)
    engine = choice.open_engine(name, precision, weights, "cpu", 1)
    expected = plain(load_checkpoint(weights).network())
    for actual, wanted in zip(engine(PICTURES), expected, strict=True):
        for ours, theirs in zip(actual, wanted, strict=True):
            assert ours.shape == theirs.shape
            assert np.abs(ours - theirs).max() < tolerance * np.abs(theirs).max()
    assert engine.name == name
    assert engine.precision == precision


def test_choice_is_measured_once_and_remembered(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    weights = random_weights(tmp_path, TINY)
    said: list[str] = []
    settings = EstimatorSettings(size=128, device="cpu", precision="float32", threads=1)
    first = load_estimator(weights, settings, said.append)
    second = load_estimator(weights, settings, said.append)
    assert "the fastest here (" in said[0]
    assert "onnxruntime float32" in said[0]
    assert "openvino float32" in said[0]
    assert said[1] == f"engine {first.engine.name} float32 on cpu"
    assert second.engine.name == first.engine.name


def test_what_is_remembered_is_opened_alone(tmp_path: Path) -> None:
    weights = random_weights(tmp_path, TINY)
    make_onnx(weights)
    code = f"""
import sys
from pathlib import Path
from core.model.engines import choice
weights = Path({str(weights)!r})
key = choice._key(weights, choice._offers(weights, None, None), (128, 64))
choice._keep_choice(key, "onnxruntime float32")
chosen = choice.choose_engine(weights, None, None, "cpu", 1, (128, 64))
print(chosen.engine.name, "openvino" in sys.modules, "torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == ["onnxruntime", "False", "False"]


def test_lower_precision_only_where_its_loss_is_known_and_small(tmp_path: Path) -> None:
    weights = random_weights(tmp_path, TINY)
    int8 = onnx_path(weights, "int8")
    int8.parent.mkdir(parents=True)
    int8.touch()
    assert ("onnxruntime", "int8") not in choice.candidates_of(weights, None, None)
    keep_loss(weights, "int8", 1.2)
    assert ("onnxruntime", "int8") not in choice.candidates_of(weights, None, None)
    keep_loss(weights, "int8", 0.9)
    assert ("onnxruntime", "int8") in choice.candidates_of(weights, None, None)
    assert ("onnxruntime", "int8") in choice.candidates_of(weights, "onnxruntime", "int8")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (EstimatorSettings(device="cpu", engine="onnxruntime", precision="int8"), "app export"),
        (EstimatorSettings(device="cpu", engine="onnxruntime", precision="bfloat16"), "openvino"),
        (EstimatorSettings(device="cpu", engine="torch", precision="int8"), "onnxruntime"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, settings: EstimatorSettings, words: str) -> None:
    weights = random_weights(tmp_path, TINY)
    with pytest.raises(ModelError, match=words):
        load_estimator(weights, settings)


def test_damaged_onnx_file_is_refused(tmp_path: Path) -> None:
    weights = random_weights(tmp_path, TINY)
    make_onnx(weights).write_bytes(b"no network")
    with pytest.raises(ModelError, match="not an ONNX file"):
        load_estimator(weights, EstimatorSettings(device="cpu", engine="onnxruntime"))


@pytest.mark.parametrize(
    "model",
    [TINY, TINY_MOBILE, replace(TINY_MOBILE, refine="chooser")],
    ids=["", "rule", "chooser"],
)
def test_without_a_cache_the_choice_falls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: ModelSettings
) -> None:
    (tmp_path / "file").touch()
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "file"))
    weights = random_weights(tmp_path, model)
    said: list[str] = []
    settings = EstimatorSettings(size=128, device="cpu", threads=1)
    estimator = load_estimator(weights, settings, said.append)
    assert estimator.engine.name == "torch"
    assert estimator.refines == (model.refine != "none")
    assert len(said) == 1
    assert "engine torch float32 on cpu, because" in said[0]
    assert "cannot be written" in said[0]
    with pytest.raises(ModelError, match="use --engine torch"):
        load_estimator(weights, replace(settings, engine="onnxruntime"), said.append)


def test_a_chooser_keeps_all_its_bits_beside_a_network_that_does_not() -> None:
    network = random_network(replace(TINY_MOBILE, refine="chooser"))
    assert network.chooser is not None
    before = {name: value.clone() for name, value in network.chooser.state_dict().items()}
    running = TorchEngine(network, "cpu", "bfloat16").network.network
    assert next(running.trunk.parameters()).dtype == torch.bfloat16
    assert running.chooser is not None
    for name, value in running.chooser.state_dict().items():
        assert torch.equal(value, before[name]), name


class SmallMemory(PoseNetwork):
    """Runs out of memory with more than two pictures at once."""

    room = 2

    def branches(self, features: list[torch.Tensor]) -> list[tuple[torch.Tensor, torch.Tensor]]:
        if len(features[0]) > self.room:
            raise torch.OutOfMemoryError("no room")
        return super().branches(features)


def test_out_of_memory_halves_the_batch() -> None:
    torch.manual_seed(0)
    network = SmallMemory(TINY).eval()
    engine = TorchEngine(network, "cpu", "float32")
    pictures = np.repeat(PICTURES[:, :64, :64], 2, 0)
    with pytest.warns(RuntimeWarning, match="out of memory with 4 pictures"):
        found = engine(pictures)
    assert all(len(part) == 4 for level in found for part in level)
    network.room = 4
    for ours, whole in zip(found, engine(pictures), strict=True):
        np.testing.assert_allclose(ours[0], whole[0], atol=1e-5)
    network.room = 0
    with pytest.raises(ModelError, match="one picture"):
        engine(pictures[:1])


@pytest.mark.parametrize("refines", [False, True])
def test_engines_find_the_same_people(tmp_path: Path, refines: bool) -> None:
    weights = find_weights(None)
    if not refines:
        weights = tmp_path / "regression.safetensors"
        save_checkpoint(weights, regression_alone().network(), {})
    frame = next(read_frames(str(SAMPLE), CaptureSettings()))

    def found(engine: EngineName, precision: Precision = "float32") -> PoseBatch:
        how = EstimatorSettings(size=256, device="cpu", engine=engine, precision=precision)
        return load_estimator(weights, how)(frame)

    expected = found("torch")
    assert len(expected) >= 3
    others: list[EngineName] = ["onnxruntime", "openvino"]
    for engine in [other for other in others if find_spec(other)]:
        ours = found(engine)
        np.testing.assert_allclose(ours.boxes, expected.boxes, atol=0.05)
        np.testing.assert_allclose(ours.keypoints, expected.keypoints, atol=0.5)
        np.testing.assert_allclose(ours.scores, expected.scores, atol=1e-4)
    half = found("torch", "bfloat16")
    assert len(half) == len(expected)
    assert np.median(np.abs(half.keypoints - expected.keypoints)) < 1


def test_int8_of_a_network_that_refines_keeps_the_way_to_the_heatmaps(tmp_path: Path) -> None:
    weights = find_weights("mobile")
    source, target = make_onnx(weights), tmp_path / "int8.onnx"
    frames = list(islice(read_frames(str(SAMPLE), CaptureSettings()), 0, 100, 25))
    plan = plan_letterbox(frames[0].size, 512, 32)
    write_int8(source, target, [apply_letterbox(frame.rgb, plan) for frame in frames])
    model = read_settings(weights)
    choose = open_chooser(make_chooser(weights))
    coarse, exact = (
        PoseEstimator(OnnxEngine(path, kind), model, EstimatorSettings(size=512), choose=choose)
        for path, kind in ((target, "int8"), (source, "float32"))
    )
    ours, expected = coarse(frames[3]), exact(frames[3])
    assert len(ours) == len(expected) >= 3
    # Pixels of the clip; with everything in int8 it is 1.4.
    assert np.median(np.abs(ours.keypoints - expected.keypoints)) < 0.7
    assert target.stat().st_size < 0.4 * source.stat().st_size


def test_one_spoilt_branch_is_a_deviation_whatever_the_others_do() -> None:
    boxes, maps = np.ones((1, 18, 2, 2), np.float32), np.ones((1, 17, 64, 64), np.float32)
    reference = [(boxes, boxes), (maps, maps)]
    assert choice._deviation(reference, reference) == 0
    assert choice._deviation([(0 * boxes, boxes), (maps, maps)], reference) == 1
    assert choice._deviation([(boxes, boxes), (maps + 0.5, maps)], reference) == 0.5
