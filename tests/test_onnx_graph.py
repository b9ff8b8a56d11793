"""Graphs that are written from networks."""

import sys
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import nn

from core.model.onnx_graph import OnnxGraph
from core.model.onnx_trace import trace


class Deep(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers = [part for _ in range(40) for part in (nn.Conv2d(3, 3, 3, padding=1), nn.SiLU())]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
        return (self.layers(x),)


def test_several_threads_write_graphs_at_once() -> None:
    """As a window does whose clip and whose camera both need a network that is not kept yet."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            names = list(pool.map(lambda _: trace(Deep(), OnnxGraph(), "x"), range(40)))
    finally:
        sys.setswitchinterval(usual_s)
    assert len({tuple(name) for name in names}) == 1
