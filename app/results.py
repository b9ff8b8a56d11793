"""What the results of a clip are called, and where they go."""

import glob
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import OutputError, SourceError
from core.video.source import kind_of

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv"}
    | {".ts", ".webm", ".wmv"}
)


@dataclass(frozen=True, slots=True)
class ClipResults:
    """A source and the files that are made of it."""

    source: str
    name: str  # unlike that of every other clip of the run
    folder: Path

    def absolute(self) -> "ClipResults":
        """The same for a process that has another working folder."""
        stream = kind_of(self.source) == "stream"
        source = self.source if stream else str(Path(self.source).resolve())
        return ClipResults(source, self.name, self.folder.resolve())

    @property
    def csv(self) -> Path:
        """One row a frame and person."""
        return self.folder / f"{self.name}.csv"

    @property
    def meta(self) -> Path:
        """What the CSV file was made of, and how."""
        return self.folder / f"{self.name}.meta.json"

    @property
    def video(self) -> Path:
        """The annotated clip."""
        return self.folder / f"{self.name}.mp4"

    @property
    def poses(self) -> Path:
        """The log of poses: as `.part` a stopped run goes on from it; whole only where kept."""
        return self.folder / f"{self.name}.poses"


def expand_sources(patterns: Sequence[str]) -> list[str]:
    """Resolve `*`, `?` and `[...]` where a shell has not; each source once, in order.

    A folder with videos stands for all of them, any other folder for the images in it.

    Raises SourceError for a pattern without matches.
    """
    sources: dict[str, None] = {}
    for pattern in patterns:
        if kind_of(pattern) != "stream" and Path(pattern).is_dir():
            sources.update(dict.fromkeys(_clips_of(Path(pattern))))
            continue
        literal = kind_of(pattern) == "stream" or Path(pattern).exists()
        if literal or not glob.has_magic(pattern):
            sources[pattern] = None
            continue
        path = Path(pattern)
        found = sorted(map(str, Path(path.anchor).glob(str(path.relative_to(path.anchor)))))
        if not found:
            raise SourceError(f"{pattern}: no file matches this pattern")
        sources.update(dict.fromkeys(found))
    return list(sources)


def _clips_of(folder: Path) -> list[str]:
    """The videos in a folder, or the folder itself where there are none."""
    videos = sorted(str(path) for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
    return videos or [str(folder)]


def plan_results(sources: Sequence[str], folder: Path) -> list[ClipResults]:
    """Names for the results: a clip's own, with a number where two clips share one.

    Raises OutputError where a result would replace a source.
    """
    taken: set[str] = set()
    plans = []
    for source in sources:
        stem = _stem(source)
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        plans.append(ClipResults(source, name, folder))
    paths = [Path(source) for source in sources if kind_of(source) != "stream"]
    for plan in plans:
        for target in (plan.csv, plan.meta, plan.video):
            if any(target.exists() and path.exists() and target.samefile(path) for path in paths):
                raise OutputError(
                    f"{target}: a result would replace this source; choose another --output"
                )
    return plans


def recorded_source(tracks: Path) -> str:
    """The recording that tracks came from, as the record beside them says; empty if unknown."""
    record = tracks.with_name(f"{tracks.stem}.meta.json")
    try:
        source = json.loads(record.read_text(encoding="utf-8"))["source"]["source"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return str(source)


def _stem(source: str) -> str:
    if kind_of(source) != "stream":
        path = Path(source)
        return path.resolve().name if path.is_dir() else path.stem
    parts = urlsplit(source)
    place = re.sub(r"\.\w+$", "", parts.path)
    return re.sub(r"[^\w.-]+", "_", f"{parts.hostname or ''}{place}").strip("_.") or "stream"
