"""Exported files find what the network finds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import TINY, TINY_LIGHT, random_network, random_weights

from app.__main__ import main
from core.model.checkpoint import load_checkpoint
from core.model.decode import by_anchor, decode_maps, suppress
from core.model.engines.torch_engine import TorchEngine
from core.model.export_people import write_people
from core.model.settings import ModelSettings

onnxruntime = pytest.importorskip("onnxruntime")


@pytest.mark.parametrize(
    "settings", [TINY, replace(TINY, layout="joined"), TINY_LIGHT], ids=["split", "joined", "light"]
)
def test_people_in_the_graph(tmp_path: Path, settings: ModelSettings) -> None:
    picture = np.random.default_rng(4).integers(0, 256, (1, 128, 192, 3), np.uint8)
    engine = TorchEngine(random_network(settings), "cpu", "float32")
    levels = [by_anchor(box[0], points[0], settings) for box, points in engine(picture)]
    candidates = decode_maps(levels, settings.anchors, settings.strides, 0.05)
    expected = suppress(candidates, 0.6, 7)
    path = tmp_path / "people.onnx"
    write_people(path, random_network(settings), {}, (192, 128), 0.05, 0.6, 7)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    boxes, scores, keypoints = session.run(["boxes", "scores", "keypoints"], {"pictures": picture})
    assert len(expected) > 0
    np.testing.assert_allclose(scores, expected.scores, atol=1e-4)
    np.testing.assert_allclose(boxes, expected.boxes, atol=0.05)
    np.testing.assert_allclose(keypoints[..., :2], expected.keypoints, atol=0.05)
    np.testing.assert_allclose(keypoints[..., 2], expected.keypoint_scores, atol=1e-4)


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
    weights = random_weights(tmp_path, TINY)
    out = tmp_path / "out"
    common = ["export", "--model", str(weights), "--size", "192", "--output", str(out)]
    assert main([*common, *options]) == 0
    assert {path.name for path in out.iterdir()} == names
    said = capsys.readouterr().out
    assert "differs from the network by at most" in said
    assert ("trtexec" in said) == ("tensorrt" in options)
    assert load_checkpoint(weights).settings == TINY
