"""PyTorch: every device, and every network without a conversion."""

import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import ModelError, UserNotice
from core.model.engines.engine import Branches, EngineName, Precision, paired
from core.model.network import LevelHead, PoseNetwork
from core.model.rewrite import RunningNetwork


class TorchEngine:
    """A rewritten network in channels-last memory. Takes the network over.

    `network` may be called by whoever has pictures on its device already.
    """

    name: EngineName = "torch"

    def __init__(self, network: PoseNetwork, device: str, precision: Precision) -> None:
        if precision == "int8":
            raise ModelError("the torch engine does not support int8; use --engine onnxruntime")
        self.precision: Precision = precision
        self._device = choose_device(device)
        self.device = str(self._device)
        running = RunningNetwork(network).eval()
        if precision == "bfloat16":
            _to_bfloat16(running)
        self.network = running.to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def __call__(self, pictures: NDArray[np.uint8]) -> Branches:
        """Pictures -> raw branches; see `Engine`. Raises ModelError where one does not fit.

        A batch that does not fit into the device's memory is halved, with a warning.
        """
        try:
            return self._run(pictures)
        except torch.OutOfMemoryError as error:
            if len(pictures) == 1:
                raise ModelError(
                    f"{self.device}: out of memory with one picture; a smaller size would fit"
                ) from error
        torch.cuda.empty_cache()
        half = len(pictures) // 2
        warnings.warn(
            f"{self.device}: out of memory with {len(pictures)} pictures at once, "
            f"going on with {half}",
            UserNotice,
            stacklevel=2,
        )
        parts = zip(self(pictures[:half]), self(pictures[half:]), strict=True)
        return [(np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]])) for a, b in parts]

    @torch.inference_mode()
    def _run(self, pictures: NDArray[np.uint8]) -> Branches:
        maps = self.network(torch.from_numpy(pictures).to(self._device, non_blocking=True))
        return paired([part.float().cpu().numpy() for part in maps])


class _Float32Convolution(nn.Module):
    """Keypoints are fractions of a cell, which 8 bits of mantissa would round to half a pixel."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution.float()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.convolution(x.float())
        return y


def _to_bfloat16(running: RunningNetwork) -> None:
    # The chooser is small and computes in px: it keeps all its bits.
    chooser, running.network.chooser = running.network.chooser, None
    running.to(torch.bfloat16)
    running.network.chooser = chooser
    for head in running.network.heads:
        assert isinstance(head, LevelHead)
        for branch in (head.box, head.keypoints):
            last = branch[-1]
            assert isinstance(last, nn.Conv2d)
            branch[-1] = _Float32Convolution(last)
    if running.network.refinement is not None:
        refinement = running.network.refinement
        for head in (refinement.offsets, refinement.displacements):
            assert isinstance(head.out, nn.Conv2d)
            head.out = _Float32Convolution(head.out)


def choose_device(wish: str) -> torch.device:
    """The device that is used for a wish. Raises ModelError when the wish cannot be met."""
    if wish == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if wish == "cuda" and not torch.cuda.is_available():
        raise ModelError("device cuda: this PyTorch finds no CUDA device; use cpu or auto")
    if wish == "mps" and not torch.backends.mps.is_available():
        raise ModelError("device mps: this PyTorch finds no Apple GPU; use cpu or auto")
    return torch.device(wish)
