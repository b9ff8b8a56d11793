"""Tables of tracks made of the people of each frame, and the other way round."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.tracks.table import NOBODY, TrackTable, concatenate, rows_at
from core.types import PoseBatch, Tracks


def table_of(results: Sequence[Tracks], times_s: NDArray[np.float64]) -> TrackTable:
    """The rows of the people observed in frames that follow each other."""
    return concatenate(
        rows_at(number, time_s, tracks)
        for number, (tracks, time_s) in enumerate(zip(results, times_s.tolist(), strict=True))
    )


def tracks_of(table: TrackTable, frame_count: int) -> list[Tracks]:
    """The people of the frames 0 to `frame_count` - 1, all taken for observed."""
    bounds = np.searchsorted(table.frames, np.arange(frame_count + 1)).tolist()
    return [_as_tracks(table[slice(*bound)]) for bound in pairwise(bounds)]


def tracks_at(table: TrackTable, frame: int) -> Tracks:
    """The people of one frame; takes no memory for frames that no row is of."""
    start, end = np.searchsorted(table.frames, (frame, frame + 1)).tolist()
    return _as_tracks(table[start:end])


def _as_tracks(rows: TrackTable) -> Tracks:
    rows = rows[rows.ids != NOBODY]
    poses = PoseBatch(rows.boxes, rows.scores, rows.keypoints, rows.keypoint_scores)
    return Tracks(rows.ids, poses, np.ones(len(rows), np.bool_))
