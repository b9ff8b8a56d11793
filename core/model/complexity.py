"""How large a network is: parameters, and multiply-accumulates a picture."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from core.model.network import PoseNetwork
from core.model.settings import ModelSettings


def parameter_count(settings: ModelSettings) -> int:
    """Learned numbers of the network."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in PoseNetwork(settings).parameters())


def giga_macs(settings: ModelSettings, width: int, height: int) -> float:
    """Billions of multiply-accumulates for one picture of width x height px."""
    with torch.device("meta"):
        network = PoseNetwork(settings).eval()
        image = torch.empty(1, 3, height, width)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(image)
    # The counter reports floating-point operations: two a multiply-accumulate.
    return float(counter.get_total_flops()) / 2e9
