"""What runs a chooser: ONNX Runtime, next to OpenVINO as well; or torch, where it is loaded."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.model.candidates import Features
from core.model.refine import Choose
from core.types import FloatArray

if TYPE_CHECKING:
    from torch import nn


def open_chooser(path: Path) -> Choose:
    """The chooser in an ONNX file that `write_chooser` wrote. Raises ModelError."""
    from core.model.engines.onnx_engine import open_session

    session = open_session(path, threads=1)  # a few million operations: others would only wait

    def choose(inputs: Features[FloatArray]) -> tuple[FloatArray, FloatArray]:
        named = inputs._asdict().items()
        keypoints, right = session.run(
            None, {name: np.ascontiguousarray(value, np.float32) for name, value in named}
        )
        return keypoints, right

    return choose


def choose_with(chooser: "nn.Module | None") -> Choose | None:
    """A network's chooser on the device where it is."""
    if chooser is None:
        return None
    import torch

    module, device = chooser, next(chooser.buffers()).device

    @torch.inference_mode()
    def choose(inputs: Features[FloatArray]) -> tuple[FloatArray, FloatArray]:
        arrays = (np.ascontiguousarray(value, np.float32) for value in inputs)
        keypoints, right = module(*(torch.from_numpy(array).to(device) for array in arrays))
        return keypoints.cpu().numpy(), right.cpu().numpy()

    return choose
