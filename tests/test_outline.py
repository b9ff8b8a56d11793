"""Networks that ship become ONNX files without torch, the same ones as with it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from networks import TINY, random_weights
from safetensors.numpy import load_file, save_file

from core.errors import ModelError
from core.model.checkpoint import find_weights, load_checkpoint, read_settings, save_checkpoint
from core.model.export_onnx import write_branches, write_chooser
from core.model.onnx_store import make_onnx
from core.model.outline import Part, fill_outline, has_outline, outline_path
from core.model.write_outlines import write_outline

ROOT = Path(__file__).resolve().parents[1]
PARTS: tuple[Part, ...] = ("branches", "chooser")


@pytest.mark.parametrize("part", PARTS)
def test_the_file_is_the_one_that_torch_writes(part: Part, tmp_path: Path) -> None:
    weights = find_weights(None)
    checkpoint = load_checkpoint(weights)
    facts = {"weights": "a digest"}
    write = write_branches if part == "branches" else write_chooser
    write(tmp_path / "torch.onnx", checkpoint.network(), facts)
    fill_outline(tmp_path / "outline.onnx", weights, checkpoint.settings, part, facts)
    theirs, ours = (onnx.load(tmp_path / f"{kind}.onnx") for kind in ("torch", "outline"))
    assert ours.graph.node == theirs.graph.node
    assert ours.metadata_props == theirs.metadata_props
    for mine, other in zip(ours.graph.initializer, theirs.graph.initializer, strict=True):
        assert mine.name == other.name
        one, two = onnx.numpy_helper.to_array(mine), onnx.numpy_helper.to_array(other)
        assert one.dtype == two.dtype
        assert np.array_equal(one, two), mine.name


@pytest.mark.parametrize("part", PARTS)
def test_the_outlines_are_those_of_today(part: Part, tmp_path: Path) -> None:
    """`python -m core.model.write_outlines` makes them anew."""
    settings = read_settings(find_weights(None))
    write_outline(tmp_path / "new.onnx", settings, part)
    assert onnx.load(tmp_path / "new.onnx") == onnx.load(outline_path(settings, part))


def test_other_settings_have_none(tmp_path: Path) -> None:
    assert not has_outline(TINY)
    assert has_outline(read_settings(find_weights(None)))


def test_tuned_weights_need_no_torch_either(tmp_path: Path) -> None:
    network = load_checkpoint(find_weights(None)).network()
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.mul_(1.01)
    tuned = tmp_path / "tuned.safetensors"
    save_checkpoint(tuned, network, {})
    code = (
        "import sys; from pathlib import Path; from core.model.onnx_store import make_onnx; "
        f"print(make_onnx(Path({str(tuned)!r})).is_file(), 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == ["True", "False"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [("missing", "missing: heads.0"), ("extra", "not known: extra"), ("shape", "has the shape")],
)
def test_weights_that_do_not_fit_are_refused(damage: str, said: str, tmp_path: Path) -> None:
    tensors = load_file(find_weights(None))
    name = next(name for name in sorted(tensors) if name.startswith("heads.0"))
    if damage == "missing":
        del tensors[name]
    elif damage == "extra":
        tensors["extra"] = np.zeros(3, np.float16)
    else:
        tensors["heads.0.box.2.bias"] = np.zeros(3, np.float16)
    settings = read_settings(find_weights(None))
    odd = tmp_path / "odd.safetensors"
    save_file(tensors, odd, _metadata())
    with pytest.raises(ModelError, match=f"do not fit their own settings .*{said}"):
        fill_outline(tmp_path / "odd.onnx", odd, settings, "branches", {})
    assert not (tmp_path / "odd.onnx").exists()


def test_a_network_that_does_not_ship_says_that_it_needs_torch(tmp_path: Path) -> None:
    weights = random_weights(tmp_path, TINY)
    code = (
        "import importlib.util as util; from pathlib import Path\n"
        "there = util.find_spec\n"
        "util.find_spec = lambda name: None if name == 'torch' else there(name)\n"
        "from core.model.onnx_store import make_onnx\n"
        f"make_onnx(Path({str(weights)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "needs PyTorch, which is not installed: `pip install torch`" in done.stderr
    assert make_onnx(weights).is_file()


def _metadata() -> dict[str, str]:
    from safetensors import safe_open

    with safe_open(find_weights(None), "np") as file:
        return dict(file.metadata())
