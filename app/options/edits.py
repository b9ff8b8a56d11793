"""`--edits FILE`: the corrections that a person made of a clip in the window."""

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import SettingsError
from core.run.pose_file import PoseFile
from core.tracks.edits.file import load_edits
from core.tracks.edits.found_again import found_again
from core.tracks.edits.log import Edit
from core.tracks.edits.people import hidden_in
from core.tracks.edits.rows import PeopleRows, edited_rows
from core.tracks.joined_index import JoinedIndex
from core.tracks.track_index import TrackIndex


@dataclass(frozen=True, slots=True)
class Corrections:
    """A log of edits, as it was made."""

    path: Path
    made: tuple[Edit, ...]

    def found_in(self, index: TrackIndex | JoinedIndex, kept: PoseFile) -> tuple[Edit, ...]:
        """Those whose people are found in a finished clip, with its ids."""
        found = found_again(self.made, lambda n: index.of_frame(n, kept.poses), index.ids)
        return tuple(edit for edit in found if edit is not None)

    def record(self) -> dict[str, str]:
        """What the record of a result says about them."""
        text = json.dumps([asdict(edit) for edit in self.made])
        return {"file": str(self.path), "sha256": hashlib.sha256(text.encode()).hexdigest()}

    def lost(self, found: Sequence[Edit]) -> str:
        """A sentence where some were not found, or nothing."""
        count = len(self.made) - len(found)
        return (
            f"{self.path}: {count} of {len(self.made)} corrections are about people who are not "
            "found in this clip with these settings"
            if count
            else ""
        )


def add_edits_argument(parser: argparse.ArgumentParser) -> None:
    """The option of the commands that make tables of clips."""
    parser.add_argument(
        "--edits",
        type=Path,
        metavar="FILE",
        help="the corrections of one clip, as `Save corrections` of the window writes them",
    )


def corrections_of(
    arguments: argparse.Namespace, clips: Sequence[str | Path]
) -> Corrections | None:
    """What the option says. Raises SettingsError for several clips, and TableError."""
    path: Path | None = arguments.edits
    if path is None:
        return None
    if len(clips) != 1:
        raise SettingsError(f"--edits {path}: is about one clip; {len(clips)} are given")
    return Corrections(path, tuple(load_edits(path, required=True)))


def people_in(index: TrackIndex | JoinedIndex, edits: Sequence[Edit]) -> set[int]:
    """The ids of a finished clip's table."""
    rows = PeopleRows.of(index.frames, index.ids, index.scores, index.boxes)
    return set(edited_rows(edits, rows).ids.tolist()) - hidden_in(edits)
