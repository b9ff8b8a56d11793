"""Which edits make sense."""

import numpy as np

from core.tracks.edits.log import Edit, EditError
from core.tracks.edits.rows import PeopleRows


def check_edit(edit: Edit, now: PeopleRows) -> None:
    """Raises EditError for an edit that makes no sense for the rows of a clip as they are now."""
    if edit.kind == "add":
        if len(now.where(edit.ids[0], edit.frame)):
            raise EditError(f"person {edit.ids[0]} is in frame {edit.frame} already")
        return
    known = edit.ids[:1] if edit.kind == "split" else edit.ids
    for track_id in known:
        if not (now.ids == track_id).any():
            raise EditError(f"there is no person {track_id}")
    if edit.kind in ("move", "remove", "sides") and not len(now.where(edit.ids[0], edit.frame)):
        raise EditError(f"person {edit.ids[0]} is not in frame {edit.frame}")
    if edit.kind in ("merge", "swap") and edit.ids[0] == edit.ids[1]:
        raise EditError(f"person {edit.ids[0]} cannot be joined or exchanged with itself")
    if edit.kind == "merge":
        both = np.intersect1d(
            now.frames[now.ids == edit.ids[0]], now.frames[now.ids == edit.ids[1]]
        )
        if len(both):
            raise EditError(
                f"{edit.ids[0]} and {edit.ids[1]} are two people: "
                f"both are in frame {both[0]} and {len(both) - 1} more"
            )
    if edit.kind == "split":
        own = now.frames[now.ids == edit.ids[0]]
        if not own.min() < edit.frame <= own.max():
            raise EditError(
                f"person {edit.ids[0]} is in frames {own.min()} to {own.max()}; "
                f"splitting at {edit.frame} would leave one part empty"
            )
