"""A folder of images, or one image of many pages, as a sequence of pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.video.depth import Deep, Whites, common_whites, rgb_of, white_of
from core.video.source import CaptureSettings, image_files, read_image
from core.video.tiff_pages import thumbnail_pages

_PAGED = frozenset({".tif", ".tiff"})
_ANIMATED = {".png": b"acTL", ".webp": b"ANIM"}  # chunks that stand before the first picture
_HEADER_BYTES = 1 << 16
_DEEP = frozenset({".png", ".tif", ".tiff"})  # may have more than 8 bits
_PNG_DEPTH = slice(24, 25)  # of a file: its bits a channel
_LOOKED_AT = 32  # pictures of a sequence, for what is white in it
_CHECKED_BYTES = 300_000_000  # of a folder, decoded to know which images are damaged
_ENDS = {".png": b"IEND", ".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9"}  # others: by their header
_END_BYTES = 64


@dataclass(frozen=True, slots=True)
class Still:
    """One picture of a sequence of images."""

    path: Path
    time_s: float  # since the first, damaged ones included
    page: int | None = None  # of a file with several
    animated: bool = False
    whites: Whites = field(default_factory=dict, compare=False, repr=False)  # of the sequence


def list_stills(source: str, settings: CaptureSettings) -> list[Still]:
    """All images and pages, damaged ones included. Raises SourceError.

    Each is shown for `1 / image_rate_hz`; those of an animation as long as it says.
    """
    stills: list[Still] = []
    animated_s, others = 0.0, 0  # of what came before: time that was stated, pictures without
    for path in image_files(source):
        for number, duration_s in _pages(path):
            time_s = animated_s + others / settings.image_rate_hz
            stills.append(Still(path, time_s / settings.time_scale, number, duration_s is not None))
            animated_s += duration_s or 0.0
            others += not duration_s
    whites = _whites(stills)
    return [replace(still, whites=whites) for still in stills] if whites else stills


def readable_stills(source: str, settings: CaptureSettings, exact: bool = False) -> list[Still]:
    """The images and pages that are not damaged. Raises SourceError.

    Of a very large folder, unless `exact`, only those are decoded for it that lack their end.
    """
    stills = list_stills(source, settings)
    size_bytes = sum(path.stat().st_size for path in {still.path for still in stills})
    if exact or size_bytes < _CHECKED_BYTES:
        return [still for still in stills if read_still(still) is not None]
    return [still for still in stills if _has_end(still.path) or read_still(still) is not None]


def read_still(still: Still) -> NDArray[np.uint8] | None:
    """One picture as upright RGB (H, W, 3), as bright as the others; None where it is damaged."""
    image = _decoded(still)
    return None if image is None else rgb_of(image, still.whites)


def _decoded(still: Still) -> NDArray[np.generic] | None:
    """One picture as deep as it is; None where it is damaged."""
    if still.page is None:
        return read_image(still.path)
    if still.animated:
        animation = _animation(still.path)
        return None if animation is None else animation.frames[still.page]
    try:
        data = np.memmap(still.path, np.uint8, "r")
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
        done, pages = cv2.imdecodemulti(data, flags, range=(still.page, still.page + 1))
    except (OSError, ValueError, cv2.error):
        return None
    return pages[0] if done and pages else None


def _whites(stills: Sequence[Still]) -> Whites:
    """What is white in all of several pictures, out of a look at some of them."""
    deep = [still for still in stills if still.path.suffix.lower() in _DEEP]
    if len(deep) < 2:
        return {}
    places = np.linspace(0, len(deep) - 1, _LOOKED_AT).round().astype(int)
    some = tuple(deep[place] for place in np.unique(places).tolist())
    return _whites_lately(some, tuple(_changed_ns(still.path) for still in some))


@lru_cache(maxsize=8)
def _whites_lately(some: tuple[Still, ...], changed_ns: tuple[int, ...]) -> Whites:
    first = (some[0], some[len(some) // 2], some[-1])
    if not any(_white(still) for still in first):
        return {}
    return common_whites([white for still in some if (white := _white(still)) is not None])


def _white(still: Still) -> tuple[Deep, float] | None:
    if still.path.suffix.lower() == ".png" and _header(still.path)[_PNG_DEPTH] != b"\x10":
        return None
    image = _decoded(still)
    return None if image is None else white_of(image)


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _pages(path: Path) -> list[tuple[int | None, float | None]]:
    """The number of each page, None of the only one; how long it is shown, where that is said."""
    suffix = path.suffix.lower()
    if suffix in _PAGED:
        try:
            count = cv2.imcount(str(path))
        except cv2.error:
            count = 1
        if count > 1:
            small = thumbnail_pages(path)
            pages = [page for page in range(count) if page not in small] or [0]
            return [(None if pages == [0] else page, None) for page in pages]
    if suffix in _ANIMATED and _ANIMATED[suffix] in _header(path):
        animation = _animation(path)
        if animation is not None and len(animation.frames) > 1:
            return [(n, float(shown) / 1000) for n, shown in enumerate(animation.durations)]
    return [(None, None)]


def _animation(path: Path) -> "cv2.Animation | None":
    try:
        return _decoded_animation(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=1)
def _decoded_animation(path: Path, changed_ns: int) -> "cv2.Animation | None":
    try:
        done, animation = cv2.imdecodeanimation(np.frombuffer(path.read_bytes(), np.uint8))
    except cv2.error:
        return None
    return animation if done else None


def _has_end(path: Path) -> bool:
    """Whether an image begins, and as far as that can be seen ends, as it should."""
    end = _ENDS.get(path.suffix.lower(), b"")
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _END_BYTES))
            found = end in file.read()
    except OSError:
        return False
    return found and cv2.haveImageReader(str(path))


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEADER_BYTES)
    except OSError:
        return b""
