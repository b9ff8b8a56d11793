"""Small networks with random weights whose activations neither vanish nor explode."""

import copy
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch
import yaml

from core.model.checkpoint import (
    Checkpoint,
    default_weights,
    load_checkpoint,
    model_settings,
    save_checkpoint,
)
from core.model.network import PoseNetwork
from core.model.settings import ModelSettings
from core.settings import as_dict

TINY = ModelSettings(name="tiny", depth=0.33, width=0.125, keypoint_pairs=1)
TINY_MOBILE = replace(model_settings("mobile"), name="tiny_mobile", box_pairs=0, keypoint_pairs=1)


def regression_alone() -> Checkpoint:
    """The default weights without what moves keypoints: a trained network that does not refine."""
    whole = load_checkpoint(default_weights())
    tensors = {
        name: tensor
        for name, tensor in whole.tensors.items()
        if not name.startswith(("refinement.", "chooser."))
    }
    return replace(whole, settings=replace(whole.settings, refine="none"), tensors=tensors)


def settings_file(folder: Path, settings: ModelSettings) -> str:
    """A YAML file of a network's settings, as those in configs/model."""
    path = folder / f"{settings.name}.yaml"
    path.write_text(yaml.safe_dump(as_dict(settings)))
    return str(path)


def random_network(settings: ModelSettings) -> PoseNetwork:
    """A network whose batch norms know the statistics of random pictures."""
    return copy.deepcopy(_made_once(settings))


@cache
def _made_once(settings: ModelSettings) -> PoseNetwork:
    torch.manual_seed(0)
    network = PoseNetwork(settings).train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 0.1
    with torch.no_grad():
        _even_out(network)
        for _ in range(9):
            network(torch.rand(2, 3, 128, 128))
    return network.eval()


def _even_out(network: PoseNetwork) -> None:
    """Give convolutions without a batch norm weights that keep the size of what they read."""
    parts = (network.trunk, network.refinement)
    bare = [
        module
        for part in parts
        if part is not None
        for module in part.modules()
        if isinstance(module, torch.nn.Conv2d) and module.bias is not None
    ]
    for convolution in bare:
        torch.nn.init.kaiming_normal_(convolution.weight)
    if network.refinement is not None:
        peaks = network.refinement.heatmaps.out
        assert isinstance(peaks, torch.nn.Conv2d)
        assert peaks.bias is not None
        peaks.weight *= 2
        peaks.bias -= 6  # few cells are peaks


def random_weights(folder: Path, settings: ModelSettings) -> Path:
    """A weights file of such a network."""
    path = folder / f"{settings.name}.safetensors"
    save_checkpoint(path, random_network(settings), {}, half=False)
    return path
