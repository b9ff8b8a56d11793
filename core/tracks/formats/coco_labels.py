"""Tracks as COCO labels to be corrected and learned from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.jpeg import encode_jpeg
from core.part_file import PartFile
from core.skeleton import BODY_SHARE, COCO_17
from core.tracks.edits.log import HIDDEN
from core.tracks.formats.json_files import flat_triples, seen_keypoints
from core.tracks.table import NOBODY, TrackTable

# COCO's flags of a keypoint that is seen, and of one that is labelled all the same.
_VISIBLE, _HIDDEN = 2, 1
PROPOSED = "proposed"  # why a picture was proposed


def frames_corrected(corrected: Mapping[tuple[int, int], Sequence[str]], count: int) -> list[int]:
    """Frames in which keypoints were corrected; at most `count`, spread evenly over them."""
    frames = sorted({frame for frame, _ in corrected})
    return [int(span[len(span) // 2]) for span in np.array_split(frames, min(count, len(frames)))]


def write_picture(folder: Path, frame: int, rgb: NDArray[np.uint8]) -> tuple[str, tuple[int, int]]:
    """A frame (H, W, 3) as a JPEG; its name and its width, height px. Raises OutputError."""
    name = f"{frame:06d}.jpg"
    with PartFile(folder / name) as file:
        file.write(encode_jpeg(rgb))
    return name, (rgb.shape[1], rgb.shape[0])


def coco_labels(
    table: TrackTable,
    pictures: Mapping[int, tuple[str, tuple[int, int]]],
    corrected: Mapping[tuple[int, int], Sequence[str]] | None = None,
    whys: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """A COCO keypoints data set of the frames in `pictures`: file name and width, height px.

    Keypoints that the tracks hold are labelled as visible, the others are 0, 0, 0; those that a
    person marked hidden, by frame and id among the names in `corrected`, as hidden. `whys` says of
    frames why they were proposed.
    """
    rows = np.flatnonzero((table.ids != NOBODY) & np.isin(table.frames, list(pictures)))
    return {
        "images": [
            {"id": frame, "file_name": name, "width": width, "height": height}
            | ({PROPOSED: whys[frame]} if whys and whys.get(frame) else {})
            for frame, (name, (width, height)) in pictures.items()
        ],
        "annotations": [
            _person(table, row, number, corrected or {})
            for number, row in enumerate(rows.tolist(), start=1)
        ],
        "categories": [person_category()],
    }


def person_category() -> dict[str, Any]:
    """What COCO says of people."""
    return {
        "id": 1,
        "name": "person",
        "supercategory": "person",
        "keypoints": list(COCO_17.names),
        "skeleton": [[a + 1, b + 1] for a, b in COCO_17.limbs],
    }


def _person(
    table: TrackTable,
    row: int,
    number: int,
    corrected: Mapping[tuple[int, int], Sequence[str]],
) -> dict[str, Any]:
    points, scores = seen_keypoints(table, row)
    mine = corrected.get((int(table.frames[row]), int(table.ids[row])), ())
    hidden = np.isin(COCO_17.names, list(mine)) & (scores == HIDDEN)
    flags = np.where(np.isfinite(scores), np.where(hidden, _HIDDEN, _VISIBLE), np.nan)
    x1, y1, x2, y2 = np.round(table.boxes[row].astype(float), 2).tolist()
    return {
        "id": number,
        "image_id": int(table.frames[row]),
        "category_id": 1,
        "bbox": [x1, y1, round(x2 - x1, 2), round(y2 - y1, 2)],
        "area": round(BODY_SHARE * (x2 - x1) * (y2 - y1), 2),
        "iscrowd": 0,
        "num_keypoints": int(np.isfinite(scores).sum()),
        "keypoints": flat_triples(points, flags, 0.0),
    }
