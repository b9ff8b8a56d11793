"""Whether shoulders and hips point the same way, whatever side each pair of them is named after.

A body twists by less than a right angle at its waist. So where shoulders point against the hips,
the sides of one of both pairs are exchanged.
"""

import numpy as np

from core.tracks.motion import Series, is_known

TWIST_COST = 4.0  # minus the log of how seldom a body that is seen from the front looks twisted
CLEAR = 0.06  # of the body's size: a pair that lies as far apart, or further, tells its way surely


def trunk_costs(hips: Series, shoulders: Series, size_px: float) -> Series:
    """Cost (T, 2) of a frame with both pairs as named, or both exchanged; and with one exchanged.

    Pairs (T, 2 sides, 2) px; those with an unknown side tell nothing.
    """
    ways = [pair[:, 0] - pair[:, 1] for pair in (hips, shoulders)]
    lengths = [np.linalg.norm(way, axis=1) for way in ways]
    known = is_known(ways[0]) & is_known(ways[1])
    along = np.where(known, (ways[0] * ways[1]).sum(axis=1), 0.0)
    cosine = along / np.maximum(lengths[0] * lengths[1], 1e-6)
    clear = np.minimum(np.fmin(*lengths) / (CLEAR * size_px), 1.0)
    told = np.where(known, cosine * clear, 0.0)
    costs: Series = TWIST_COST * np.stack([np.maximum(-told, 0), np.maximum(told, 0)], axis=1)
    return costs
