"""Parquet: the columns of the main table with types, and null for what is missing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from core.part_file import whole_file
from core.skeleton import Skeleton
from core.tracks.formats.extras import library
from core.tracks.table import NOBODY, TrackTable

UNITS = {"time": "s", "lengths": "px of the upright frame, y down", "frame": "0-based"}


def write_parquet(path: Path, tables: Iterable[TrackTable], skeleton: Skeleton) -> None:
    """One row a frame and person, values unrounded. Raises OutputError."""
    arrow, parquet = library("pyarrow", "Parquet"), library("pyarrow.parquet", "Parquet")
    names = [f"{name}_{part}" for name in skeleton.names for part in ("x", "y", "score")]
    schema = arrow.schema(
        [
            ("frame", arrow.int64()),
            ("time_s", arrow.float64()),
            ("track_id", arrow.int64()),
            *((name, arrow.float32()) for name in ("score", "x1", "y1", "x2", "y2", *names)),
        ],
        metadata=UNITS,
    )
    with whole_file(path) as part, parquet.ParquetWriter(part, schema) as writer:
        for table in tables:
            writer.write_table(arrow.table(_columns(arrow, table), schema=schema))


def _columns(arrow: Any, table: TrackTable) -> list[Any]:
    seen = (table.keypoint_scores > 0) & np.isfinite(table.keypoints).all(axis=2)
    body = np.concatenate([table.keypoints, table.keypoint_scores[..., None]], axis=2)
    body = np.where(seen[..., None], body, np.nan).reshape(len(table), -1)
    values = np.concatenate([table.scores[:, None], table.boxes, body], axis=1)
    return [
        arrow.array(table.frames),
        arrow.array(table.times_s),
        arrow.array(table.ids, mask=table.ids == NOBODY),
        *(
            arrow.array(np.ascontiguousarray(column.astype(np.float32)), mask=np.isnan(column))
            for column in values.T
        ),
    ]
