"""Tracks as COCO labels to be corrected and learned from, and which frames are worth it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.skeleton import BODY_SHARE, COCO_17
from core.tracks.edits.log import HIDDEN
from core.tracks.formats.json_files import flat_triples, seen_keypoints
from core.tracks.table import NOBODY, TrackTable, frame_starts

_VISIBLE, _HIDDEN = (
    2,
    1,
)  # COCO's flags of a keypoint that is seen, and that is labelled all the same


def frames_to_label(table: TrackTable, count: int) -> list[int]:
    """The least sure frame of each of `count` equal spans of the frames with people.

    So the frames are spread over the clip and show what the network does badly. A frame is as
    sure as its keypoints are on average, where an unseen one counts as 0.
    """
    people = table[table.ids != NOBODY]
    starts = frame_starts(people.frames)
    if len(starts) == 0:
        return []
    sure = np.nan_to_num(people.keypoint_scores).mean(axis=1)
    sums = np.add.reduceat(sure, starts)
    means = sums / np.diff(np.append(starts, len(people)))
    spans = np.array_split(np.arange(len(starts)), min(count, len(starts)))
    chosen = [int(span[means[span].argmin()]) for span in spans]
    return [int(people.frames[starts[row]]) for row in chosen]


def frames_corrected(corrected: Mapping[tuple[int, int], Sequence[str]], count: int) -> list[int]:
    """Frames in which keypoints were corrected; at most `count`, spread evenly over them."""
    frames = sorted({frame for frame, _ in corrected})
    return [int(span[len(span) // 2]) for span in np.array_split(frames, min(count, len(frames)))]


def coco_labels(
    table: TrackTable,
    pictures: Mapping[int, tuple[str, tuple[int, int]]],
    corrected: Mapping[tuple[int, int], Sequence[str]] | None = None,
) -> dict[str, Any]:
    """A COCO keypoints data set of the frames in `pictures`: file name and width, height px.

    Keypoints that the tracks hold are labelled as visible, the others are 0, 0, 0; those that a
    person marked hidden, by frame and id among the names in `corrected`, as hidden.
    """
    rows = np.flatnonzero((table.ids != NOBODY) & np.isin(table.frames, list(pictures)))
    return {
        "images": [
            {"id": frame, "file_name": name, "width": width, "height": height}
            for frame, (name, (width, height)) in pictures.items()
        ],
        "annotations": [
            _person(table, row, number, corrected or {})
            for number, row in enumerate(rows.tolist(), start=1)
        ],
        "categories": [
            {
                "id": 1,
                "name": "person",
                "supercategory": "person",
                "keypoints": list(COCO_17.names),
                "skeleton": [[a + 1, b + 1] for a, b in COCO_17.limbs],
            }
        ],
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
