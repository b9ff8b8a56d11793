"""Initial weights for training: our own checkpoints, or MoveNet's trunk."""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.errors import ModelError
from core.model.checkpoint import load_checkpoint
from core.model.mobilenet import BLOCKS
from core.model.network import PoseNetwork

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
