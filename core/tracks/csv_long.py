"""The main result: a CSV file with one row a frame and person.

`frame,time_s,track_id,score,x1,y1,x2,y2,nose_x,nose_y,nose_score,...`: pixels of the upright
frame, seconds since the first frame. A frame without people has one row with empty person
cells; the three cells of a keypoint that was not seen are empty. Decimals are dots everywhere.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import TableError
from core.part_file import PartFile
from core.skeleton import COCO_17, Skeleton
from core.tracks.table import NOBODY, TrackTable
from core.types import FloatArray

_PERSON = ("track_id", "score", "x1", "y1", "x2", "y2")
GAP = "gap_before_s"  # the column that says how long there were no pictures before a frame
_FIRST = ("frame", "time_s", *_PERSON)


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """What is written of the tracks."""

    keypoint_threshold: float = 0.1  # weaker keypoints are empty cells

    def __post_init__(self) -> None:
        if not 0 <= self.keypoint_threshold <= 1:
            raise ValueError(f"keypoint_threshold must be in [0, 1], got {self.keypoint_threshold}")


def csv_header(skeleton: Skeleton = COCO_17) -> str:
    """The first line, without its line end."""
    keypoints = (f"{name}_{part}" for name in skeleton.names for part in ("x", "y", "score"))
    return ",".join((*_FIRST, *keypoints))


def csv_lines(table: TrackTable, keypoint_threshold: float = 0.0) -> Iterator[str]:
    """The rows of a table as lines without line ends.

    Keypoints with a score of 0 or below the threshold count as not seen. Times have 6 decimals,
    pixels 2 and scores 4.
    """
    empty = "," * (len(_PERSON) + 3 * table.keypoint_scores.shape[1] - 1)
    scores = table.keypoint_scores
    seen = (scores > 0) & (scores >= keypoint_threshold) & np.isfinite(table.keypoints).all(axis=2)
    boxes = _rounded(table.boxes, 2)
    keypoints = _rounded(table.keypoints, 2)
    for row, (frame, time_s, person) in enumerate(
        zip(table.frames.tolist(), table.times_s.tolist(), table.ids.tolist(), strict=True)
    ):
        start = f"{frame},{time_s:.6f}"
        if person == NOBODY:
            yield f"{start},{empty}"
            continue
        box = ",".join(f"{value:.2f}" for value in boxes[row].tolist())
        body = ",".join(
            f"{x:.2f},{y:.2f},{score:.4f}" if visible else ",,"
            for (x, y), score, visible in zip(
                keypoints[row].tolist(), scores[row].tolist(), seen[row].tolist(), strict=True
            )
        )
        yield f"{start},{person},{table.scores[row]:.4f},{box},{body}"


class TrackCsvWriter:
    """Streams tables into an open file: the header at once, then the rows of whole frames.

    Both raise OutputError.
    """

    def __init__(
        self,
        file: PartFile,
        skeleton: Skeleton = COCO_17,
        keypoint_threshold: float = 0.0,
        gaps: bool = False,
    ) -> None:
        self._file = file
        self._threshold = keypoint_threshold
        self._gaps = gaps  # whether there is a last column for the times without pictures
        extra = f",{GAP}" if gaps else ""
        file.write(f"{csv_header(skeleton)}{extra}\n".encode())

    def write(self, table: TrackTable, gap_s: float = 0.0) -> None:
        """Append the rows of whole frames, before which the source was away for `gap_s`."""
        extra = "," * self._gaps + (f"{gap_s:.6f}" if self._gaps and gap_s > 0 else "")
        lines = csv_lines(table, self._threshold)
        self._file.write("".join(f"{line}{extra}\n" for line in lines).encode())


def write_track_csv(
    path: Path,
    table: TrackTable,
    skeleton: Skeleton = COCO_17,
    keypoint_threshold: float = 0.0,
) -> None:
    """Write a whole table. Raises OutputError."""
    with PartFile(path) as file:
        TrackCsvWriter(file, skeleton, keypoint_threshold).write(table)


def read_track_csv(path: Path, skeleton: Skeleton = COCO_17) -> TrackTable:
    """Read what TrackCsvWriter wrote: empty cells become NaN, with keypoint score 0.

    Columns behind the known ones, such as those of cleaned tables, are passed over.
    Raises TableError.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return _parse(path, csv.reader(file), skeleton)
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path}: is not a CSV file of tracks ({error})") from error


def _parse(path: Path, lines: Iterable[list[str]], skeleton: Skeleton) -> TrackTable:
    header = csv_header(skeleton).split(",")
    width = len(header)
    rows: list[list[float]] = []
    for number, cells in enumerate(lines, start=1):
        if number == 1:
            if cells[: len(header)] != header:
                raise TableError(f"{path}: is not a CSV file of tracks: its header is another one")
            width = len(cells)
            continue
        if len(cells) != width:
            raise TableError(f"{path}: line {number} has {len(cells)} cells instead of {width}")
        try:
            rows.append([float(cell) if cell else np.nan for cell in cells[: len(header)]])
        except ValueError as error:
            raise TableError(f"{path}: line {number}: {error}") from error
    if not rows:
        raise TableError(f"{path}: holds no frames")
    values = np.array(rows, np.float64)
    nobody = np.isnan(values[:, 2])
    body = values[:, len(_FIRST) :].reshape(len(values), len(skeleton), 3)
    scores = np.where(np.isnan(body[..., 2]) & ~nobody[:, None], 0.0, body[..., 2])
    return TrackTable(
        frames=values[:, 0].astype(np.int64),
        times_s=values[:, 1],
        ids=np.where(nobody, NOBODY, values[:, 2]).astype(np.int64),
        scores=values[:, 3].astype(np.float32),
        boxes=values[:, 4:8].astype(np.float32),
        keypoints=body[..., :2].astype(np.float32),
        keypoint_scores=scores.astype(np.float32),
    )


def _rounded(values: FloatArray, decimals: int) -> NDArray[np.float64]:
    """Rounded, and without the -0.0 that would print as -0.00."""
    return (np.round(values.astype(np.float64), decimals) + 0.0).astype(np.float64)
