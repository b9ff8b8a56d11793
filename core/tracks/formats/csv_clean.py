"""The main table with cleaned values beside the raw ones and a flag for every keypoint.

The columns of the main table come first; then, for every keypoint, `NAME_raw_x`, `NAME_raw_y`,
`NAME_raw_score` and `NAME_flag`, a sum of 1 filled in, 2 outlier rejected, 4 left and right
exchanged, 8 no value; last `swap_fixed`, 1 in rows in which any keypoint's sides were exchanged.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.part_file import PartFile
from core.skeleton import Skeleton
from core.tracks.clean.recipe import Cleaned
from core.tracks.csv_long import csv_header, csv_lines
from core.tracks.formats.text_tables import Signs, number
from core.tracks.motion import Flag, Motion, table_of
from core.tracks.table import NOBODY, TrackTable


def cleaned_header(skeleton: Skeleton) -> str:
    """The first line, without its line end."""
    parts = ("raw_x", "raw_y", "raw_score", "flag")
    extra = (f"{name}_{part}" for name in skeleton.names for part in parts)
    return ",".join((csv_header(skeleton), *extra, "swap_fixed"))


def cleaned_lines(people: Sequence[Cleaned], original: TrackTable) -> Iterator[str]:
    """Rows by frame, then id, for every frame of the original table."""
    motions = {person.motion.track_id: person.motion for person in people}
    joints = original.keypoint_scores.shape[1]
    table = table_of(list(motions.values()), original)
    for row, line in enumerate(csv_lines(table)):
        track_id = int(table.ids[row])
        if track_id == NOBODY:
            yield f"{line}{',' * (4 * joints + 1)}"
            continue
        motion = motions[track_id]
        at = int(np.searchsorted(motion.frames, table.frames[row]))
        yield f"{line},{_extra(motion, at)}"


def _extra(motion: Motion, at: int) -> str:
    cells = []
    for joint in range(motion.flags.shape[1]):
        x, y = motion.raw[at, joint].tolist()
        score = float(motion.raw_scores[at, joint])
        raw = f"{number(x, 2)},{number(y, 2)},{number(score, 4)}"
        cells.append(f"{raw},{motion.flags[at, joint]}")
    fixed = int((motion.flags[at] & np.uint8(Flag.SWAP_FIXED)).any())
    return ",".join((*cells, str(fixed)))


def write_cleaned(
    path: Path, people: Sequence[Cleaned], original: TrackTable, skeleton: Skeleton, signs: Signs
) -> None:
    """Write the cleaned table. Raises OutputError."""
    with PartFile(path) as file:
        file.write(f"{signs.line(cleaned_header(skeleton))}\n".encode())
        for line in cleaned_lines(people, original):
            file.write(f"{signs.line(line)}\n".encode())
