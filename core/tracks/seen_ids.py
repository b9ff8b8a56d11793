"""The ids that people had on the screen while a recording was made, given to a later analysis."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray

from core.errors import TableError
from core.geometry import box_iou
from core.part_file import is_there
from core.tracks.csv_long import read_track_csv
from core.tracks.joined_index import JoinedIndex
from core.tracks.table import NOBODY
from core.tracks.track_index import TrackIndex
from core.types import FloatArray

LEAST_OVERLAP = 0.5  # of two boxes of the same person in the same frame


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Who was on the screen in a frame: n people."""

    ids: NDArray[np.int64]  # (n,)
    boxes: FloatArray  # (n, 4) px


def live_table(video: Path) -> Path:
    """Where the tracks of the live run are kept beside a recording."""
    return video.with_suffix(".live.csv")


def frame_times(video: Path) -> Path:
    """Where the true times of the frames are kept beside a recording."""
    return video.with_suffix(".times.csv")


def load_seen(video: Path) -> dict[int, Seen]:
    """Frame number in the recording -> who was seen; empty for other videos. Raises TableError."""
    if not (is_there(live_table(video)) and is_there(frame_times(video))):
        return {}
    try:
        with frame_times(video).open(encoding="utf-8", newline="") as file:
            numbers = {int(row["source_frame"]): int(row["frame"]) for row in csv.DictReader(file)}
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise TableError(f"{frame_times(video)}: cannot be read ({error})") from error
    table = read_track_csv(live_table(video))
    found = {}
    for index in np.unique(table.frames).tolist():
        rows = (table.frames == index) & (table.ids != NOBODY)
        if index in numbers:
            found[numbers[index]] = Seen(table.ids[rows], table.boxes[rows])
    return found


def carried_ids(index: TrackIndex | JoinedIndex, seen: Mapping[int, Seen]) -> dict[int, int]:
    """Id of the analysis -> id on the screen, for the people who were most often in one place.

    Others get ids that nobody had.
    """
    new_ids = np.unique(index.ids)
    old_ids = np.unique(np.concatenate([np.zeros(0, np.int64), *(s.ids for s in seen.values())]))
    votes = np.zeros((len(new_ids), len(old_ids)))
    starts = np.searchsorted(index.frames, list(seen))
    ends = np.searchsorted(index.frames, list(seen), side="right")
    for start, end, people in zip(starts, ends, seen.values(), strict=True):
        if start == end or len(people.ids) == 0:
            continue
        overlap = box_iou(index.boxes[start:end], people.boxes)
        for row, column in zip(*np.nonzero(overlap >= LEAST_OVERLAP), strict=True):
            at = np.searchsorted(new_ids, index.ids[start + row])
            votes[at, np.searchsorted(old_ids, people.ids[column])] += 1
    rows, columns = scipy.optimize.linear_sum_assignment(votes, maximize=True)
    result = {
        int(new_ids[row]): int(old_ids[column])
        for row, column in zip(rows, columns, strict=True)
        if votes[row, column] > 0
    }
    free = int(max([0, *old_ids.tolist(), *new_ids.tolist()])) + 1
    for new_id in new_ids.tolist():
        if new_id not in result:
            result[new_id] = free
            free += 1
    return result
