"""DeepLabCut's CollectedData in HDF5, as pandas lays a table out in its `fixed` form.

Pandas writes it, and does not read it here: it executes what a stranger pickled into such a file.
Texts and numbers lie in plain arrays; what is pickled is left alone.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import OutputError
from core.tracks.formats.collected_data import (
    H5_NAME,
    LEVELS,
    collected_columns,
    collected_content,
    collected_rows,
)
from core.tracks.formats.extras import library
from core.tracks.formats.hdf5_check import check_hdf5
from core.tracks.formats.labelled import Json
from core.tracks.formats.own_process import read_apart

KEY = "df_with_missing"
_MOST_LEVELS = 8


def collected_h5_files(content: Json) -> Iterator[tuple[str, bytes]]:
    """`CollectedData_yolopose.h5`, which DeepLabCut trains from.

    Raises OutputError where nobody is in the pictures, and without pandas and tables.
    """
    pandas = library("pandas", "DeepLabCut H5")
    library("tables", "DeepLabCut H5")
    columns = collected_columns(content)
    if not columns:
        raise OutputError(f"{H5_NAME}: there is nobody in the pictures")
    rows = dict(collected_rows(content, len(columns)))
    table = pandas.DataFrame(
        np.array(list(rows.values())),
        index=pandas.MultiIndex.from_tuples(list(rows)),
        columns=pandas.MultiIndex.from_tuples(columns, names=LEVELS),
    )
    # Made in memory: its library says nothing of a disk that is full.
    memory = {"driver": "H5FD_CORE", "driver_core_backing_store": 0}
    with pandas.HDFStore(H5_NAME, mode="w", **memory) as store:
        store.put(KEY, table, format="fixed", track_times=False)
        store.flush()
        yield H5_NAME, store._handle.get_file_image()


def read_collected_h5(path: Path) -> Json:
    """The labels as COCO keypoints. Raises DatasetError and OSError."""
    return read_apart(path, h5_content, "h5py")


def h5_content(path: Path) -> Json:
    """The same in this process. Raises UserErrors, and whatever comes of a damaged file."""
    h5py = library("h5py", "DeepLabCut H5")
    check_hdf5(path)
    with h5py.File(path, "r") as file:
        group = file[KEY] if KEY in file else next(iter(file.values()), None)
        if group is None or _text(group.attrs.get("pandas_type")) != "frame":
            raise ValueError("it holds no table that pandas wrote in the form `fixed`")
        columns = dict(_levels(group, "block0_items"))
        names = list(_levels(group, "axis1"))[-1][1]  # a picture's folders come before its name
        values = np.asarray(group["block0_values"], np.float64)
    if values.shape != (len(names), len(columns["coords"])):
        raise ValueError(f"it holds {values.shape} values for {len(names)} pictures")
    return collected_content(path.parent, columns, zip(names, values.tolist(), strict=True))


def _levels(group: Any, axis: str) -> Iterator[tuple[str, list[str]]]:
    """Name and texts of each level of an axis; one that is plain has a single level."""
    if axis in group:
        yield "", _texts(group[axis])
        return
    for depth in range(min(int(group.attrs[f"{axis}_nlevels"]), _MOST_LEVELS)):
        level = group[f"{axis}_level{depth}"]
        texts, which = _texts(level), group[f"{axis}_label{depth}"][()].tolist()
        # -1 stands for a cell without a text.
        yield _text(level.attrs.get("name")), [texts[n] if n >= 0 else "" for n in which]


def _texts(texts: Any) -> list[str]:
    """Of an array of bytes; others are pickled."""
    if texts.dtype.kind != "S":
        raise ValueError(f"{texts.name} is no array of texts")
    return [value.decode("utf-8") for value in texts[()].tolist()]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
