"""Frame -> everyone in it, by the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from core.errors import ModelError
from core.geometry import Letterbox, apply_letterbox, plan_letterbox
from core.model.checkpoint import find_weights, load_checkpoint
from core.model.decode import average_agreeing, decode_maps, suppress
from core.model.network import PoseNetwork
from core.types import Frame, PoseBatch


@dataclass(frozen=True, slots=True)
class EstimatorSettings:
    """How people are found."""

    size: int = 640  # px, longest side of the network's input
    confidence: float = 0.3  # lowest score of a person
    iou: float = 0.6  # two boxes that overlap more are one person
    most: int = 100  # people a frame
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"

    def __post_init__(self) -> None:
        if self.size < 64 or self.size % 64:
            raise ValueError(f"size must be a multiple of 64, at least 64, got {self.size}")
        if not 0 <= self.confidence < 1:
            raise ValueError(f"confidence must be in [0, 1), got {self.confidence}")
        if not 0 < self.iou <= 1:
            raise ValueError(f"iou must be in (0, 1], got {self.iou}")
        if self.most < 1:
            raise ValueError(f"most must be at least 1, got {self.most}")


class PoseEstimator:
    """A fused network on a device; call it with a frame. `settings` may be replaced whole."""

    def __init__(self, network: PoseNetwork, settings: EstimatorSettings) -> None:
        self.settings = settings
        self.device = choose_device(settings.device)
        self.model = network.settings
        self._network = network.fuse().to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def __call__(self, frame: Frame) -> PoseBatch:
        """Everyone in the frame, best first, in its pixels."""
        return self.estimate([frame])[0]

    def estimate(self, frames: Sequence[Frame]) -> list[PoseBatch]:
        """Frames of one size, as one batch."""
        settings = self.settings
        if not frames:
            return []
        plan = plan_letterbox(frames[0].size, settings.size, self.model.strides[-1])
        images = np.stack([apply_letterbox(frame.rgb, plan) for frame in frames])
        return self._estimate(images, plan, settings)

    @torch.inference_mode()
    def _estimate(
        self, images: np.ndarray, plan: Letterbox, settings: EstimatorSettings
    ) -> list[PoseBatch]:
        batch = torch.from_numpy(images).to(self.device, non_blocking=True)
        batch = batch.permute(0, 3, 1, 2).float() / 255
        maps = [level.float().cpu().numpy() for level in self._network(batch)]
        found = []
        for row in range(len(images)):
            candidates = decode_maps(
                [level[row] for level in maps],
                self.model.anchors,
                self.model.strides,
                settings.confidence,
            )
            kept = suppress(candidates, settings.iou, settings.most)
            found.append(plan.to_frame(average_agreeing(kept, candidates)))
        return found


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


def load_estimator(weights: Path | str | None, settings: EstimatorSettings) -> PoseEstimator:
    """An estimator from a weights file or a shipped name; None is the default weights.

    Raises ModelError.
    """
    path = find_weights(None if weights is None else str(weights))
    return PoseEstimator(load_checkpoint(path).network(), settings)
