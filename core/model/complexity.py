"""How large a network is: parameters, and multiply-accumulates a picture."""

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from core.model.network import PoseNetwork
from core.model.settings import ModelSettings


def parameter_count(settings: ModelSettings) -> int:
    """Learnable parameters of the network."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in PoseNetwork(settings).parameters())


def giga_macs(settings: ModelSettings, width: int, height: int) -> float:
    """Billions of multiply-accumulates for one picture of width x height px.

    Convolutions, and one a value for a batch norm's scale and shift: what published figures count.
    """
    norms = 0

    def count(module: nn.Module, inputs: object, output: Tensor) -> None:
        nonlocal norms
        norms += output.numel()

    with torch.device("meta"):
        network = PoseNetwork(settings).eval()
        image = torch.empty(1, 3, height, width)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.register_forward_hook(count)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(image)
    # The counter reports floating-point operations: two a multiply-accumulate.
    return float(counter.get_total_flops()) / 2e9 + norms / 1e9
