"""CSV in other shapes than the long one: wide, very long, and with decimal commas."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.part_file import PartFile
from core.skeleton import Skeleton
from core.tracks.csv_long import csv_header, csv_lines
from core.tracks.formats.people import frames_of, people_of
from core.tracks.table import NOBODY, TrackTable


@dataclass(frozen=True, slots=True)
class Signs:
    """How cells and decimals are parted: `;` goes with a decimal comma."""

    decimal_comma: bool = False

    def line(self, text: str) -> str:
        """A line written with `,` between cells and `.` in numbers, in these signs.

        Names of keypoints hold neither sign, so nothing is quoted.
        """
        return text.replace(",", ";").replace(".", ",") if self.decimal_comma else text


def write_long(path: Path, tables: Iterable[TrackTable], skeleton: Skeleton, signs: Signs) -> None:
    """The main table, one row a frame and person. Raises OutputError."""
    lines = (line for table in tables for line in csv_lines(table))
    _write(path, csv_header(skeleton), lines, signs)


def write_wide(path: Path, table: TrackTable, skeleton: Skeleton, signs: Signs) -> None:
    """One row a frame: `frame,time_s`, then `p1_score,p1_x1,...,p1_nose_x,...` for every id.

    Raises OutputError.
    """
    people = people_of(table)
    one = csv_header(skeleton).split(",")[3:]
    header = ["frame", "time_s", *(f"p{p.track_id}_{name}" for p in people for name in one)]
    _write(path, ",".join(header), _wide_lines(table), signs)


def _wide_lines(table: TrackTable) -> Iterator[str]:
    people = people_of(table)
    cells = [
        np.concatenate(
            [
                person.scores[:, None],
                person.boxes,
                np.concatenate(
                    [person.keypoints, person.keypoint_scores[..., None]], axis=2
                ).reshape(len(person.scores), -1),
            ],
            axis=1,
        )
        for person in people
    ]
    joints = table.keypoint_scores.shape[1]
    decimals = [4, 2, 2, 2, 2, *([2, 2, 4] * joints)] * len(people)
    frames, times_s = frames_of(table)
    for row, (frame, time_s) in enumerate(zip(frames.tolist(), times_s.tolist(), strict=True)):
        values = [value for person in cells for value in person[row].tolist()]
        texts = (number(value, places) for value, places in zip(values, decimals, strict=True))
        yield ",".join((str(frame), f"{time_s:.6f}", *texts))


def write_very_long(
    path: Path, tables: Iterable[TrackTable], skeleton: Skeleton, signs: Signs
) -> None:
    """One row a keypoint: `frame,time_s,track_id,keypoint,x,y,score`. Raises OutputError.

    A frame without people keeps one row; a keypoint that was not seen keeps its row.
    """
    lines = (line for table in tables for line in _very_long_lines(table, skeleton))
    _write(path, "frame,time_s,track_id,keypoint,x,y,score", lines, signs)


def _very_long_lines(table: TrackTable, skeleton: Skeleton) -> Iterator[str]:
    seen = (table.keypoint_scores > 0) & np.isfinite(table.keypoints).all(axis=2)
    for row in range(len(table)):
        start = f"{table.frames[row]},{table.times_s[row]:.6f}"
        if table.ids[row] == NOBODY:
            yield f"{start},,,,,"
            continue
        points, scores = table.keypoints[row].tolist(), table.keypoint_scores[row].tolist()
        for joint, name in enumerate(skeleton.names):
            x, y = points[joint]
            values = f"{number(x, 2)},{number(y, 2)},{number(scores[joint], 4)}"
            yield f"{start},{table.ids[row]},{name},{values if seen[row, joint] else ',,'}"


def number(value: float, decimals: int) -> str:
    """A cell: rounded, never -0, empty for NaN."""
    return "" if value != value else f"{round(value, decimals) + 0.0:.{decimals}f}"


def _write(path: Path, header: str, lines: Iterable[str], signs: Signs) -> None:
    with PartFile(path) as file:
        file.write(f"{signs.line(header)}\n".encode())
        batch: list[str] = []
        for line in lines:
            batch.append(signs.line(line))
            if len(batch) == 256:
                file.write(("\n".join(batch) + "\n").encode())
                batch.clear()
        if batch:
            file.write(("\n".join(batch) + "\n").encode())
