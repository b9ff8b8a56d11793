"""Boxes, keypoints and the letterbox: the one place where pixels change their meaning."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, PoseBatch

GREY = 114


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a frame was letterboxed into the network's input: network px = frame px * scale + pad."""

    scale_x: float
    scale_y: float
    pad_x: int  # px, left
    pad_y: int  # px, top
    content: tuple[int, int]  # width, height of the resized frame, px
    canvas: tuple[int, int]  # width, height of the network's input, px

    def to_frame(self, poses: PoseBatch) -> PoseBatch:
        """Poses in network pixels -> poses in pixels of the frame."""
        scale = np.array([self.scale_x, self.scale_y], np.float32)
        pad = np.array([self.pad_x, self.pad_y], np.float32)
        return PoseBatch(
            ((poses.boxes.reshape(-1, 2, 2) - pad) / scale).reshape(-1, 4),
            poses.scores,
            (poses.keypoints - pad) / scale,
            poses.keypoint_scores,
        )


def plan_letterbox(
    size: tuple[int, int], longest_side: int, stride: int, square: bool = False
) -> Letterbox:
    """Fit a frame of `size` (width, height px) into a canvas whose longest side is given.

    The canvas is the smallest multiple of `stride` that holds the frame, or a square.
    Raises ValueError when the longest side is no multiple of the stride.
    """
    if longest_side < stride or longest_side % stride:
        raise ValueError(f"{longest_side = } must be a positive multiple of {stride = }")
    width, height = size
    ratio = longest_side / max(width, height)
    content = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    if square:
        canvas = (longest_side, longest_side)
    else:
        canvas = (-(-content[0] // stride) * stride, -(-content[1] // stride) * stride)
    return _centred(size, content, canvas)


def fit_letterbox(size: tuple[int, int], canvas: tuple[int, int]) -> Letterbox:
    """Fit a frame of `size` (width, height px) as large as possible into a given canvas."""
    ratio = min(canvas[0] / size[0], canvas[1] / size[1])
    content = (max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio)))
    return _centred(size, content, canvas)


def _centred(size: tuple[int, int], content: tuple[int, int], canvas: tuple[int, int]) -> Letterbox:
    return Letterbox(
        scale_x=content[0] / size[0],
        scale_y=content[1] / size[1],
        pad_x=(canvas[0] - content[0]) // 2,
        pad_y=(canvas[1] - content[1]) // 2,
        content=content,
        canvas=canvas,
    )


def apply_letterbox(rgb: NDArray[np.uint8], plan: Letterbox) -> NDArray[np.uint8]:
    """Resize (H, W, 3) uint8 into a grey canvas as planned."""
    canvas = np.full((plan.canvas[1], plan.canvas[0], 3), GREY, np.uint8)
    shrink = plan.scale_x < 1
    interpolation = cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
    inside = canvas[
        plan.pad_y : plan.pad_y + plan.content[1], plan.pad_x : plan.pad_x + plan.content[0]
    ]
    inside[:] = cv2.resize(rgb, plan.content, interpolation=interpolation)
    return canvas


def box_areas(boxes: FloatArray) -> FloatArray:
    """(N, 4) xyxy -> (N,) px^2; boxes turned inside out have no area."""
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    areas: FloatArray = sides[:, 0] * sides[:, 1]
    return areas


def box_iou(a: FloatArray, b: FloatArray) -> FloatArray:
    """Intersection over union of (N, 4) and (M, 4) xyxy boxes -> (N, M) in [0, 1].

    >>> box_iou(np.array([[0, 0, 2, 2]]), np.array([[0, 0, 2, 2], [0, 1, 2, 3]])).round(3).tolist()
    [[1.0, 0.333]]
    """
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.clip(high - low, 0, None).prod(axis=2)
    union = box_areas(a)[:, None] + box_areas(b)[None, :] - overlap
    iou: FloatArray = overlap / np.maximum(union, np.float32(1e-9))
    return iou


def oks(
    keypoints: FloatArray,
    references: FloatArray,
    visible: NDArray[np.bool_],
    areas: FloatArray,
    sigmas: FloatArray,
) -> FloatArray:
    """Object keypoint similarity, as in COCO: the mean over visible n of exp(-d^2 / (2 s^2 k^2)).

    `keypoints` (N, K, 2) against `references` (M, K, 2) with `visible` (M, K) and `areas` (M,)
    px^2; k = 2 sigma, s^2 = area. -> (N, M) in [0, 1]; 0 where nothing is visible.
    """
    distance2 = ((keypoints[:, None] - references[None]) ** 2).sum(axis=3)
    spread = 2 * np.maximum(areas, 1e-9)[:, None] * (2 * sigmas[None]) ** 2
    similarity = np.exp(-distance2 / spread[None]) * visible[None]
    count = np.maximum(visible.sum(axis=1), 1)
    result: FloatArray = (similarity.sum(axis=2) / count[None]).astype(np.float32)
    return result
