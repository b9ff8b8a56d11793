"""What a folder holds to be processed: videos, or else sequences of images, also in its folders."""

import os
from collections.abc import Iterator
from pathlib import Path

from core.errors import SourceError
from core.file_names import IMAGE_SUFFIXES, is_hidden

# Phones, action cameras, camcorders, broadcast, discs, and what programs export.
VIDEO_SUFFIXES = frozenset(
    {".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".h264", ".h265", ".hevc"}
    | {".insv", ".m1v", ".m2t", ".m2ts", ".m2v", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mod", ".mov"}
    | {".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".nut", ".ogm", ".ogv", ".qt", ".rm"}
    | {".rmvb", ".tod", ".ts", ".vob", ".webm", ".wmv", ".wtv", ".y4m"}
)


def clips_in(folder: Path) -> list[Path]:
    """All videos in a folder and the folders in it; where there are none, the folders with images.

    Names with a dot in front, and links to folders, are passed over. Empty where there is nothing.
    Raises SourceError for a folder that cannot be read.
    """
    videos: list[Path] = []
    sequences: list[Path] = []
    for place, names in _walk(folder):
        suffixes = [Path(name).suffix.lower() for name in names]
        videos += [
            place / name
            for name, suffix in zip(names, suffixes, strict=True)
            if suffix in VIDEO_SUFFIXES
        ]
        if not IMAGE_SUFFIXES.isdisjoint(suffixes):
            sequences.append(place)
    return videos or sequences


def _walk(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """A folder, then the folders in it, each with the names of its files, all in order."""

    def refuse(error: OSError) -> None:
        place = error.filename or folder
        raise SourceError(f"{place}: the folder cannot be read ({error.strerror})") from error

    for place, inner, names in os.walk(folder, onerror=refuse):
        inner[:] = sorted(name for name in inner if not is_hidden(Path(name)))
        yield Path(place), sorted(name for name in names if not is_hidden(Path(name)))
