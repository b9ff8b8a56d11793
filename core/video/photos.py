"""Tells photos, each of which stands alone, from a film that is kept as a folder of images."""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from core.video.source import CaptureSettings
from core.video.stills import list_stills, read_still

ImagesAs = Literal["auto", "film", "photos"]

_PAIRS = 8  # of neighbours are looked at, spread over the folder
_SIDE = 32  # px of the small pictures that are compared
_ALIKE = 0.5  # correlation of neighbours in a film; a pan of an eighth of the width keeps it
_LONGEST_STEP_S = 2.0  # between pictures of a film, as cameras write it: whole seconds
_HEADER_BYTES = 1 << 16  # in which EXIF data stand
_TAKEN = re.compile(rb"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d\0")


def are_photos(source: str, images_as: ImagesAs = "auto") -> bool:
    """Whether a folder of images (or one image) holds photos. Raises SourceError.

    Animations are films; the pages of a stack are compared like the images of a folder.
    Photos are told by sizes that differ, by times of exposure further apart than those of a
    film, and by neighbours that do not look alike.
    """
    if images_as != "auto":
        return images_as == "photos"
    stills = list_stills(source, CaptureSettings())
    if len(stills) < 2:
        return True
    if all(still.animated for still in stills):
        return False
    starts = np.unique(np.linspace(0, len(stills) - 2, _PAIRS).round().astype(int)).tolist()
    pairs = [(stills[start], stills[start + 1]) for start in starts]
    steps_s = [step for a, b in pairs if (step := _step_s((a.path, b.path))) is not None]
    if len(steps_s) == len(pairs) and median(steps_s) > _LONGEST_STEP_S:
        return True
    sizes, likeness = set(), []
    for pair in pairs:
        pictures = [picture for still in pair if (picture := read_still(still)) is not None]
        sizes |= {picture.shape for picture in pictures}
        if len(pictures) == 2:
            likeness.append(_likeness(pictures))
    return len(sizes) > 1 or (bool(likeness) and median(likeness) < _ALIKE)


def _likeness(pictures: Sequence[NDArray[np.uint8]]) -> float:
    """Correlation of the brightness of two pictures, in [-1, 1]."""
    if pictures[0].shape != pictures[1].shape:
        return 0.0
    first, second = (_small(picture) for picture in pictures)
    spread = float(np.sqrt((first**2).sum() * (second**2).sum()))
    if spread < 1e-6:  # at least one picture is all of one grey
        return 1.0 if np.array_equal(pictures[0], pictures[1]) else 0.0
    return float((first * second).sum()) / spread


def _small(picture: NDArray[np.uint8]) -> FloatArray:
    """Brightness on few pixels, with a mean of 0."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    centred: FloatArray = small - small.mean()
    return centred


def _step_s(pair: tuple[Path, Path]) -> float | None:
    """Seconds between two exposures, where both pictures tell theirs."""
    times = [_taken(path) for path in pair]
    steps = [
        abs((later - earlier).total_seconds())
        for earlier, later in pairwise(times)
        if earlier is not None and later is not None
    ]
    return steps[0] if steps else None


def _taken(path: Path) -> datetime | None:
    """When a picture was taken: the first of the times in its EXIF data; later ones are edits."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError:
        return None
    if b"Exif\0" not in header:
        return None
    times = []
    for found in _TAKEN.findall(header):
        try:
            times.append(datetime.strptime(found[:-1].decode(), "%Y:%m:%d %H:%M:%S"))
        except ValueError:
            continue  # such as 0000:00:00 00:00:00
    return min(times, default=None)
