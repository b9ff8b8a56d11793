"""`core.model.twins`, traced into ONNX files."""

import torch
from torch import Tensor, nn

from core.model.twins import TWIN_OKS
from core.skeleton import BODY_SHARE
from core.types import FloatArray


class TwinLayer(nn.Module):
    """Boxes (N, 4), scores (N, 1), keypoints (N, K, 2) -> (N, 1), 1 for who stays and 0 for twins.

    `sigmas` (K,) are those of OKS.
    """

    spread: Tensor

    def __init__(self, sigmas: FloatArray) -> None:
        super().__init__()
        spread = -1 / (2 * BODY_SHARE * (2 * torch.from_numpy(sigmas)) ** 2)
        self._share = 1 / len(sigmas)
        self.register_buffer("spread", spread, persistent=False)

    def forward(self, boxes: Tensor, scores: Tensor, keypoints: Tensor) -> tuple[Tensor]:
        sides = (boxes.narrow(1, 2, 2) - boxes.narrow(1, 0, 2)).clamp(min=0.0)
        area = (sides.narrow(1, 0, 1) * sides.narrow(1, 1, 1)).clamp(min=1e-6)
        away = keypoints.unsqueeze(1) - keypoints.unsqueeze(0)
        squared = (away * away).sum(3)
        similarity = (squared / area.unsqueeze(0) * self.spread).exp().sum(2) * self._share
        twin = (similarity > TWIN_OKS) & (scores.permute(1, 0) > scores)
        twins = torch.where(twin, 1.0, 0.0).sum(1, keepdim=True)
        return ((twins < 0.5).float(),)
