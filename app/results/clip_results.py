"""What the results of a clip are called, and where they go."""

import glob
import hashlib
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.results.ownership import Outputs, check_free
from app.results.places import places, same_file
from app.results.record_file import META, read_record
from app.results.source_digest import source_sha256
from core.errors import OutputError, SettingsError, SourceError
from core.file_names import is_hidden, no_device
from core.secrets import hide_secrets
from core.settings import build
from core.tracks.formats.registry import FORMATS, planned
from core.video.folders import clips_in
from core.video.source import CaptureSettings, is_folder, kind_of, local_path

MAIN_ENDINGS = (".csv", ".meta.json")  # of what is made of every clip
OTHER_ENDINGS = (
    *(".mp4", ".annotated.mp4", ".poses", ".error.log", ".labels"),
    *(".measures.csv", ".events.csv", ".measures.json", ".report.html", ".report.json"),
)
_LONGEST = 180  # bytes of a name: file systems have 255, and the longest ending takes 45


@dataclass(frozen=True, slots=True)
class ClipResults:
    """A source and the files that are made of it."""

    source: str
    name: str  # no file of this name is one of another clip of the run
    folder: Path
    files: tuple[str, ...] = ()  # names of all that is to be made; `#` stands for a number
    overwrite: bool = False  # also files that were made of something else

    def absolute(self) -> "ClipResults":
        """The same for a process that has another working folder."""
        stream = kind_of(self.source) == "stream"
        source = self.source if stream else str(Path(self.source).resolve())
        return replace(self, source=source, folder=self.folder.resolve())

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

    @property
    def error_log(self) -> Path:
        """What happened where the program itself failed."""
        return self.folder / f"{self.name}.error.log"

    @property
    def outputs(self) -> Outputs:
        """The files as a claim to their names."""
        return Outputs(self.folder, self.name, self.source, self.files)


def expand_sources(patterns: Sequence[str]) -> list[str]:
    """Resolve `*`, `?` and `[...]` where a shell has not; each source once, in order.

    A folder with videos in it, or in its folders, stands for all of them, any other folder for the
    images in it; results of earlier runs are no sources.

    Raises SourceError for a pattern without matches.
    """
    sources: dict[str, None] = {}
    for pattern in map(local_path, patterns):
        if kind_of(pattern) != "stream" and is_folder(Path(pattern)):
            sources.update(dict.fromkeys(_clips_of(Path(pattern))))
            continue
        literal = kind_of(pattern) == "stream" or _exists(Path(pattern))
        if literal or not glob.has_magic(pattern):
            sources[pattern] = None
            continue
        path = Path(pattern)
        try:
            found = sorted(map(str, Path(path.anchor).glob(str(path.relative_to(path.anchor)))))
        except (OSError, ValueError, re.error) as error:
            raise SourceError(f"{pattern}: is no pattern that can be followed ({error})") from error
        # What begins with a dot nobody put there, unless the pattern asks for it.
        found = [name for name in found if not is_hidden(Path(name)) or is_hidden(path)]
        if not found:
            raise SourceError(f"{pattern}: no file matches this pattern")
        sources.update(dict.fromkeys(found))
    return list(sources)


def _clips_of(folder: Path) -> list[str]:
    """The videos in a folder or its folders of images, or else itself. Raises SourceError."""
    found = [path for path in clips_in(folder) if not _is_result(path)]
    return [str(path) for path in found] or [str(folder)]


def _is_result(path: Path) -> bool:
    """Whether the record beside a video says that it was made of another one."""
    tracks = path.with_suffix(".csv")
    listed = _record(tracks).get("results")
    if isinstance(listed, list) and path.name not in listed:
        return False  # another clip of the same name, whose own results have a number
    source = recorded_source(tracks)
    return source != "" and not same_file(Path(source), path)


def plan_results(
    sources: Sequence[str],
    folder: Path,
    *,
    video: bool = True,
    poses: bool = False,
    formats: Sequence[str] = (),
    overwrite: bool = False,
) -> list[ClipResults]:
    """Names for the results: a clip's own, with a number where two clips would share a file.

    Raises OutputError where a result would replace a source, or a file of something else.
    """
    taken: set[str] = set()
    plans = []
    endings = (*MAIN_ENDINGS, *((".mp4",) if video else ()), *((".poses",) if poses else ()))
    for source in sources:
        stem = no_device(_short(_stem(source)))
        name, number = stem, 1
        while not taken.isdisjoint(_all_names(name)):
            number += 1
            name = f"{stem}-{number}"
        taken |= _all_names(name)
        files = tuple(f"{name}{ending}" for ending in endings)
        files = (*files, *planned(name, formats))
        plans.append(ClipResults(source, name, folder, files, overwrite))
    paths = [Path(source) for source in sources if kind_of(source) != "stream"]
    for plan in plans:
        for target in plan.outputs.existing():
            if any(same_file(target, path) for path in paths):
                raise OutputError(
                    f"{target}: a result would replace this source; choose another --output"
                )
        check_free(plan.outputs, overwrite)
    return plans


