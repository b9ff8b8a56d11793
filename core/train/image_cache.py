"""Pictures of a data set as raw pixels in one memory-mapped file, at training size.

Every loader process maps the same file, so the pictures are in memory once, and a run that
starts again reads them at once.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.errors import DatasetError
from core.part_file import output_errors, own_part
from core.train.dataset import LabelledImage


class ImageCache:
    """RGB pictures by position in the data set, none longer than `longest_side` px."""

    def __init__(self, images: Sequence[LabelledImage], longest_side: int, folder: Path) -> None:
        """Open the cache of these pictures in `folder`, or make it first. Raises DatasetError."""
        self._sizes = [cached_size(image.size, longest_side) for image in images]
        ends = np.cumsum([3 * width * height for width, height in self._sizes], dtype=np.int64)
        self._starts = np.concatenate([[0], ends])
        key = hashlib.sha256(
            json.dumps([longest_side, [_identity(image) for image in images]]).encode()
        ).hexdigest()[:16]
        path = folder / f"images-{key}.rgb"
        if not path.is_file() or path.stat().st_size != self._starts[-1]:
            with output_errors(path):
                folder.mkdir(parents=True, exist_ok=True)
                self._make(images, path)
        self._path = path
        self._pixels = np.memmap(path, np.uint8, "r")

    def __reduce__(self) -> tuple[object, ...]:
        """A process that loads pictures opens the file itself: mapped ones would be copied."""
        return _opened_again, (self._sizes, self._starts, self._path)

    def __getitem__(self, position: int) -> NDArray[np.uint8]:
        """(H, W, 3) uint8; its labels are in pixels of the file, scale them by `scale`."""
        width, height = self._sizes[position]
        start = self._starts[position]
        pixels: NDArray[np.uint8] = self._pixels[start : start + 3 * width * height]
        return pixels.reshape(height, width, 3)

    def _make(self, images: Sequence[LabelledImage], path: Path) -> None:
        part = own_part(path)
        _reserve(part, int(self._starts[-1]))
        self._fill(images, part)
        part.replace(path)

    def _fill(self, images: Sequence[LabelledImage], part: Path) -> None:
        """Write all pictures into `part`.

        Windows renames no file that is mapped: the map ends with this call.
        """
        pixels = np.memmap(part, np.uint8, "r+", shape=(int(self._starts[-1]),))

        def fill(position: int) -> None:
            rgb = read_picture(images[position].path, images[position].size)
            width, height = self._sizes[position]
            if rgb.shape[1::-1] != (width, height):
                rgb = shrink(rgb, (width, height))
            start = self._starts[position]
            pixels[start : start + rgb.size] = rgb.reshape(-1)

        with ThreadPoolExecutor(2) as pool:
            for _ in tqdm(
                pool.map(fill, range(len(images))),
                "caching",
                len(images),
                unit="image",
                leave=False,
            ):
                pass
        pixels.flush()


def _opened_again(
    sizes: list[tuple[int, int]], starts: NDArray[np.int64], path: Path
) -> ImageCache:
    cache = ImageCache.__new__(ImageCache)
    cache._sizes, cache._starts, cache._path = sizes, starts, path
    cache._pixels = np.memmap(path, np.uint8, "r")
    return cache


def _reserve(path: Path, size_bytes: int) -> None:
    """Make a file of a size that the disk has room for: a mapped one may not find it full."""
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size_bytes)
        else:
            file.truncate(size_bytes)


def _identity(image: LabelledImage) -> list[object]:
    """What changes when the picture does."""
    try:
        state = image.path.stat()
    except OSError as error:
        raise DatasetError(
            f"{image.path}: cannot be read ({error.strerror}), but the data set names it; "
            "--images names the folder of the pictures"
        ) from error
    return [str(image.path), *image.size, state.st_size, state.st_mtime_ns]


def read_picture(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8, of the size (width, height) px that its labels are in. Raises DatasetError.

    Pictures that say how they are to be turned are turned, as every viewer does; but not where
    the labels are in the size before.
    """
    for flags in (cv2.IMREAD_COLOR_RGB, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION):
        rgb = read_rgb(path, flags)
        if rgb.shape[1::-1] == size:
            return rgb
    height, width = rgb.shape[:2]
    raise DatasetError(
        f"{path}: is {width} x {height} px, but its labels are in {size[0]} x {size[1]} px"
    )


def read_rgb(path: Path, flags: int = cv2.IMREAD_COLOR_RGB) -> NDArray[np.uint8]:
    """A picture file as (H, W, 3) uint8, turned as it says. Raises DatasetError."""
    try:
        image = cv2.imdecode(np.fromfile(path, np.uint8), flags) if path.is_file() else None
    except (OSError, cv2.error):
        image = None
    if image is None:
        raise DatasetError(
            f"{path}: cannot be read as a picture, but the data set names it; "
            "--images names the folder of the pictures"
        )
    return np.asarray(image, np.uint8)


def shrink(rgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture at a smaller (width, height) px."""
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def cached_size(size: tuple[int, int], longest_side: int) -> tuple[int, int]:
    """(width, height) px at which a picture is kept: no side longer than `longest_side`."""
    ratio = min(1.0, longest_side / max(size))
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))
