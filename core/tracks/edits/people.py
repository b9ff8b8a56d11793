"""Edits of who is who: ids, names, and who is hidden."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.tracks.edits.log import Edit


def change_ids(edit: Edit, frames: NDArray[np.integer], ids: NDArray[np.int64]) -> None:
    """Give rows (R,), whose frames are given, the ids that they have after one edit."""
    if edit.kind == "merge":
        ids[ids == edit.ids[1]] = edit.ids[0]
    elif edit.kind == "split":
        ids[(ids == edit.ids[0]) & (frames >= edit.frame)] = edit.ids[1]
    elif edit.kind == "swap":
        first, second = edit.ids
        later = frames >= edit.frame
        was_first, was_second = (ids == first) & later, (ids == second) & later
        ids[was_first], ids[was_second] = second, first


def names_of(edits: Sequence[Edit]) -> dict[int, str]:
    """The names given; an empty name takes one away."""
    names: dict[int, str] = {}
    for edit in edits:
        if edit.kind == "name":
            names[edit.ids[0]] = edit.name
        elif edit.kind == "merge" and edit.ids[1] in names:
            names.setdefault(edit.ids[0], names.pop(edit.ids[1]))
    return {track_id: name for track_id, name in names.items() if name}


def hidden_in(edits: Sequence[Edit]) -> frozenset[int]:
    """Who is hidden."""
    hidden: set[int] = set()
    for edit in edits:
        if edit.kind == "hide":
            hidden.add(edit.ids[0])
        elif edit.kind == "show":
            hidden.discard(edit.ids[0])
    return frozenset(hidden)
