"""The rewritten network gives the numbers of the one that was trained."""

import copy
from dataclasses import replace

import pytest
import torch
from networks import TINY, TINY_MOBILE, random_network

from core.model.rewrite import DoubledConvolution, RunningNetwork
from core.model.settings import ModelSettings


@pytest.mark.parametrize(
    "settings",
    [
        TINY,
        replace(TINY, stem="convolution"),
        replace(TINY, activation="relu"),
        TINY_MOBILE,
    ],
    ids=["space to depth", "convolution", "relu", "mobile"],
)
def test_same_numbers(settings: ModelSettings) -> None:
    network = random_network(settings)
    pictures = torch.randint(0, 256, (2, 128, 192, 3), dtype=torch.uint8)
    with torch.no_grad():
        images = pictures.permute(0, 3, 1, 2).float() / 255
        features = network.features(images)
        expected = [part for pair in network.branches(features) for part in pair]
        expected += network.refined(features) or ()
        actual = RunningNetwork(copy.deepcopy(network))(pictures)
    assert len(actual) == len(expected)
    for ours, theirs in zip(actual, expected, strict=True):
        assert float((ours - theirs).abs().max()) < 1e-4 * float(theirs.abs().max())


def test_doubled_maps_are_read_before_they_are_doubled() -> None:
    def cost(network: torch.nn.Module, pictures: torch.Tensor) -> int:
        cells = []
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.register_forward_hook(
                    lambda layer, _, made: cells.append(layer.weight[0].numel() * made.numel())
                )
        with torch.no_grad():
            network(pictures)
        return sum(cells)

    network = random_network(replace(TINY, stem="convolution"))
    running = RunningNetwork(copy.deepcopy(network))
    pictures = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)
    before = cost(network, pictures.permute(0, 3, 1, 2).float())
    saved = sum(
        3 / 4 * unit.coarse.weight.numel() * cells
        for unit, cells in zip(
            [m for m in running.modules() if isinstance(m, DoubledConvolution)],
            [2 * 2, 2 * 2, 4 * 4, 4 * 4, 8 * 8, 8 * 8],
            strict=True,
        )
    )
    assert cost(running, pictures) == before - saved
