"""A folder of images, or one image of many pages, as a sequence of pictures."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.video.depth import rgb_of
from core.video.source import CaptureSettings, image_files, read_image
from core.video.tiff_pages import thumbnail_pages

_PAGED = frozenset({".tif", ".tiff"})
_ANIMATED = {".png": b"acTL", ".webp": b"ANIM"}  # chunks that stand before the first picture
_HEADER_BYTES = 1 << 16
_CHECKED_BYTES = 300_000_000  # of a folder, read whole to know which images are damaged


@dataclass(frozen=True, slots=True)
class Still:
    """One picture of a sequence of images."""

    path: Path
    time_s: float  # since the first, damaged ones included
    page: int | None = None  # of a file with several
    animated: bool = False


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
    return stills


def readable_stills(source: str, settings: CaptureSettings) -> list[Still]:
    """The images and pages that are not damaged. Raises SourceError.

    In very large folders only the headers of the images are looked at.
    """
    stills = list_stills(source, settings)
    whole = sum(path.stat().st_size for path in {still.path for still in stills}) < _CHECKED_BYTES
    if whole:
        return [still for still in stills if read_still(still) is not None]
    return [still for still in stills if cv2.haveImageReader(str(still.path))]


def read_still(still: Still) -> NDArray[np.uint8] | None:
    """One picture as upright RGB (H, W, 3); None where it is damaged."""
    if still.page is None:
        return read_image(still.path)
    if still.animated:
        animation = _animation(still.path)
        return None if animation is None else rgb_of(animation.frames[still.page])
    try:
        data = np.memmap(still.path, np.uint8, "r")
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
        done, pages = cv2.imdecodemulti(data, flags, range=(still.page, still.page + 1))
    except (OSError, ValueError, cv2.error):
        return None
    return rgb_of(pages[0]) if done and pages else None


def _pages(path: Path) -> list[tuple[int | None, float | None]]:
    """The number of each page (None of the only one) and how long it is shown, if that is said."""
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


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEADER_BYTES)
    except OSError:
        return b""
