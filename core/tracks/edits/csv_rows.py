"""The table of a clip with its edits: the same for every road to one, and what it says of them."""

import csv
from collections.abc import Sequence
from pathlib import Path

from core.errors import TableError
from core.part_file import PartFile
from core.skeleton import COCO_17, Skeleton
from core.tracks.csv_long import CORRECTED, TrackCsvWriter
from core.tracks.edits.frame import ALL, corrects_keypoints, shown_frame
from core.tracks.edits.log import Edit
from core.tracks.table import rows_at
from core.types import Tracks


class EditedCsvWriter:
    """Frames in, rows out, hidden people left out.

    The column `corrected` is there where any edit is about keypoints. Both methods raise
    OutputError.
    """

    def __init__(
        self,
        file: PartFile,
        skeleton: Skeleton,
        edits: Sequence[Edit] = (),
        keypoint_threshold: float = 0.0,
    ) -> None:
        self._edits, self._skeleton = tuple(edits), skeleton
        self._marks = corrects_keypoints(edits)
        self._writer = TrackCsvWriter(file, skeleton, keypoint_threshold, corrected=self._marks)

    def write(self, number: int, time_s: float, tracks: Tracks, only: int | None = None) -> None:
        """Append a frame, given its people before all edits; `only` is an id after them."""
        frame = shown_frame(self._edits, number, tracks, self._skeleton)
        frame = frame[frame.tracks.observed]
        if only is not None:
            frame = frame[frame.tracks.ids == only]
        cells = frame.cells(self._skeleton.names) if self._marks else ()
        self._writer.write(rows_at(number, time_s, frame.tracks), corrected=cells)


def read_corrected(
    path: Path, skeleton: Skeleton = COCO_17
) -> dict[tuple[int, int], tuple[str, ...]]:
    """Which keypoints of whom a table says were corrected, by frame and id; nothing without them.

    Raises TableError.
    """
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            for row in rows if CORRECTED in (rows.fieldnames or ()) else ():
                cell = row.get(CORRECTED) or ""
                if cell and row["track_id"]:
                    names = skeleton.names if cell == ALL else tuple(cell.split())
                    found[int(row["frame"]), int(row["track_id"])] = names
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise TableError(f"{path}: its corrections cannot be read ({error})") from error
    return found
