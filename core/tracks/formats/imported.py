"""Labels of any tool as what a person says of the frames of a clip."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from core.errors import DatasetError
from core.skeleton import COCO_17
from core.tracks.formats.coco_labels import PROPOSED
from core.tracks.formats.labelled import frame_number
from core.tracks.formats.labels import read_labels
from core.tracks.improve.proposals import WHYS, Why
from core.tracks.improve.truth import FrameTruth, truth_from_coco

_KEEPS_SIZE = 1  # px by which a tool may round


@dataclass(frozen=True, slots=True)
class ImportedLabels:
    """Frames with everybody in them, and why they were proposed."""

    truths: dict[int, FrameTruth]
    whys: dict[int, Why]


def imported_labels(
    path: Path, frame_count: int, size: tuple[int, int] | None = None
) -> ImportedLabels:
    """Read labels; a picture's frame is the last number in its name, or else its id.

    Raises DatasetError where they are not of a clip of so many frames and of this picture size
    (width, height px).
    """
    labels = read_labels(path, COCO_17)
    truths: dict[int, FrameTruth] = {}
    whys: dict[int, Why] = {}
    for image in labels.images:
        own = image["id"] if isinstance(image["id"], int) else -1
        frame = frame_number(image["file_name"], own)
        if not 0 <= frame < frame_count:
            raise DatasetError(
                f"{path}: {image['file_name']} would be frame {frame}; the clip has "
                f"{frame_count}, and pictures are to be named by their frame, such as 000012.jpg"
            )
        if size is not None and _differs((image["width"], image["height"]), size):
            raise DatasetError(
                f"{path}: {image['file_name']} has {image['width']}x{image['height']} px, the clip "
                f"{size[0]}x{size[1]}; labels of its own frames are needed"
            )
        if frame in truths:
            raise DatasetError(
                f"{path}: {image['file_name']} is the second picture of frame {frame}; the labels "
                "of one clip are needed, with one picture a frame"
            )
        truths[frame] = truth_from_coco(labels.people[image["id"]])
        why = image.get(PROPOSED)
        whys[frame] = cast(Why, why) if why in WHYS else "chosen"
    if not truths:
        raise DatasetError(f"{path}: names no pictures")
    return ImportedLabels(truths, whys)


def _differs(given: tuple[int, int], size: tuple[int, int]) -> bool:
    return any(abs(a - b) > _KEEPS_SIZE for a, b in zip(given, size, strict=True))
