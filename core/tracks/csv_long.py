"""The main result: a CSV file with one row a frame and person.

`frame,time_s,track_id,score,x1,y1,x2,y2,nose_x,nose_y,nose_score,...`: pixels of the upright
frame, seconds since the first frame. A frame without people has one row with empty person
cells; the three cells of a keypoint that was not seen are empty. Decimals are dots everywhere.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import OutputError, TableError
from core.part_file import PartFile
from core.skeleton import COCO_17, Skeleton, skeleton_named
from core.tracks.table import NOBODY, TrackTable
from core.types import FloatArray

_PERSON = ("track_id", "score", "x1", "y1", "x2", "y2")
GAP = "gap_before_s"  # the column that says how long there were no pictures before a frame
CORRECTED = "corrected"  # the column that names the keypoints that a person corrected
MODE = "mode"  # the column that says how a governed live run looked for people
_MOST = 2**31  # frames, ids, pixels
_FIRST = ("frame", "time_s", *_PERSON)
_PARTS = ("x", "y", "score")  # of a keypoint


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """What is written into tables of tracks."""

    # Confidence threshold of keypoints: weaker ones are empty cells (0 to 1)
    keypoint_threshold: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.keypoint_threshold <= 1:
            raise ValueError(f"keypoint_threshold must be in [0, 1], got {self.keypoint_threshold}")


def csv_header(skeleton: Skeleton) -> str:
    """The first line, without its line end."""
    keypoints = (f"{name}_{part}" for name in skeleton.names for part in _PARTS)
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
        skeleton: Skeleton,
        keypoint_threshold: float = 0.0,
        gaps: bool = False,
        modes: bool = False,
        corrected: bool = False,
    ) -> None:
        self._file = file
        self._skeleton = skeleton
        self._threshold = keypoint_threshold
        self._gaps = gaps  # whether there is a last column for the times without pictures
        self._modes = modes  # whether one after it says how people were looked for
        self._corrected = corrected  # whether there is one that names corrected keypoints
        extra = f",{GAP}" * gaps + f",{MODE}" * modes + f",{CORRECTED}" * corrected
        file.write(f"{csv_header(skeleton)}{extra}\n".encode())

    def write(
        self,
        table: TrackTable,
        gap_s: float = 0.0,
        mode: str = "",
        corrected: Sequence[str] = (),
    ) -> None:
        """Append the rows of whole frames, before which the source was away for `gap_s`.

        `corrected` is one cell a row, or nothing. A person of another skeleton is refused.
        """
        if table.keypoint_scores.shape[1] != len(self._skeleton):
            table = self._without_people(table)
        extra = "," * self._gaps + (f"{gap_s:.6f}" if self._gaps and gap_s > 0 else "")
        extra += f",{mode}" if self._modes else ""
        lines = csv_lines(table, self._threshold)
        marks = corrected or [""] * len(table)
        last = [f",{mark}" if self._corrected else "" for mark in marks]
        text = "".join(f"{line}{extra}{end}\n" for line, end in zip(lines, last, strict=True))
        self._file.write(text.encode())

    def _without_people(self, table: TrackTable) -> TrackTable:
        """Rows of frames without people, for this file. Raises OutputError where there are some."""
        if (table.ids != NOBODY).any():
            found, count = table.skeleton, len(self._skeleton)
            raise OutputError(
                f"{self._file.path}: was begun with {count} keypoints a person "
                f"({self._skeleton.name}), and now there are {len(found)} ({found.name}); "
                "begin another file with this network"
            )
        empty = np.full((len(table), len(self._skeleton)), np.nan, np.float32)
        keypoints = np.repeat(empty[..., None], 2, axis=2)
        return replace(table, keypoints=keypoints, keypoint_scores=empty)


def write_track_csv(
    path: Path,
    table: TrackTable,
    skeleton: Skeleton | None = None,
    keypoint_threshold: float = 0.0,
) -> None:
    """Write a whole table, with the names of its skeleton or of another. Raises OutputError."""
    with PartFile(path) as file:
        TrackCsvWriter(file, skeleton or table.skeleton, keypoint_threshold).write(table)


def read_track_csv(path: Path | str, skeleton: Skeleton | None = None) -> TrackTable:
    """Read what TrackCsvWriter wrote: empty cells become NaN, with keypoint score 0.

    The header tells the skeleton; with `skeleton`, a table of any other is refused. Columns after
    the keypoints, such as those of cleaned tables, are passed over; rows may be in any order.
    Frames of a coarse clock that have one time are spread over it. Raises TableError.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _parse(path, csv.reader(file), skeleton)
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path}: is not a CSV file of tracks ({error})") from error


