"""The networks are the published ones, number for number."""

import pytest
import torch

from core.errors import ModelError
from core.model.checkpoint import model_names, model_settings
from core.model.complexity import giga_macs, parameter_count
from core.model.network import PoseNetwork


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("s6", 15_114_860), ("m6", 41_430_924), ("l6", 87_072_812), ("n6", 3_866_252)],
)
def test_parameters(name: str, parameters: int) -> None:
    assert parameter_count(model_settings(name)) == parameters


@pytest.mark.parametrize(
    ("name", "size", "published"),
    [
        ("s6", 640, 10.2),
        ("s6", 960, 22.8),
        ("m6", 960, 66.3),
        ("l6", 960, 145.6),
        ("s6_ti_lite", 640, 8.6),
        ("s6_ti_lite", 960, 19.3),
    ],
)
def test_giga_macs_within_one_percent_of_the_published(
    name: str, size: int, published: float
) -> None:
    assert giga_macs(model_settings(name), size, size) == pytest.approx(published, rel=0.01)


@pytest.mark.parametrize("name", model_names())
def test_maps_have_one_cell_a_stride(name: str) -> None:
    settings = model_settings(name)
    with torch.device("meta"):
        maps = PoseNetwork(settings).eval()(torch.empty(2, 3, 128, 192))
    expected = [(2, 3, 128 // s, 192 // s, 57) for s in settings.strides]
    assert [tuple(level.shape) for level in maps] == expected


@pytest.mark.parametrize("name", ["n6", "mobile"])
def test_fused_equals_unfused(name: str) -> None:
    torch.manual_seed(0)
    network = PoseNetwork(model_settings(name))
    for _ in range(3):  # batch norm statistics that differ from their start
        network.train()(torch.rand(4, 3, 64, 64))
    network.eval()
    image = torch.rand(1, 3, 128, 128)
    with torch.no_grad():
        before = network(image)
        after = network.fuse()(image)
    for a, b in zip(before, after, strict=True):
        assert float((a - b).abs().max() / a.abs().max()) < 1e-4


def test_unknown_network_names_the_known_ones() -> None:
    with pytest.raises(ModelError, match="s7: unknown network; known are l6, m6"):
        model_settings("s7")
