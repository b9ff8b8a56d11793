"""Skeletons in space that go with a clip: the file beside it, and the clip's clock in it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import TableError
from core.json_text import read_json_text
from core.space.camera import Array
from core.space.people.moments import Moments
from core.space.resample import ClockMap
from core.space.skeleton_files.csv_table import read_tracks3d

ENDING = ".3d.csv"


@dataclass(frozen=True, slots=True, eq=False)
class SpaceOfClip:
    """A reconstruction, and the clip's part in it."""

    path: Path
    moments: Moments
    clock: ClockMap | None  # None where the record names no such clip: its own time is taken
    low: Array  # (3,) m, corners of what people fill
    high: Array

    def at(self, time_s: float) -> dict[int, Array]:
        """(K, 3) m by id at a time of the clip."""
        clock = ClockMap() if self.clock is None else self.clock
        return self.moments.at(float(clock.common(np.array(time_s))))


def space_beside(clip: Path) -> Path | None:
    """`NAME.3d.csv` beside NAME.mp4, or another one there whose record names the clip."""
    own = clip.with_name(f"{clip.name.split('.')[0]}{ENDING}")
    if own.is_file():
        return own
    try:
        others = sorted(clip.parent.glob(f"*{ENDING}"))
    except OSError:
        return None  # whoever opens the clip says why
    return next((path for path in others if clock_of(path, clip) is not None), None)


def read_space(path: Path, clip: Path) -> SpaceOfClip:
    """Raises TableError."""
    tracks = read_tracks3d(path)
    known = tracks.points[np.isfinite(tracks.points).all(axis=2)]
    if not len(known):
        raise TableError(f"{path}: no joint of anybody is known")
    # A stray joint far away must not make everybody small.
    low, high = np.quantile(known, [0.01, 0.99], axis=0)
    return SpaceOfClip(path, Moments(tracks), clock_of(path, clip), low, high)


def clock_of(path: Path, clip: Path) -> ClockMap | None:
    """The clip's clock by the record beside the skeletons; None where it names none."""
    record_path = path.with_name(f"{path.name.removesuffix('.csv')}.meta.json")
    try:
        record = read_json_text(record_path.read_bytes())
        clocks = dict(zip(record["views"], record["clocks"].values(), strict=True))
        own = clocks[clip.name.split(".")[0]]
        return ClockMap(float(own["offset_s"]), float(own["rate"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
