"""`python -m core.model.write_outlines`: make the outlines of the networks that ship, with torch.

To be run when a shipped network or `core.model.export_onnx` has changed; a test compares.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from core.model.blocks import NORM_EPSILON
from core.model.checkpoint import read_settings, shipped_weights
from core.model.export_onnx import write_branches, write_chooser
from core.model.network import PoseNetwork
from core.model.outline import NORM_VALUES, Part, Recipe, outline_path
from core.model.settings import ModelSettings
from core.part_file import make_folder, whole_file
from core.settings import as_dict
from core.types import FloatArray

_PICTURE = 255.0  # what the first convolution is divided by


def main() -> None:
    """Write them all."""
    for weights in shipped_weights().values():
        settings = read_settings(weights)
        write_outline(outline_path(settings, "branches"), settings, "branches")
        if settings.refine != "none":
            write_outline(outline_path(settings, "chooser"), settings, "chooser")


def write_outline(path: Path, settings: ModelSettings, part: Part) -> None:
    """Write the outline of a network: two sets of random weights tell what depends on them."""
    (model, tensors), (other, _) = (_written(settings, part, seed) for seed in (0, 1))
    by_shape: dict[tuple[int, ...], list[Recipe]] = {}
    for recipe in _recipes(tensors):
        by_shape.setdefault(recipe.value(tensors).shape, []).append(recipe)
    for constant, same in zip(model.graph.initializer, other.graph.initializer, strict=True):
        if constant == same:
            continue
        value = numpy_helper.to_array(constant)
        recipes = by_shape.get(value.shape, [])
        found = next((r for r in recipes if np.array_equal(r.value(tensors), value)), None)
        if found is None:
            raise AssertionError(f"{constant.name}: no recipe makes it of the network's tensors")
        constant.ClearField("raw_data")
        constant.doc_string = found.text()
    helper.set_model_props(model, {"model": json.dumps(as_dict(settings))})
    make_folder(path.parent)
    with whole_file(path) as part_file:
        onnx.save(model, part_file)


def _written(
    settings: ModelSettings, part: Part, seed: int
) -> tuple[onnx.ModelProto, Mapping[str, FloatArray]]:
    """The ONNX file of a network with random numbers in every tensor, and these tensors."""
    torch.manual_seed(seed)
    network = PoseNetwork(settings)
    for name, tensor in network.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            tensor.uniform_(0.5, 1.5)
    tensors = {
        name: tensor.numpy().copy()
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    write = write_branches if part == "branches" else write_chooser
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        write(path, network, {})
        return onnx.load(path), tensors


def _recipes(tensors: Mapping[str, FloatArray]) -> Iterator[Recipe]:
    """All that any tensor of a graph may be made by."""
    for name, tensor in tensors.items():
        yield Recipe(name)
        if tensor.ndim == 2:
            yield Recipe(name, turned=True)
        if tensor.ndim != 4:
            continue
        norm = name.removesuffix("conv.weight") + "norm"
        plain = Recipe(name)
        if name.endswith("conv.weight") and f"{norm}.{NORM_VALUES[0]}" in tensors:
            plain = Recipe(name, norm, epsilon=NORM_EPSILON)
            yield plain
            yield replace(plain, bias=True)
        if tensor.shape[1] == 3:
            yield replace(plain, divisor=_PICTURE)


if __name__ == "__main__":
    main()