def _parse(path: Path, lines: Iterable[list[str]], wanted: Skeleton | None) -> TrackTable:
    skeleton, width, known = wanted or COCO_17, 0, 0
    rows: list[list[float]] = []
    numbers: list[int] = []
    for number, cells in enumerate(lines, start=1):
        if number == 1:
            skeleton, width = _skeleton_in(path, cells), len(cells)
            known = len(_FIRST) + len(_PARTS) * len(skeleton)
            if wanted is not None and skeleton.names != wanted.names:
                raise TableError(
                    f"{path}: its skeletons have {len(skeleton)} keypoints ({skeleton.name}); "
                    f"this takes those of {wanted.name} alone"
                )
            continue
        if not cells:
            continue
        if len(cells) != width:
            raise TableError(f"{path}: line {number} has {len(cells)} cells instead of {width}")
        try:
            rows.append(_numbers(cells[:known]))
        except ValueError as error:
            raise TableError(f"{path}: line {number}: {error}") from error
        numbers.append(number)
    if not rows:
        raise TableError(f"{path}: holds no frames")
    values = np.array(rows, np.float64)
    nobody = np.isnan(values[:, 2])
    ids = np.where(nobody, NOBODY, values[:, 2]).astype(np.int64)
    order = np.lexsort((ids, values[:, 0]))
    values, nobody, ids = values[order], nobody[order], ids[order]
    frames = values[:, 0].astype(np.int64)
    _check_order(path, np.array(numbers)[order], frames, values[:, 1], ids)
    body = values[:, len(_FIRST) :].reshape(len(values), len(skeleton), 3)
    scores = np.where(np.isnan(body[..., 2]) & ~nobody[:, None], 0.0, body[..., 2])
    return TrackTable(
        frames=frames,
        times_s=_spread(frames, values[:, 1]),
        ids=ids,
        scores=values[:, 3].astype(np.float32),
        boxes=values[:, 4:8].astype(np.float32),
        keypoints=body[..., :2].astype(np.float32),
        keypoint_scores=scores.astype(np.float32),
        named=skeleton if skeleton.name == "own" else None,
    )


def _skeleton_in(path: Path, header: Sequence[str]) -> Skeleton:
    """Whose keypoints a header names. Raises TableError."""
    names: dict[str, None] = {}  # in order
    for start in range(len(_FIRST), len(header) - len(_PARTS) + 1, len(_PARTS)):
        name = header[start].removesuffix("_x")
        if list(header[start : start + len(_PARTS)]) != [f"{name}_{part}" for part in _PARTS]:
            break
        if name.removesuffix("_raw") in names:  # the raw values of a cleaned table
            break
        names[name] = None
    if tuple(header[: len(_FIRST)]) != _FIRST or not names:
        raise TableError(f"{path}: is not a CSV file of tracks: its header is another one")
    return skeleton_named(list(names))


def _numbers(cells: list[str]) -> list[float]:
    """The cells of a row; NaN for an empty one. Raises ValueError."""
    values = [float(cell) if cell else np.nan for cell in cells]
    for name, cell, value in zip(_FIRST, cells, values, strict=False):
        if name == "track_id" and not cell:
            break
        whole = name in ("frame", "track_id")
        if whole and not (0 <= value < _MOST and value == int(value)):
            raise ValueError(f"{name} must be a whole number of 0 or more, got '{cell}'")
        if name == "time_s" and not np.isfinite(value):
            raise ValueError(f"time_s must be a number of seconds, got '{cell}'")
    for cell, value in zip(cells, values, strict=True):
        if abs(value) > _MOST or (cell and np.isnan(value)):
            raise ValueError(f"'{cell}' is no coordinate or score")
    return values


def _check_order(
    path: Path,
    lines: NDArray[np.int64],
    frames: NDArray[np.int64],
    times_s: NDArray[np.float64],
    ids: NDArray[np.int64],
) -> None:
    """Raises TableError where rows, ordered by frame and id, contradict each other."""
    steps, same = np.diff(times_s), np.diff(frames) == 0
    for wrong, what in (
        (same & (np.diff(ids) == 0), "the same person stands twice in frame {frame}"),
        (same & (steps != 0), "frame {frame} has two times"),
        (~same & (steps < 0), "frame {frame} is earlier than the frame before it"),
    ):
        if wrong.any():
            row = int(wrong.argmax()) + 1
            raise TableError(f"{path}: line {lines[row]}: {what.format(frame=frames[row])}")
    if frames[-1] > frames[0] and times_s[-1] == times_s[0]:
        row = int((frames > frames[0]).argmax())
        raise TableError(
            f"{path}: line {lines[row]}: frame {frames[row]} has the time of frame {frames[0]}, "
            "and so have all others; speeds need true times"
        )


def _spread(frames: NDArray[np.int64], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times of rows; frames that share one, as a clock of 1 ms makes them, up to the next time."""
    _, first, row_of = np.unique(frames, return_index=True, return_inverse=True)
    own = times_s[first]
    _, starts, counts = np.unique(own, return_index=True, return_counts=True)
    if (counts == 1).all():
        return times_s
    usual_s = (own[-1] - own[0]) / (len(own) - counts[-1])
    room_s = np.append(np.diff(own[starts]), np.inf)
    steps_s = np.minimum(room_s / counts, usual_s)
    within = np.arange(len(own)) - np.repeat(starts, counts)
    spread: NDArray[np.float64] = (own + within * np.repeat(steps_s, counts))[row_of]
    return spread


def _rounded(values: FloatArray, decimals: int) -> NDArray[np.float64]:
    """Rounded, and without the -0.0 that would print as -0.00."""
    return (np.round(values.astype(np.float64), decimals) + 0.0).astype(np.float64)
