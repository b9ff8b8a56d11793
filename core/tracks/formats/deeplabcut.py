"""DeepLabCut predictions: CSV and H5 with a row for every frame, numbered, without times.

Columns have the levels scorer, (individuals,) bodyparts, coords; `individuals` only where there
are several people, who are named `person1`, `person2`, ... after their ids.
"""

from pathlib import Path

import numpy as np

from core.part_file import PartFile
from core.tracks.formats.extras import library
from core.tracks.formats.people import Clip, Person, people_of
from core.tracks.formats.text_tables import number
from core.tracks.table import TrackTable

SCORER = "yolopose"
COORDS = ("x", "y", "likelihood")


def _columns(people: list[Person], clip: Clip) -> list[tuple[str, ...]]:
    several = len(people) != 1
    return [
        (SCORER, *((f"person{person.track_id}",) if several else ()), name, coordinate)
        for person in people
        for name in clip.skeleton.names
        for coordinate in COORDS
    ]


def _values(people: list[Person], frame_count: int) -> np.ndarray:
    """(frames, columns): x, y and likelihood of every keypoint; NaN where it is missing."""
    parts = [
        np.concatenate([person.keypoints, person.keypoint_scores[..., None]], axis=2).reshape(
            frame_count, -1
        )
        for person in people
    ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((frame_count, 0))


def _frame_count(table: TrackTable) -> int:
    return int(table.frames.max()) + 1


def _numbered(table: TrackTable, clip: Clip) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """Columns, and values (n, columns) for the frames 0 to n - 1 of the video."""
    people = people_of(table)
    given = np.unique(table.frames)
    values = np.full((_frame_count(table), len(_columns(people, clip))), np.nan)
    values[given] = _values(people, len(given))
    return _columns(people, clip), values


def write_deeplabcut_csv(path: Path, table: TrackTable, clip: Clip) -> None:
    """As DeepLabCut writes it: one header line a level, an empty cell for what is missing.

    Raises OutputError.
    """
    columns, values = _numbered(table, clip)
    levels = ["scorer", "individuals", "bodyparts", "coords"]
    if not columns or len(columns[0]) == 3:
        levels.remove("individuals")
    with PartFile(path) as file:
        for depth, level in enumerate(levels):
            line = ",".join([level, *(column[depth] for column in columns)]) + "\n"
            file.write(line.encode(errors="backslashreplace"))  # a file's name may be no UTF-8
        for frame, row in enumerate(values.tolist()):
            cells = (number(v, 4 if i % 3 == 2 else 2) for i, v in enumerate(row))
            file.write((",".join((str(frame), *cells)) + "\n").encode())


def write_deeplabcut_h5(path: Path, table: TrackTable, clip: Clip) -> None:
    """The same as a pandas table under the key `df_with_missing`. Raises OutputError."""
    pandas = library("pandas", "DeepLabCut H5")
    library("tables", "DeepLabCut H5")
    columns, values = _numbered(table, clip)
    names = ["scorer", "bodyparts", "coords"]
    if columns and len(columns[0]) == 4:
        names.insert(1, "individuals")
    index = pandas.MultiIndex.from_tuples(columns, names=names) if columns else None
    # Made in memory: its library says nothing of a disk that is full.
    memory = {"driver": "H5FD_CORE", "driver_core_backing_store": 0}
    with pandas.HDFStore(path.name, mode="w", **memory) as store:
        table_of_values = pandas.DataFrame(values, columns=index)
        kind = "table" if columns else "fixed"
        store.put("df_with_missing", table_of_values, format=kind, track_times=False)
        store.flush()
        image = store._handle.get_file_image()
    with PartFile(path) as file:
        file.write(image)
