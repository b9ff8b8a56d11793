"""Initial weights for training: our own checkpoints, or RTMDet-nano's trunk from its ONNX file."""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from core.errors import ModelError
from core.model.checkpoint import load_checkpoint
from core.model.network import PoseNetwork

# What the detector's input was divided by, RGB, for pixels in 0..255.
_INPUT_STD = (58.395, 57.12, 57.375)
_NAMES = (
    ("backbone.", "trunk."),
    ("neck.", "trunk."),
    ("reduce_layers", "reduce"),
    ("top_down_blocks", "top_down"),
    ("bottom_up_blocks", "bottom_up"),
    ("downsamples", "down"),
    ("blocks.blocks", "blocks"),
    ("short_conv", "short"),
    ("main_conv", "main"),
    ("final_conv", "join"),
    ("depthwise_conv", "depthwise"),
    ("pointwise_conv", "pointwise"),
    ("stages.3.1.conv1", "stages.3.1.reduce"),
    ("stages.3.1.conv2", "stages.3.1.join"),
)


def initialise(network: PoseNetwork, path: Path) -> list[str]:
    """Copy every tensor of the file that fits the network; returns the names that were set.

    Raises ModelError when the file cannot be read or nothing in it fits.
    """
    found = _trunk_of_onnx(path) if path.suffix == ".onnx" else load_checkpoint(path).tensors
    own = network.state_dict()
    fitting = {
        name: tensor
        for name, tensor in found.items()
        if name in own and own[name].shape == tensor.shape
    }
    if not fitting:
        raise ModelError(f"{path}: none of its tensors fits the network {network.settings.name}")
    network.load_state_dict(fitting, strict=False)
    return sorted(fitting)


def _trunk_of_onnx(path: Path) -> dict[str, Tensor]:
    """The convolutions of backbone and neck under our names, for RGB input in [0, 1]."""
    try:
        graph = onnx.load(path).graph
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise ModelError(f"{path}: is not a readable ONNX file") from error
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    found: dict[str, Tensor] = {}
    for node in graph.node:
        parts = node.name.strip("/").split("/")
        if node.op_type != "Conv" or parts[1:2] not in (["backbone"], ["neck"]):
            continue
        name = _our_name(parts[1:-1])
        weight = torch.from_numpy(values[node.input[1]].copy())
        if name == "trunk.stem.0.conv":
            scale = 255 / torch.tensor(_INPUT_STD)
            weight = weight.flip(1) * scale[None, :, None, None]
        found[f"{name}.weight"] = weight
        found[f"{name}.bias"] = torch.from_numpy(values[node.input[2]].copy())
    return found


def _our_name(path: list[str]) -> str:
    """["backbone", "stage1", "stage1.1", "main_conv", "conv"] -> "trunk.stages.0.1.main.conv"."""
    steps = []
    for step, below in zip(path, [*path[1:], ""], strict=True):
        # A module that holds a numbered one repeats its own name: keep the numbered one.
        if not below.startswith(f"{step}."):
            steps.append(step)
    name = ".".join(steps)
    for stage in range(4):
        name = name.replace(f"stage{stage + 1}.", f"stages.{stage}.")
    for theirs, ours in _NAMES:
        name = name.replace(theirs, ours)
    return name
