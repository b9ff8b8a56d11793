"""Pictures of a data set as raw pixels in one memory-mapped file, at training size.

Every loader process maps the same file, so the pictures are in memory once, and a run that
starts again reads them at once.
"""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.errors import DatasetError
from core.train.dataset import LabelledImage


class ImageCache:
    """RGB pictures by position in the data set, none longer than `longest_side` px."""

    def __init__(self, images: Sequence[LabelledImage], longest_side: int, folder: Path) -> None:
        """Open the cache of these pictures in `folder`, or make it first. Raises DatasetError."""
        self._sizes = [cached_size(image.size, longest_side) for image in images]
        ends = np.cumsum([3 * width * height for width, height in self._sizes], dtype=np.int64)
        self._starts = np.concatenate([[0], ends])
        key = hashlib.sha256(
            json.dumps([longest_side, [str(image.path) for image in images]]).encode()
        ).hexdigest()[:16]
        path = folder / f"images-{key}.rgb"
        if not path.is_file() or path.stat().st_size != self._starts[-1]:
            folder.mkdir(parents=True, exist_ok=True)
            self._make(images, path)
        self._pixels = np.memmap(path, np.uint8, "r")

    def __getitem__(self, position: int) -> NDArray[np.uint8]:
        """(H, W, 3) uint8; its labels are in pixels of the file, scale them by `scale`."""
        width, height = self._sizes[position]
        start = self._starts[position]
        pixels: NDArray[np.uint8] = self._pixels[start : start + 3 * width * height]
        return pixels.reshape(height, width, 3)

    def _make(self, images: Sequence[LabelledImage], path: Path) -> None:
        part = path.with_suffix(".part")
        pixels = np.memmap(part, np.uint8, "w+", shape=(int(self._starts[-1]),))

        def fill(position: int) -> None:
            rgb = read_rgb(images[position].path)
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
        part.replace(path)


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """A picture file as (H, W, 3) uint8, as stored (no EXIF rotation). Raises DatasetError."""
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    image = cv2.imread(str(path), flags)
    if image is None:
        raise DatasetError(f"{path}: cannot be read as a picture, but the data set names it")
    return np.asarray(image, np.uint8)


def shrink(rgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture at a smaller (width, height) px."""
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def cached_size(size: tuple[int, int], longest_side: int) -> tuple[int, int]:
    """(width, height) px at which a picture is kept: no side longer than `longest_side`."""
    ratio = min(1.0, longest_side / max(size))
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))
