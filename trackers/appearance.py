"""What people wear: colours of torso and legs, by which those who cross are told apart."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry import box_iou
from core.skeleton import COCO_17, skeleton_of
from core.types import FloatArray, Looks, Picture, PoseBatch

# Corners of a part in COCO-17 keypoints, and its share of the box (x1, y1, x2, y2) without them.
PARTS = (
    ((5, 6, 11, 12), (0.3, 0.2, 0.7, 0.5)),
    ((11, 12, 15, 16), (0.3, 0.55, 0.7, 0.95)),
)
SEEN = 0.3  # keypoint score
HUES, SATURATIONS, VALUES = 12, 4, 4
PART_LENGTH = HUES * SATURATIONS + VALUES
LENGTH = len(PARTS) * PART_LENGTH
SIDE = 16  # so many points a side of a part are read
SMALLEST = 3  # px a side
MIXED = 0.15  # from this overlap on with another person colours are of both
PERSON = 0.3  # score from which somebody else counts as one


def describe(picture: NDArray[np.uint8] | Picture, poses: PoseBatch) -> Looks:
    """The square roots of the parts' shares of colours, (N, LENGTH), as numbers from 0 to 255.

    All 0 for who overlaps with others, and where a part is too small, or outside of the picture,
    which is RGB (H, W, 3) or gives single pixels.
    """
    looks = np.zeros((len(poses), LENGTH), np.uint8)
    whole = np.isfinite(poses.boxes).all(axis=1)
    whole = np.logical_and(whole, np.isfinite(poses.keypoints).all(axis=(1, 2)))
    if not whole.all():
        looks[whole] = describe(picture, poses[whole])
        return looks
    width, height = _size(picture)
    areas = np.clip(_areas(poses), 0, (width, height, width, height))
    seen = ((areas[..., 2:] - areas[..., :2]) >= SMALLEST).all(axis=(1, 2)) & ~_mixed(poses)
    if not seen.any():
        return looks
    low, high = areas[seen, :, :2], areas[seen, :, 2:]
    share = (np.arange(SIDE) + 0.5) / SIDE
    columns, rows = np.moveaxis(low[..., None] + (high - low)[..., None] * share, 2, 0).astype(
        np.intp
    )
    rows, columns = np.broadcast_arrays(rows[..., :, None], columns[..., None, :])
    if isinstance(picture, np.ndarray):
        colours = picture[rows, columns]
    else:
        colours = picture.colours(rows, columns)
    shares = _shares(colours.reshape(-1, SIDE * SIDE, 3)).reshape(-1, LENGTH) / len(PARTS)
    looks[seen] = np.round(255 * np.sqrt(shares))
    return looks


def unit_looks(looks: Looks) -> FloatArray:
    """Looks (N, L) of length 1, or 0 where nothing was seen.

    The dot product of two is nearly their Bhattacharyya coefficient, in [0, 1].
    """
    values = looks.astype(np.float32)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    unit: FloatArray = values / np.maximum(lengths, np.float32(1e-6))
    return unit


def advantage(
    looks: FloatArray, known: FloatArray, near: NDArray[np.bool_], par: float
) -> FloatArray:
    """How much more each of N people looks like each of M tracks than like the others, (N, M).

    `looks` (N, L) and `known` (M, L) are `unit_looks`. The others are those that are `near` (N, M);
    `par` stands in for the others where they are less like, so the result may be negative. 0 where
    either was never seen.
    """
    likeness = looks @ known.T
    told = np.outer((looks > 0).any(axis=1), (known > 0).any(axis=1))
    among = np.where(told & near, likeness, 0)
    first = among.max(axis=1, keepdims=True)
    second = np.sort(among, axis=1)[:, -2:-1] if among.shape[1] > 1 else np.zeros_like(first)
    best_other = np.where(among >= first, second, first)
    result: FloatArray = np.where(told, likeness - np.maximum(best_other, par), 0)
    return result.astype(np.float32)


def _size(picture: NDArray[np.uint8] | Picture) -> tuple[int, int]:
    if isinstance(picture, np.ndarray):
        return picture.shape[1], picture.shape[0]
    return picture.size


def _areas(poses: PoseBatch) -> NDArray[np.float64]:
    """(N, parts, 4) x1, y1, x2, y2 px."""
    boxes = poses.boxes.astype(np.float64)
    sides = boxes[:, 2:] - boxes[:, :2]
    areas = np.empty((len(poses), len(PARTS), 4))
    names = skeleton_of(poses.keypoint_scores.shape[1]).names
    for n, (corners, share) in enumerate(PARTS):
        areas[:, n] = np.tile(boxes[:, :2], 2) + np.array(share) * np.tile(sides, 2)
        if names[: len(COCO_17)] != COCO_17.names:
            continue
        part = list(corners)
        seen = (poses.keypoint_scores[:, part] >= SEEN).all(axis=1)
        points = poses.keypoints[seen][:, part].astype(np.float64)
        low, high = points.min(axis=1), points.max(axis=1)
        # Someone seen from a side is a quarter of the box wide all the same.
        thin = np.maximum(0, 0.25 * sides[seen, 0] - (high - low)[:, 0]) / 2
        low[:, 0] -= thin
        high[:, 0] += thin
        areas[seen, n] = np.concatenate([low, high], axis=1)
    return areas


def _mixed(poses: PoseBatch) -> NDArray[np.bool_]:
    """(N,) who overlaps with somebody else."""
    overlap = box_iou(poses.boxes, poses.boxes)
    overlap *= poses.scores >= PERSON
    np.fill_diagonal(overlap, 0)
    mixed: NDArray[np.bool_] = np.any(overlap > MIXED, axis=1)
    return mixed


def _shares(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Of each of P parts, RGB (P, pixels, 3), the shares of colours and greys, (P, PART_LENGTH)."""
    hsv = cv2.cvtColor(colours, cv2.COLOR_RGB2HSV).astype(np.intp)
    hue, saturation = hsv[..., 0] * HUES // 180, hsv[..., 1] * SATURATIONS // 256
    # The hue of a grey pixel is noise, its brightness is not.
    colourful = hsv[..., 1] / 255
    part = PART_LENGTH * np.arange(len(colours))[:, None]
    colour = part + hue * SATURATIONS + saturation
    grey = part + HUES * SATURATIONS + hsv[..., 2] * VALUES // 256
    counts = np.bincount(
        np.concatenate([colour.ravel(), grey.ravel()]),
        np.concatenate([colourful.ravel(), 1 - colourful.ravel()]),
        minlength=PART_LENGTH * len(colours),
    )
    shares: NDArray[np.float64] = counts.reshape(len(colours), PART_LENGTH) / colours.shape[1]
    return shares


