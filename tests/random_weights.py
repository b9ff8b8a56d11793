"""Weights that nobody trained: what they find is nonsense, but it depends on the picture."""

from pathlib import Path

import torch

from core.model.checkpoint import model_settings, save_checkpoint
from core.model.network import PoseNetwork


def write_random_weights(path: Path) -> Path:
    """The `n6` network with seeded weights and the statistics of some noise."""
    torch.manual_seed(0)
    network = PoseNetwork(model_settings("n6"))
    with torch.no_grad():
        network.train()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # the plain mean over all batches
        for _ in range(4):
            network(torch.rand(4, 3, 1, 1) * torch.rand(4, 3, 64, 64))
        for head in network.heads:
            for last in (head.box[-1], head.keypoints[-1]):
                last.weight *= 0.01  # untrained features are so large that all would be sure
    save_checkpoint(path, network.eval(), {})
    return path
