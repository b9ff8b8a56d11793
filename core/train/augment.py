"""Augmentation as pure functions: one warp places a picture and its people on the canvas."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry import GREY
from core.train.dataset import People
from core.types import FloatArray

Rgb = NDArray[np.uint8]
Rectangle = tuple[int, int, int, int]  # x1, y1, x2, y2 px on the canvas

# A person of whom less is left inside the picture becomes a zone of which nothing is known.
_LEAST_VISIBLE = 0.25
_LEAST_SIDE = 6.0  # px
_TILE_FIT = 0.7  # of the canvas: how large a picture of a mosaic is before the random scale
_FOCUS = (0.35, 1.1)  # of the tile's shorter side: how long a person is who was chosen
_MOST_ZOOM = 2.0  # canvas px per picture px; a person drawn larger is only blurred


@dataclass(frozen=True, slots=True)
class AugmentSettings:
    """Data augmentation."""

    mosaic: float = 0.5  # Probability of a mosaic of four images
    scale: float = 0.5  # Random scaling: by a factor from 1 - this to 1 + this
    # Probability that an image is drawn around one of its people, scaled to that person's size
    focus: float = 0.0
    translate: float = 0.1  # Largest random shift (share of the canvas)
    rotate: float = 10.0  # Largest random rotation (degrees)
    full_rotation: float = 0.0  # Probability of a rotation by any angle instead
    flip: float = 0.5  # Probability of a horizontal flip
    hue: float = 0.015  # Random hue: by a factor from 1 - this to 1 + this
    saturation: float = 0.7  # Random saturation: by a factor from 1 - this to 1 + this
    brightness: float = 0.4  # Random brightness: by a factor from 1 - this to 1 + this


def compose(
    pictures: Sequence[Rgb],
    labels: Sequence[People],
    scales: Sequence[float],
    size: int,
    settings: AugmentSettings,
    flip: NDArray[np.intp],
    rng: np.random.Generator,
) -> tuple[Rgb, People]:
    """One picture, or four as a mosaic, on a square canvas of `size` px, augmented.

    `scales` are picture px per label px; `flip` swaps left and right keypoints.
    """
    canvas = np.full((size, size, 3), GREY, np.uint8)
    if len(pictures) == 1:
        tiles: list[Rectangle] = [(0, 0, size, size)]
    else:
        x, y = (int(v) for v in rng.uniform(0.3, 0.7, 2) * size)
        tiles = [(0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size)]
    placed = []
    for picture, people, scale, tile in zip(pictures, labels, scales, tiles, strict=True):
        placed.append(_place(canvas, picture, people, scale, tile, settings, rng))
    people = join_people(placed)
    if rng.random() < settings.flip:
        canvas, people = mirror(canvas, people, flip)
    return shift_colours(canvas, settings, rng), people


def _place(
    canvas: Rgb,
    picture: Rgb,
    people: People,
    scale: float,
    tile: Rectangle,
    settings: AugmentSettings,
    rng: np.random.Generator,
) -> People:
    """Draw a picture into a tile of the canvas by a random similarity; its people come along."""
    x1, y1, x2, y2 = tile
    size = canvas.shape[0]
    fit = size if tile == (0, 0, size, size) else _TILE_FIT * size
    zoom = rng.uniform(1 - settings.scale, 1 + settings.scale) * fit / max(picture.shape[:2])
    middle = np.array(picture.shape[1::-1]) / (2 * scale)  # label px
    if rng.random() < settings.focus and (chosen := _choose_person(people, rng)) is not None:
        middle = (chosen[:2] + chosen[2:]) / 2
        length = float((chosen[2:] - chosen[:2]).max()) * scale
        zoom = min(rng.uniform(*_FOCUS) * min(x2 - x1, y2 - y1) / length, _MOST_ZOOM)
    while zoom < 0.5:
        # A warp takes four pixels into account; shrink by areas first.
        picture = np.asarray(
            cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
        )
        zoom, scale = 2 * zoom, scale / 2
    if rng.random() < settings.full_rotation:
        angle = rng.uniform(-math.pi, math.pi)
    else:
        angle = math.radians(rng.uniform(-settings.rotate, settings.rotate))
    shift = rng.uniform(-settings.translate, settings.translate, 2) * size
    cos, sin = zoom * math.cos(angle), zoom * math.sin(angle)
    centre_x, centre_y = (x2 - x1) / 2 + shift[0], (y2 - y1) / 2 + shift[1]
    from_x, from_y = middle * scale
    matrix = np.array(
        [
            [cos, -sin, centre_x - cos * from_x + sin * from_y],
            [sin, cos, centre_y - sin * from_x - cos * from_y],
        ]
    )
    # Labels measure from the corner of the first pixel, the warp from its middle.
    pixels = matrix.copy()
    pixels[:, 2] += matrix[:, :2].sum(1) / 2 - 0.5
    canvas[y1:y2, x1:x2] = cv2.warpAffine(
        picture,
        pixels,
        (x2 - x1, y2 - y1),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(GREY, GREY, GREY),
    )
    matrix[:, :2] *= scale
    matrix[:, 2] += (x1, y1)
    return crop_people(transform_people(people, matrix), tile)


def _choose_person(people: People, rng: np.random.Generator) -> FloatArray | None:
    """The box of one of the people whose keypoints are labelled, if there is any."""
    boxes = people.boxes[people.weights.sum(1) > 0]
    return boxes[rng.integers(len(boxes))] if len(boxes) else None


def transform_people(people: People, matrix: NDArray[np.float64]) -> People:
    """People under a similarity, a (2, 3) matrix of label px to canvas px."""
    linear = matrix[:, :2].astype(np.float32)
    offset = matrix[:, 2].astype(np.float32)
    return People(
        _turned_boxes(people.boxes, linear, offset),
        people.keypoints @ linear.T + offset,
        people.weights,
        people.visible,
        people.known,
        people.areas * np.float32(abs(np.linalg.det(linear))),
        _turned_boxes(people.ignore, linear, offset),
    )


def _turned_boxes(boxes: FloatArray, linear: FloatArray, offset: FloatArray) -> FloatArray:
    """The boxes around the turned ellipses inside the boxes: corners would grow too far."""
    corners = boxes.reshape(-1, 2, 2)
    centre = corners.mean(1) @ linear.T + offset
    half = (corners[:, 1] - corners[:, 0]) / 2
    reach = np.sqrt((half[:, None] ** 2 * linear[None] ** 2).sum(2))
    turned: FloatArray = np.concatenate([centre - reach, centre + reach], 1)
    return turned


def crop_people(people: People, tile: Rectangle) -> People:
    """People inside a rectangle: boxes clipped, keypoints outside no longer visible."""
    low, high = np.array(tile[:2], np.float32), np.array(tile[2:], np.float32)
    corners = people.boxes.reshape(-1, 2, 2)
    clipped = np.clip(corners, low, high)
    before = np.maximum((corners[:, 1] - corners[:, 0]).prod(1), 1e-6)
    sides = clipped[:, 1] - clipped[:, 0]
    kept = (sides.prod(1) / before >= _LEAST_VISIBLE) & (sides.min(1) >= _LEAST_SIDE)
    rest = (sides.min(1) > 1) & ~kept
    inside = ((people.keypoints >= low) & (people.keypoints < high)).all(2)
    ignore = np.clip(people.ignore.reshape(-1, 2, 2), low, high)
    ignore = ignore[(ignore[:, 1] - ignore[:, 0]).min(1) > 1]
    return People(
        clipped[kept].reshape(-1, 4),
        people.keypoints[kept],
        (people.weights * inside)[kept],
        (people.visible * inside)[kept],
        (people.known | (people.visible > 0) & ~inside)[kept],
        people.areas[kept],
        np.concatenate([ignore.reshape(-1, 4), clipped[rest].reshape(-1, 4)]),
    )


def join_people(parts: Sequence[People]) -> People:
    """The people of several pictures as those of one."""
    return People(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("boxes", "keypoints", "weights", "visible", "known", "areas", "ignore")
        )
    )


def mirror(picture: Rgb, people: People, flip: NDArray[np.intp]) -> tuple[Rgb, People]:
    """Left to right; a person's left keypoints become right ones."""
    width = np.float32(picture.shape[1])

    def mirrored(boxes: FloatArray) -> FloatArray:
        turned = boxes.copy()
        turned[:, [0, 2]] = width - boxes[:, [2, 0]]
        return turned

    keypoints = people.keypoints[:, flip].copy()
    keypoints[..., 0] = width - keypoints[..., 0]
    return np.ascontiguousarray(picture[:, ::-1]), People(
        mirrored(people.boxes),
        keypoints,
        people.weights[:, flip],
        people.visible[:, flip],
        people.known[:, flip],
        people.areas,
        mirrored(people.ignore),
    )


def shift_colours(picture: Rgb, settings: AugmentSettings, rng: np.random.Generator) -> Rgb:
    """Hue, saturation and brightness, each by a random factor."""
    amount = np.array([settings.hue, settings.saturation, settings.brightness])
    factors = 1 + rng.uniform(-1, 1, 3) * amount
    if not amount.any():
        return picture
    ramp = np.arange(256)
    tables = np.stack(
        [
            (ramp * factors[0]) % 180,
            np.clip(ramp * factors[1], 0, 255),
            np.clip(ramp * factors[2], 0, 255),
        ],
        -1,
    ).astype(np.uint8)
    hsv = cv2.LUT(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV), tables[None])
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)