class Wardrobe:
    """What people wore who are no longer followed, by id."""

    def __init__(self) -> None:
        self._looks: dict[int, tuple[FloatArray, float]] = {}

    def add(self, track_id: int, look: FloatArray, seen_s: float) -> None:
        """Keep the look of somebody who was last seen then."""
        self._looks[track_id] = look, seen_s

    def forget(self, before_s: float) -> None:
        """Drop those last seen before."""
        self._looks = {i: kept for i, kept in self._looks.items() if kept[1] >= before_s}

    def take(self, track_id: int) -> None:
        """Somebody is followed again."""
        self._looks.pop(track_id, None)

    @property
    def looks(self) -> dict[int, FloatArray]:
        """By id."""
        return {track_id: look for track_id, (look, _) in self._looks.items()}


def recognised(
    look: FloatArray,
    absent: dict[int, FloatArray],
    present: list[FloatArray],
    least: float,
    margin: float,
) -> int | None:
    """Who of the absent looks like this: like enough, and clearly more than anybody else.

    Looks are unit vectors (L,); `absent` by id. Where others wear the same, clothes say nothing.
    """
    likeness = sorted((-float(other @ look), track_id) for track_id, other in absent.items())
    if not likeness or -likeness[0][0] < least:
        return None
    rivals = [-value for value, _ in likeness[1:2]] + [float(other @ look) for other in present]
    if rivals and -likeness[0][0] - max(rivals) < margin:
        return None
    return likeness[0][1]
