"""Small networks with random weights whose activations neither vanish nor explode."""

from pathlib import Path

import torch

from core.model.checkpoint import model_settings, save_checkpoint
from core.model.network import PoseNetwork
from core.model.settings import ModelSettings

TINY = ModelSettings(name="tiny", depth=0.33, width=0.125, keypoint_pairs=1)
TINY_LIGHT = model_settings("light")


def random_network(settings: ModelSettings) -> PoseNetwork:
    """A network whose batch norms know the statistics of random pictures."""
    torch.manual_seed(0)
    network = PoseNetwork(settings).train()
    with torch.no_grad():
        for _ in range(30):
            network(torch.rand(2, 3, 128, 128))
    return network.eval()


def random_weights(folder: Path, settings: ModelSettings) -> Path:
    """A weights file of such a network."""
    path = folder / f"{settings.name}.safetensors"
    save_checkpoint(path, random_network(settings), {}, half=False)
    return path
