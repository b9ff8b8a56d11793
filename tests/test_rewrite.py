"""The rewritten network gives the numbers of the one that was trained."""

import copy
from dataclasses import replace

import pytest
import torch
from networks import TINY, TINY_LIGHT, random_network

from core.model.rewrite import RunningNetwork
from core.model.settings import ModelSettings


@pytest.mark.parametrize(
    "settings",
    [TINY, replace(TINY, stem="convolution"), replace(TINY, activation="relu"), TINY_LIGHT],
    ids=["space to depth", "convolution", "relu", "light"],
)
def test_same_numbers(settings: ModelSettings) -> None:
    network = random_network(settings)
    pictures = torch.randint(0, 256, (2, 128, 192, 3), dtype=torch.uint8)
    with torch.no_grad():
        images = pictures.permute(0, 3, 1, 2).float() / 255
        expected = [part for pair in network.branches(network.features(images)) for part in pair]
        actual = RunningNetwork(copy.deepcopy(network))(pictures)
    assert len(actual) == len(expected)
    for ours, theirs in zip(actual, expected, strict=True):
        assert float((ours - theirs).abs().max()) < 1e-4 * float(theirs.abs().max())


def test_fewer_convolutions() -> None:
    network = random_network(TINY)
    before = sum(isinstance(m, torch.nn.Conv2d) for m in network.modules())
    running = RunningNetwork(copy.deepcopy(network))
    seen = []
    for module in running.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda *_: seen.append(1))
    with torch.no_grad():
        running(torch.zeros(1, 64, 64, 3, dtype=torch.uint8))
    # Eleven layers save one each; three of them are computed in two parts instead.
    assert len(seen) == before - 11 + 3
