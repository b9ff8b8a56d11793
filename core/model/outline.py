"""ONNX files of known networks, made of a weights file and an outline, without torch.

An outline is the ONNX file that `core.model.export_onnx` writes for a network, less the numbers
that depend on its weights: each of those tensors has a recipe instead, in its `doc_string`. One
outline serves all weights of the same settings. `core.model.write_outlines` makes them.
"""

import json
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.errors import ModelError
from core.model.checkpoint import read_tensors
from core.model.settings import ModelSettings
from core.part_file import whole_file
from core.settings import as_dict
from core.types import FloatArray

Part = Literal["branches", "chooser"]
FOLDER = Path(__file__).parent / "outlines"
NORM_VALUES = ("weight", "bias", "running_mean", "running_var")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a tensor of the graph is made of tensors of the weights file."""

    source: str  # the tensor's name
    norm: str = ""  # the batch norm that is folded in
    bias: bool = False  # the norm's bias instead of the convolution's weight
    epsilon: float = 0.0  # of the norm
    divisor: float = 1.0
    turned: bool = False  # transposed

    def value(self, tensors: Mapping[str, FloatArray]) -> FloatArray:
        """The tensor, as `ConvUnit.fuse` and `core.model.rewrite` compute it."""
        value = tensors[self.source]
        if self.norm:
            weight, bias, mean, variance = (
                tensors[f"{self.norm}.{kind}"].astype(np.float64) for kind in NORM_VALUES
            )
            scale = weight / np.sqrt(variance + self.epsilon)
            folded = bias - mean * scale if self.bias else value * scale[:, None, None, None]
            value = folded.astype(np.float32)
        if self.divisor != 1:
            value = value / np.float32(self.divisor)
        return value.T if self.turned else value

    @property
    def sources(self) -> set[str]:
        """The names of all tensors that it takes."""
        return {self.source, *(f"{self.norm}.{k}" for k in NORM_VALUES if self.norm)}

    def text(self) -> str:
        """The recipe as a `doc_string`: what differs from the defaults."""
        plain = asdict(Recipe(self.source))
        told = {k: v for k, v in asdict(self).items() if k == "source" or v != plain[k]}
        return json.dumps(told)


def outline_path(settings: ModelSettings, part: Part) -> Path:
    """Where the outline of the network of this name is, or would be."""
    return FOLDER / f"{settings.name}.{part}.onnx"


def has_outline(settings: ModelSettings) -> bool:
    """Whether networks of these settings can be made without torch."""
    return outline_path(settings, "branches").is_file() and _outlined(settings, "branches")


def fill_outline(
    path: Path, weights: Path, settings: ModelSettings, part: Part, facts: Mapping[str, str]
) -> None:
    """Write the ONNX file of these weights, whole or not at all.

    It is the file that `write_branches` or `write_chooser` writes. Raises ModelError for tensors
    that do not fit the settings, and OutputError.
    """
    model = onnx.load(outline_path(settings, part))
    tensors = read_tensors(weights)
    _check_names(tensors.keys(), settings)
    for constant in model.graph.initializer:
        if constant.doc_string:
            _fill(constant, Recipe(**json.loads(constant.doc_string)), tensors)
    helper.set_model_props(model, {"model": json.dumps(as_dict(settings)), **facts})
    with whole_file(path) as part_file:
        onnx.save(model, part_file)


def _fill(constant: TensorProto, recipe: Recipe, tensors: Mapping[str, FloatArray]) -> None:
    try:
        value = recipe.value(tensors)
    except ValueError as error:  # shapes that do not go together
        raise _misfit(f"{recipe.source}: {error}") from error
    if value.shape != tuple(constant.dims):
        raise _misfit(f"{recipe.source} has the shape {tensors[recipe.source].shape}")
    stored = np.ascontiguousarray(value, np.float32)
    constant.CopyFrom(numpy_helper.from_array(stored, constant.name))


def _check_names(names: Set[str], settings: ModelSettings) -> None:
    wanted: set[str] = set()
    for part in ("branches", "chooser"):
        path = outline_path(settings, part)
        if path.is_file():
            wanted |= _sources(path)
    for word, odd in (("missing", wanted - names), ("not known", names - wanted)):
        if odd:
            raise _misfit(f"{word}: {', '.join(sorted(odd)[:3])}")


def _misfit(why: str) -> ModelError:
    return ModelError(f"the weights do not fit their own settings ({why})")


@cache
def _sources(path: Path) -> frozenset[str]:
    recipes = (c.doc_string for c in onnx.load(path).graph.initializer if c.doc_string)
    return frozenset().union(*(Recipe(**json.loads(text)).sources for text in recipes))


def _outlined(settings: ModelSettings, part: Part) -> bool:
    facts = {
        item.key: item.value for item in onnx.load(outline_path(settings, part)).metadata_props
    }
    return facts.get("model") == json.dumps(as_dict(settings))
