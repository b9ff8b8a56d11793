"""Augmented views of a few pictures, each with what the lower part of the network finds in it.

Where that part stays as it is, it is computed once a view and not in every step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from core.geometry import plan_letterbox
from core.model.network import PoseNetwork
from core.train.augment import AugmentSettings, Rgb, compose, crop_people, transform_people
from core.train.batches import Batch, collate
from core.train.dataset import LabelledImage, People
from core.train.image_cache import read_picture

MOST = 240  # views in all at `_SIZE`, about 1 MB each; of larger ones as many as fill that much
_SIZE = 512  # px
_EACH = 16  # views of a picture
_TOGETHER = 4  # views that the network looks at in one go
_NO_PICTURE = np.zeros((1, 1, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class LessonView:
    """Who is in a view, and the maps of `MobileTrunk.below`, (C, h, w) each, in half precision."""

    people: People
    maps: tuple[Tensor, ...]


def views_of_each(pictures: int, size: int) -> int:
    """How many views of `size` px are made of each of so many pictures."""
    most = MOST * min(1.0, (_SIZE / size) ** 2)
    return max(1, min(_EACH, int(most / pictures)))


def make_views(
    network: PoseNetwork,
    images: Sequence[LabelledImage],
    size: int,
    augment: AugmentSettings,
    seed: int,
    device: torch.device,
) -> Iterator[LessonView]:
    """The views of all pictures, picture by picture, whose longer side is `size` px.

    Raises DatasetError.
    """
    each = views_of_each(len(images), size)
    canvas = _canvas(images, size, network.settings.strides[-1])
    pairs = drawn(images, each, canvas, augment, seed)
    while some := list(islice(pairs, _TOGETHER)):
        pictures = torch.from_numpy(np.stack([picture for picture, _ in some])).to(device)
        with torch.no_grad():
            maps = network.below(pictures.permute(0, 3, 1, 2).float() / 255)
        for row, (_, people) in enumerate(some):
            yield LessonView(people, tuple(part[row].half().cpu() for part in maps))


def joined(views: Sequence[LessonView], device: torch.device) -> tuple[Batch, tuple[Tensor, ...]]:
    """Views as a batch, whose pictures are not needed any more, and their maps (B, C, h, w)."""
    batch = collate([(_NO_PICTURE, view.people) for view in views])
    columns = zip(*(view.maps for view in views), strict=True)
    maps = (torch.stack(list(column)).to(device).float() for column in columns)
    return batch.to(device), tuple(
        part.contiguous(memory_format=torch.channels_last) for part in maps
    )


def drawn(
    images: Sequence[LabelledImage],
    each: int,
    canvas: tuple[int, int],
    augment: AugmentSettings,
    seed: int,
) -> Iterator[tuple[Rgb, People]]:
    """`each` views of every picture, on canvases of so many px in width and height."""
    for position, image in enumerate(images):
        picture = read_picture(image.path, image.size)
        for number in range(each):
            rng = np.random.default_rng((seed, position, number))
            side = max(canvas)
            flip = image.people.skeleton.flip
            square, people = compose([picture], [image.people], [1.0], side, augment, flip, rng)
            yield _middle(square, people, canvas)


def _middle(square: Rgb, people: People, canvas: tuple[int, int]) -> tuple[Rgb, People]:
    """The middle part of a square, of so many px in width and height."""
    width, height = canvas
    left, top = (square.shape[1] - width) // 2, (square.shape[0] - height) // 2
    moved = transform_people(people, np.array([[1.0, 0.0, -left], [0.0, 1.0, -top]]))
    return square[top : top + height, left : left + width], crop_people(
        moved, (0, 0, width, height)
    )


def _canvas(images: Sequence[LabelledImage], size: int, stride: int) -> tuple[int, int]:
    """Width and height: of the pictures' own shape where all have one, else square."""
    canvases = {plan_letterbox(image.size, size, stride).canvas for image in images}
    return canvases.pop() if len(canvases) == 1 else (size, size)
