"""The rows of a long run on disk, so that the run needs no more memory the longer it lasts."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.part_file import output_errors
from core.tracks.table import TrackTable, concatenate

_BLOCK = 4096  # rows read at once
_BUFFER = 1 << 18  # bytes


class TableFile:
    """Tables behind each other in a nameless file of a folder, which is gone behind a `with`.

    Every method raises OutputError.
    """

    def __init__(self, folder: Path, keypoints: int) -> None:
        self._folder = folder
        self._row = np.dtype(
            [
                ("frames", "<i8"),
                ("times_s", "<f8"),
                ("ids", "<i8"),
                ("scores", "<f4"),
                ("boxes", "<f4", (4,)),
                ("keypoints", "<f4", (keypoints, 2)),
                ("keypoint_scores", "<f4", (keypoints,)),
            ]
        )
        self._count = 0
        with output_errors(folder):
            self._file = tempfile.TemporaryFile(buffering=_BUFFER, dir=folder)  # noqa: SIM115

    def __enter__(self) -> "TableFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def append(self, table: TrackTable) -> None:
        """Put the rows of a table behind the others."""
        rows = np.empty(len(table), self._row)
        for name in self._row.names or ():
            rows[name] = getattr(table, name)
        with output_errors(self._folder):
            self._file.write(rows.tobytes())
        self._count += len(table)

    def read(self, start: int, stop: int) -> TrackTable:
        """The rows `start` to `stop` - 1."""
        with output_errors(self._folder):
            self._file.seek(start * self._row.itemsize)
            data = self._file.read((stop - start) * self._row.itemsize)
            self._file.seek(0, 2)
        rows = np.frombuffer(data, self._row)
        return TrackTable(*(np.ascontiguousarray(rows[name]) for name in self._row.names or ()))

    def outline(self) -> TrackTable:
        """All rows, without keypoints: who was where, in a quarter of the memory."""
        return concatenate(block.outline() for block in self._blocks())

    def _blocks(self) -> Iterator[TrackTable]:
        for start in range(0, max(1, self._count), _BLOCK):
            yield self.read(start, min(start + _BLOCK, self._count))
