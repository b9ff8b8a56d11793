"""Each track's coverage over the clip as a row of cells, for the timeline."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from ui.session.clip_analysis import Knowledge


@dataclass(frozen=True, slots=True, eq=False)
class Lanes:
    """L tracks by C cells of equal width in frames."""

    ids: NDArray[np.int64]  # (L,) in the order of their first frame
    coverage: FloatArray  # (L, C) share of the cell's frames in which the person was seen
    confidence: FloatArray  # (L, C) mean score where seen, else 0
    first: NDArray[np.int64]  # (L,) first frame
    last: NDArray[np.int64]  # (L,) last frame
    seen: NDArray[np.int64]  # (L,) frames with the person
    corrected: NDArray[np.bool_]  # (L, C) whether keypoints were corrected in any of the frames


def no_lanes() -> Lanes:
    """A clip of which nothing is known."""
    none = np.zeros(0, np.int64)
    empty = np.zeros((0, 1), np.float32)
    return Lanes(none, empty, empty, none, none, none, np.zeros((0, 1), np.bool_))


def lanes_of(knowledge: Knowledge, frame_count: int, cells: int) -> Lanes:
    """The lanes of everything known so far, after all edits."""
    rows = knowledge.rows()
    if frame_count == 0 or len(rows.ids) == 0:
        return no_lanes()
    frames, ids, scores = rows.frames, rows.ids, rows.scores
    names, first_rows, lane, seen = np.unique(
        ids, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(frames[first_rows], kind="stable")
    place = np.empty(len(names), np.int64)
    place[order] = np.arange(len(names))
    lane = place[lane.reshape(-1)]
    cells = max(1, min(cells, frame_count))
    cell = frames * cells // frame_count
    where = lane * cells + cell
    size = len(names) * cells
    count = np.bincount(where, minlength=size).reshape(-1, cells)
    total = np.bincount(where, weights=scores, minlength=size).reshape(-1, cells)
    marked = np.bincount(where[rows.corrected], minlength=size).reshape(-1, cells) > 0
    width = np.bincount(np.arange(frame_count) * cells // frame_count, minlength=cells)
    last = np.zeros(len(names), np.int64)
    np.maximum.at(last, lane, frames)
    return Lanes(
        ids=names[order],
        coverage=(count / np.maximum(width, 1)).clip(0, 1).astype(np.float32),
        confidence=(total / np.maximum(count, 1)).astype(np.float32),
        first=frames[first_rows][order],
        last=last,
        seen=seen[order],
        corrected=marked,
    )
