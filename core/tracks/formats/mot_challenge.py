"""MOTChallenge text: boxes with identities, frames and ids from 1."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from core.part_file import PartFile
from core.tracks.table import NOBODY, TrackTable


def write_mot_challenge(path: Path, tables: Iterable[TrackTable]) -> None:
    """`frame,id,left,top,width,height,score,-1,-1,-1`, one a row. Raises OutputError.

    A box without a score (filled in by cleaning) has a score of 0; rows without a box are left out.
    """
    with PartFile(path) as file:
        for table in tables:
            known = np.isfinite(table.boxes).all(axis=1) & (table.ids != NOBODY)
            for row in np.flatnonzero(known).tolist():
                x1, y1, x2, y2 = table.boxes[row].tolist()
                score = float(np.nan_to_num(table.scores[row]))
                box = f"{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f}"
                line = f"{table.frames[row] + 1},{table.ids[row]},{box},{score:.4f},-1,-1,-1\n"
                file.write(line.encode())
