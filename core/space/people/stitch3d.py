"""One id a person: pieces of a 3D track that follow each other are joined, blinks dropped."""

import numpy as np
from numpy.typing import NDArray

from core.space.camera import Array

_LONGEST_GAP_S = 1.5
_REACH_M = 0.4  # from where somebody was last seen, at once
_REACH_M_S = 2.5  # and for every second since: a brisk walk or a slow run
_SHORTEST_S = 0.2  # of a piece that is believed


def joined_ids(ids: NDArray[np.int64], times_s: Array, points: Array) -> NDArray[np.int64]:
    """(R,) ids after joining, numbered from 1 by first appearance; 0 for pieces too short to keep.

    Pieces are joined nearest first: one that begins shortly after the other's end, within reach.
    """
    pieces = np.unique(ids)
    if not len(pieces):
        return ids
    middle = _middles(points)
    spans = {int(piece): np.flatnonzero(ids == piece) for piece in pieces}
    candidates = []
    for first, one in spans.items():
        for second, other in spans.items():
            gap_s = float(times_s[other[0]] - times_s[one[-1]])
            if first == second or not 0 < gap_s <= _LONGEST_GAP_S:
                continue
            apart_m = float(np.linalg.norm(middle[other[0]] - middle[one[-1]]))
            if apart_m <= _REACH_M + _REACH_M_S * gap_s:
                candidates.append((gap_s + apart_m, first, second))
    after: dict[int, int] = {}
    taken = set()
    for _, first, second in sorted(candidates):
        if first not in after and second not in taken:
            after[first] = second
            taken.add(second)
    result = np.zeros_like(ids)
    number = 0
    for piece in sorted(spans, key=lambda piece: (spans[piece][0], piece)):
        if piece in taken:
            continue
        chain = [piece]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        rows = np.concatenate([spans[link] for link in chain])
        if times_s[rows[-1]] - times_s[rows[0]] < _SHORTEST_S and len(np.unique(times_s)) > 10:
            continue
        number += 1
        result[rows] = number
    return result


def _middles(points: Array) -> Array:
    """(R, 3) the median of each row's known joints."""
    known: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=2))
    middles = np.full((len(points), 3), np.nan)
    rows = np.flatnonzero(known.any(axis=1))
    middles[rows] = np.nanmedian(np.where(known[..., None], points, np.nan)[rows], axis=1)
    return middles
