"""Pictures of a run: curves, an augmented batch with its labels, predictions against truth."""

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from core.geometry import apply_letterbox, plan_letterbox
from core.jpeg import encode_jpeg
from core.part_file import PartFile, whole_file
from core.skeleton import skeleton_of
from core.train.augment import Rgb
from core.train.batches import Batch
from core.train.breakdown import PersonErrors
from core.train.dataset import LabelledImage
from core.train.image_cache import read_picture
from core.types import FloatArray, PoseBatch

_COLUMNS = 4
_TILE = 320  # px
_SIDE, _LINE = 720, 2  # px, of each picture before and after
_SEEN = 0.5
_TRUTH, _FOUND, _IGNORED = (60, 220, 60), (255, 90, 30), (150, 150, 150)
_LEFT, _RIGHT = (60, 160, 255), (255, 160, 40)


def plot_curves(metrics: Path, path: Path) -> None:
    """Losses and metrics by step, from metrics.csv to a PNG."""
    with metrics.open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [float(row["step"]) for row in rows]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for name in ("loss", "box", "keypoints", "keypoint_confidence", "objectness", "heatmaps"):
        if name in rows[0]:
            left.plot(steps, [float(row[name]) for row in rows], label=name)
    for name in ("ap", "ap50", "box_ap50"):
        if name in rows[0]:
            right.plot(steps, [float(row[name]) for row in rows], label=name)
    left.set_yscale("log")
    for axes, title in ((left, "loss, after gains"), (right, "validation")):
        axes.set_title(title)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend()
    with whole_file(path) as part:
        figure.savefig(part, dpi=100, format="png")
    plt.close(figure)


def draw_batch(batch: Batch, path: Path) -> None:
    """The pictures of a batch in a grid, with boxes, keypoints and ignore zones, as a PNG."""
    tiles = []
    for index, image in enumerate(batch.images.numpy()):
        tile = image.copy()
        for zone in batch.ignore[batch.ignore_image == index].numpy():
            draw_box(tile, zone, _IGNORED)
        people = (batch.image == index).nonzero()[:, 0]
        for row in people.tolist():
            draw_box(tile, batch.boxes[row].numpy(), _TRUTH)
            seen = (batch.weights[row] > 0).numpy()
            draw_person(tile, batch.keypoints[row].numpy(), seen, None)
        tiles.append(tile)
    save_grid(tiles, path)


def draw_box(picture: Rgb, box: FloatArray, colour: tuple[int, int, int]) -> None:
    """A box of one px, in place."""
    x1, y1, x2, y2 = (round(float(v)) for v in box)
    cv2.rectangle(picture, (x1, y1), (x2, y2), colour, 1)


def draw_person(
    picture: Rgb,
    keypoints: FloatArray,
    seen: NDArray[np.bool_],
    colour: tuple[int, int, int] | None,
    width: int = 1,
) -> None:
    """Limbs (`width` px) and joints in place; without a colour, left is blue, right orange."""
    points = [(round(float(x)), round(float(y))) for x, y in keypoints]
    skeleton = skeleton_of(len(keypoints))
    for a, b in skeleton.limbs:
        if seen[a] and seen[b]:
            cv2.line(picture, points[a], points[b], colour or (230, 230, 230), width, cv2.LINE_AA)
    for index, name in enumerate(skeleton.names):
        if seen[index]:
            side = _LEFT if name.startswith("left") else _RIGHT
            cv2.circle(picture, points[index], width + 1, colour or side, -1, cv2.LINE_AA)


def draw_predictions(found: Sequence[tuple[LabelledImage, PoseBatch]], path: Path) -> None:
    """Truth (green) and predictions (orange) of some pictures in a grid, as a PNG."""
    tiles = []
    for image, poses in found:
        tile = read_picture(image.path, image.size)
        for keypoints, visible in zip(image.people.keypoints, image.people.visible, strict=True):
            draw_person(tile, keypoints, visible > 0, _TRUTH)
        for keypoints, scores in zip(poses.keypoints, poses.keypoint_scores, strict=True):
            draw_person(tile, keypoints, scores > _SEEN, _FOUND)
        tiles.append(apply_letterbox(tile, plan_letterbox(image.size, _TILE, _TILE, square=True)))
    save_grid(tiles, path)


def draw_before_after(
    image: LabelledImage, before: PoseBatch, after: PoseBatch, path: Path
) -> None:
    """A picture twice, side by side: the truth (green) with each result (orange), as a JPEG.

    Raises OutputError.
    """
    scale = _SIDE / max(image.size)
    picture = cv2.resize(
        read_picture(image.path, image.size),
        None,
        fx=scale,
        fy=scale,
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    sides = []
    for poses in (before, after):
        side = np.array(picture, np.uint8)
        for keypoints, visible in zip(image.people.keypoints, image.people.visible, strict=True):
            draw_person(side, scale * keypoints, visible > 0, _TRUTH, _LINE)
        for keypoints, scores in zip(poses.keypoints, poses.keypoint_scores, strict=True):
            draw_person(side, scale * keypoints, scores > _SEEN, _FOUND, _LINE)
        sides.append(side)
    gap = np.full((sides[0].shape[0], 4, 3), 255, np.uint8)
    with PartFile(path) as file:
        file.write(encode_jpeg(np.hstack([sides[0], gap, sides[1]])))


def draw_worst(errors: Sequence[PersonErrors], count: int, path: Path) -> bool:
    """The found people with the lowest OKS, each cut out of its picture: truth and prediction.

    False where nobody was found: then nothing is written. Raises OutputError.
    """
    found = sorted((e for e in errors if len(e.found)), key=lambda error: error.oks)[:count]
    tiles = []
    for error in found:
        people, row = error.image.people, error.row
        picture = read_picture(error.image.path, error.image.size)
        draw_person(picture, people.keypoints[row], people.visible[row] > 0, _TRUTH)
        seen = error.found.keypoint_scores[0] > _SEEN
        draw_person(picture, error.found.keypoints[0], seen, _FOUND)
        x1, y1, x2, y2 = people.boxes[row]
        margin = 0.2 * max(x2 - x1, y2 - y1)
        cut = np.ascontiguousarray(
            _cut(picture, (x1 - margin, y1 - margin, x2 + margin, y2 + margin))
        )
        plan = plan_letterbox((cut.shape[1], cut.shape[0]), _TILE, _TILE, square=True)
        tiles.append(apply_letterbox(cut, plan))
    if tiles:
        save_grid(tiles, path)
    return bool(tiles)


def _cut(picture: Rgb, box: tuple[float, float, float, float]) -> Rgb:
    """What lies in x1, y1, x2, y2 px; at least one pixel, also of a box outside the picture."""
    height, width = picture.shape[:2]
    left, right = (int(np.clip(x, 0, width - 1)) for x in (box[0], box[2]))
    top, bottom = (int(np.clip(y, 0, height - 1)) for y in (box[1], box[3]))
    return picture[top : bottom + 1, left : right + 1]


def save_grid(tiles: Sequence[Rgb], path: Path) -> None:
    """Pictures of one size side by side in a PNG. Raises OutputError."""
    rows = [list(tiles[i : i + _COLUMNS]) for i in range(0, len(tiles), _COLUMNS)]
    rows[-1] += [np.zeros_like(tiles[0])] * (min(_COLUMNS, len(tiles)) - len(rows[-1]))
    grid = np.vstack([np.hstack(row) for row in rows])
    encoded = cv2.imencode(".png", cv2.cvtColor(grid, cv2.COLOR_RGB2BGR))[1]
    with PartFile(path) as file:
        file.write(bytes(encoded))