def recorded_size(tracks: Path) -> tuple[int, int] | None:
    """Width and height in px of the recording that tracks came from, where the record says so."""
    try:
        width, height = _recorded_facts(tracks)["size"]
        return int(width), int(height)
    except (ValueError, KeyError, TypeError):
        return None


def recorded_time_scale(tracks: Path) -> float:
    """How many times slower the recording runs than what it shows."""
    scale = _recorded_facts(tracks).get("time_scale", 1.0)
    return float(scale) if isinstance(scale, int | float) and scale > 0 else 1.0


def _recorded_facts(tracks: Path) -> dict[str, Any]:
    facts = _record(tracks).get("source")
    return facts if isinstance(facts, dict) else {}


def _record(tracks: Path) -> dict[str, Any]:
    """What is said beside tracks of how they were made; empty where nothing can be read."""
    return read_record(tracks.with_name(f"{tracks.stem}{META}"))


def recorded_source(tracks: Path) -> str:
    """The recording that tracks came from, as the record beside them says; empty if unknown.

    It is found again where it was, or where it is as seen from the tracks, so that both may have
    been moved together.
    """
    place = _recorded_facts(tracks)
    source = str(place.get("source", ""))
    if not source or kind_of(source) == "stream":
        return source
    made = _record(tracks).get("results")
    own = [tracks.parent / str(name) for name in made] if isinstance(made, list) else []
    found = [
        path
        for path in places(place, tracks.parent)
        if _exists(path) and not any(same_file(path, result) for result in own)
    ]
    different = [
        path
        for number, path in enumerate(found)
        if not any(same_file(path, p) for p in found[:number])
    ]
    if len(different) > 1 and place.get("sha256"):
        for path in different:
            if source_sha256(str(path)) == place["sha256"]:
                return str(path.resolve())
    return str(found[0].resolve()) if found else source


def recorded_clip(tracks: Path, cure: str) -> str:
    """`recorded_source`, unless a file of another content lies there by now. Raises SourceError.

    `cure` says what would be right then.
    """
    source = recorded_source(tracks)
    known = _recorded_facts(tracks).get("sha256")
    there = source and kind_of(source) != "stream" and _exists(Path(source))
    if there and isinstance(known, str) and source_sha256(source) != known:
        raise SourceError(
            f"{source}: has another content than the recording that {tracks} was made of; {cure}"
        )
    return source


def recorded_capture(tracks: Path) -> CaptureSettings:
    """How the recording of tracks was read, as far as its times depend on it."""
    try:
        settings = _record(tracks)["settings"]["capture"]
        known = {name: settings[name] for name in ("image_rate_hz", "time_scale")}
        return build(CaptureSettings, known)
    except (KeyError, TypeError, SettingsError):
        return CaptureSettings()


def _all_names(name: str) -> set[str]:
    """All that any command would make of a clip of this name, as folders without case have it."""
    plain = unicodedata.normalize("NFC", name).casefold()
    names = [f"{plain}{ending}" for ending in (*MAIN_ENDINGS, *OTHER_ENDINGS)]
    return {*names, *planned(plain, tuple(FORMATS))}


def _short(stem: str) -> str:
    """The stem, cut where the files made of it would have names too long for the system."""
    if len(os.fsencode(stem)) <= _LONGEST:
        return stem
    digest = hashlib.sha256(os.fsencode(stem)).hexdigest()[:8]
    head = os.fsencode(stem)[: _LONGEST - len(digest) - 1].decode("utf-8", "ignore")
    return f"{head}-{digest}"


def _exists(path: Path) -> bool:
    """Not there either where the system refuses the name."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _stem(source: str) -> str:
    if kind_of(source) != "stream":
        path = Path(source)
        return path.resolve().name if is_folder(path) else path.stem
    try:
        parts = urlsplit(hide_secrets(source))
        host = parts.hostname or ""
    except ValueError:  # no address of the internet, which reading it will say
        return "stream"
    place = re.sub(r"\.\w+$", "", parts.path)
    return re.sub(r"[^\w.-]+", "_", f"{host}{place}").strip("_.") or "stream"
