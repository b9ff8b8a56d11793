"""Initial weights for training: our own checkpoints, or the trunks of RTMDet-nano and MoveNet."""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.errors import ModelError
from core.model.checkpoint import load_checkpoint
from core.model.mobilenet import BLOCKS
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
_MOVENET_STEM = "backbone.stem.weight"
_MOVENET_NAMES = (
    ("backbone.", "trunk.backbone."),
    ("fpn.", "trunk.fpn."),
    ("heads.keypoint_heatmap.", "refinement.heatmaps."),
    ("heads.keypoint_offset.", "refinement.offsets."),
    ("heads.keypoint_displacement.", "refinement.displacements."),
)
_STRIDED = (
    "trunk.backbone.stem",
    *(f"trunk.backbone.blocks.{i}.depthwise" for i, (_, stride) in enumerate(BLOCKS) if stride > 1),
)


def initialise(network: PoseNetwork, path: Path) -> list[str]:
    """Copy every tensor of the file that fits the network; returns the names that were set.

    Raises ModelError when the file cannot be read or nothing in it fits.
    """
    if path.suffix == ".onnx":
        found = _trunk_of_onnx(path)
    else:
        found = _movenet(path) or dict(load_checkpoint(path).tensors)
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


def _movenet(path: Path) -> dict[str, Tensor]:
    """MoveNet MultiPose's tensors under our names; empty when the file holds something else."""
    try:
        with safe_open(path, "pt") as file:
            if _MOVENET_STEM not in file.keys():  # noqa: SIM118
                return {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError):
        return {}  # the reader of our own files says what is wrong
    found = {
        ours: tensor for name, tensor in tensors.items() if (ours := _name_of_movenet(name)) != ""
    }
    for head in ("offsets", "displacements"):
        for name in (f"refinement.{head}.out.{kind}" for kind in ("weight", "bias")):
            # y, x a keypoint; ours are x, y
            found[name] = found[name].unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
    # Its pixels are in [-1, 1], ours in [-0.5, 0.5].
    found[f"{_STRIDED[0]}.1.weight"] *= 2
    return found


def _name_of_movenet(name: str) -> str:
    """Our name of one of MoveNet's tensors; empty for heads that we do not have."""
    for theirs, ours in _MOVENET_NAMES:
        if name.startswith(theirs):
            layer, _, kind = name.replace(theirs, ours, 1).rpartition(".")
            # A strided convolution is the second of a pair: it is padded first.
            return f"{layer}.1.{kind}" if layer in _STRIDED else f"{layer}.{kind}"
    return ""


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
