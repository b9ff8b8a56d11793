"""The letterbox as matrix products: what cv2 does to a frame on the processor, on any device."""

import numpy as np
import torch
from torch import Tensor, nn

from core.geometry import GREY, Letterbox
from core.types import FloatArray
from core.video.planes import colour_matrix


class PlanesToInput(nn.Module):
    """The bytes of a 4:2:0 picture, plane after plane -> (1, h, w, 3) uint8 RGB as planned."""

    def __init__(self, size: tuple[int, int], plan: Letterbox, bt709: bool) -> None:
        super().__init__()
        width, height = size
        self._sizes = [(height, width), *[(-(-height // 2), -(-width // 2))] * 2]
        area = plan.scale_x < 1
        self.luma = _Resize(self._sizes[0], plan.content, area)
        # Chroma has half the resolution already.
        self.chroma = _Resize(self._sizes[1], plan.content, area=False)
        self.register_buffer("matrix", torch.from_numpy(colour_matrix(bt709)).float())
        self.matrix: Tensor
        self.canvas = _Canvas(plan)

    def forward(self, data: Tensor) -> Tensor:
        parts = torch.split(data, [height * width for height, width in self._sizes])
        planes = [part.view(size) for part, size in zip(parts, self._sizes, strict=True)]
        small = [self.luma(planes[0]), self.chroma(planes[1]), self.chroma(planes[2])]
        yuv1 = torch.stack([*small, torch.ones_like(small[0])], 2)
        rgb: Tensor = self.canvas(yuv1 @ self.matrix.T)
        return rgb


class RgbToInput(nn.Module):
    """The bytes of an RGB picture (H, W, 3) -> (1, h, w, 3) uint8 RGB as planned."""

    def __init__(self, size: tuple[int, int], plan: Letterbox) -> None:
        super().__init__()
        self._shape = (size[1], size[0], 3)
        self.resize = _Resize(self._shape[:2], plan.content, plan.scale_x < 1)
        self.canvas = _Canvas(plan)

    def forward(self, data: Tensor) -> Tensor:
        picture = data.view(self._shape).permute(2, 0, 1)
        rgb: Tensor = self.canvas(self.resize(picture).permute(1, 2, 0))
        return rgb


class _Resize(nn.Module):
    """(..., H, W) uint8 -> (..., h, w) float32 in whole numbers."""

    def __init__(self, source: tuple[int, int], content: tuple[int, int], area: bool) -> None:
        super().__init__()
        rows = resize_matrix(source[0], content[1], area)
        columns = resize_matrix(source[1], content[0], area)
        self.register_buffer("rows", torch.from_numpy(rows))
        self.register_buffer("columns", torch.from_numpy(columns.T.copy()))
        self.rows: Tensor
        self.columns: Tensor

    def forward(self, plane: Tensor) -> Tensor:
        resized: Tensor = self.rows @ plane.float() @ self.columns
        return resized.round()


class _Canvas(nn.Module):
    """(h, w, 3) float32 -> (1, H, W, 3) uint8 with grey around it."""

    def __init__(self, plan: Letterbox) -> None:
        super().__init__()
        right = plan.canvas[0] - plan.pad_x - plan.content[0]
        below = plan.canvas[1] - plan.pad_y - plan.content[1]
        self._padding = [0, 0, plan.pad_x, right, plan.pad_y, below]

    def forward(self, picture: Tensor) -> Tensor:
        padded = nn.functional.pad(picture, self._padding, value=float(GREY))
        return padded.round().clamp(0, 255).to(torch.uint8)[None]


def resize_matrix(source: int, target: int, area: bool) -> FloatArray:
    """(target, source) shares of each source pixel in each target pixel, rows adding up to 1.

    As cv2's INTER_AREA (`area`, for shrinking: how much a target pixel covers) or INTER_LINEAR.
    """
    step = source / target
    if area:
        edges = np.arange(target + 1) * step
        pixels = np.arange(source)
        low = np.maximum(edges[:-1, None], pixels)
        high = np.minimum(edges[1:, None], pixels + 1)
        covered: FloatArray = (np.clip(high - low, 0, None) / step).astype(np.float32)
        return covered
    middle = ((np.arange(target) + 0.5) * step - 0.5).clip(0, source - 1)
    distance = np.abs(middle[:, None] - np.arange(source))
    shares: FloatArray = np.clip(1 - distance, 0, None).astype(np.float32)
    return shares
