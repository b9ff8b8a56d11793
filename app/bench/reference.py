"""The eager way of working, as a yardstick: what a plain PyTorch program does with a clip.

Frames as BGR by OpenCV, a square letterbox in NumPy, the fused float32 network in eager mode, all
anchors decoded, plain non-maximum suppression, anti-aliased drawing and an MPEG-4 Part 2 file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.geometry import GREY, box_iou
from core.model.checkpoint import load_checkpoint
from core.model.grids import placed
from core.model.network import PoseNetwork
from core.skeleton import COCO_17

SIZE = 640
IOU = 0.6


def process(clip: Path, weights: Path, threshold: float, most: int, output: Path) -> Iterator[int]:
    """Annotate a clip; yields the number of people after every frame."""
    network = load_checkpoint(weights).network().fuse()
    grids: list[tuple[Tensor, Tensor, int]] = []
    capture = cv2.VideoCapture(str(clip))
    rate = capture.get(cv2.CAP_PROP_FPS)
    size = (int(capture.get(3)), int(capture.get(4)))
    writer = cv2.VideoWriter(str(output), cv2.VideoWriter.fourcc(*"mp4v"), rate, size)
    while True:
        good, bgr = capture.read()
        if not good:
            break
        picture, scale, left, top = _letterbox(bgr)
        image = np.ascontiguousarray(picture[:, :, ::-1].transpose(2, 0, 1))
        with torch.no_grad():
            maps = network(torch.from_numpy(image).float()[None] / 255)
            grids = grids or _grids(network, maps)
            people = _suppress(_decode(maps, grids), threshold, most)
        people[:, :4] = (people[:, :4] - [left, top, left, top]) / scale
        people[:, 6::3] = (people[:, 6::3] - left) / scale
        people[:, 7::3] = (people[:, 7::3] - top) / scale
        for person in people:
            _draw(bgr, person)
        writer.write(bgr)
        yield len(people)
    writer.release()
    capture.release()


def _letterbox(bgr: Any) -> tuple[NDArray[np.uint8], float, int, int]:
    height, width = bgr.shape[:2]
    scale = min(SIZE / height, SIZE / width)
    inside = (round(width * scale), round(height * scale))
    left, top = (SIZE - inside[0]) // 2, (SIZE - inside[1]) // 2
    small = cv2.resize(bgr, inside, interpolation=cv2.INTER_LINEAR)
    framed = cv2.copyMakeBorder(
        small,
        top,
        SIZE - inside[1] - top,
        left,
        SIZE - inside[0] - left,
        cv2.BORDER_CONSTANT,
        value=(GREY,) * 3,
    )
    return np.asarray(framed, np.uint8), scale, left, top


def _grids(network: PoseNetwork, maps: list[Tensor]) -> list[tuple[Tensor, Tensor, int]]:
    settings = network.settings
    grids = []
    for level, sizes, stride in zip(maps, settings.anchors, settings.strides, strict=True):
        rows, columns = torch.meshgrid(
            torch.arange(level.shape[2]), torch.arange(level.shape[3]), indexing="ij"
        )
        cells = torch.stack([columns, rows], 2).float()[None, None]
        anchors = torch.tensor(sizes).float()[None, :, None, None]
        grids.append((cells, anchors, stride))
    return grids


def _decode(maps: list[Tensor], grids: list[tuple[Tensor, Tensor, int]]) -> Tensor:
    """Every anchor of every level -> (N, 6 + 3K)."""
    decoded = []
    for level, (cells, anchors, stride) in zip(maps, grids, strict=True):
        box = level[..., :6].sigmoid()
        keypoints = level[..., 6:]
        centre = placed(box[..., :2], cells, stride)
        sides = (box[..., 2:4] * 2) ** 2 * anchors
        x = placed(keypoints[..., 0::3], cells[..., :1], stride)
        y = placed(keypoints[..., 1::3], cells[..., 1:], stride)
        points = torch.stack([x, y, keypoints[..., 2::3].sigmoid()], -1).flatten(-2)
        joined = torch.cat([centre, sides, box[..., 4:], points], -1)
        decoded.append(joined.reshape(-1, joined.shape[-1]))
    return torch.cat(decoded)


def _suppress(decoded: Tensor, threshold: float, most: int) -> NDArray[np.float32]:
    decoded = decoded[decoded[:, 4] > threshold]
    decoded[:, 5] *= decoded[:, 4]
    decoded = decoded[decoded[:, 5] > threshold]
    found = decoded[decoded[:, 5].argsort(descending=True)].numpy()
    half = found[:, 2:4] / 2
    found[:, :4] = np.concatenate([found[:, :2] - half, found[:, :2] + half], 1)
    overlaps = box_iou(found[:, :4], found[:, :4])
    kept: list[int] = []
    for row in range(len(found)):
        if not any(overlaps[row, other] > IOU for other in kept):
            kept.append(row)
            if len(kept) == most:
                break
    best: NDArray[np.float32] = found[kept]
    return best


def _draw(bgr: Any, person: NDArray[np.float32]) -> None:
    x1, y1, x2, y2 = (int(v) for v in np.clip(person[:4], -1e4, 1e4))
    cv2.rectangle(bgr, (x1, y1), (x2, y2), (255, 80, 80), 3, cv2.LINE_AA)
    cv2.putText(bgr, f"person {person[5]:.2f}", (x1, y1), 0, 1, (255, 255, 255), 2, cv2.LINE_AA)
    points = np.clip(person[6:].reshape(-1, 3), -1e4, 1e4)
    for x, y, score in points:
        if score > 0.5:
            cv2.circle(bgr, (int(x), int(y)), 5, (0, 255, 0), -1, cv2.LINE_AA)
    for a, b in COCO_17.limbs:
        if points[a, 2] > 0.5 and points[b, 2] > 0.5:
            ends = [(int(points[k, 0]), int(points[k, 1])) for k in (a, b)]
            cv2.line(bgr, ends[0], ends[1], (0, 128, 255), 2, cv2.LINE_AA)
