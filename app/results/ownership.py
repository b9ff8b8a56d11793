"""What may be replaced: only files that a record beside them says were made of the same thing.

`process` writes `<name>.meta.json`, under its `.part` name before the work starts. The other
commands add to a hidden `.<name>.made.json`. Both name what the files were made of, by its
absolute path and by its path from the folder of the record, so that both may move together.
"""

import argparse
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.results.source_digest import source_sha256
from core.errors import OutputError, SourceError
from core.json_text import read_json_text
from core.one_writer import SMALL_FILE_S
from core.part_file import PartFile, make_folder, part_path
from core.secrets import hide_secrets
from core.video.source import kind_of

META = ".meta.json"  # of records that are there to be read


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files that one thing is about to become."""

    folder: Path
    name: str  # of the record
    origin: str  # path or address of what they are made of
    files: tuple[str, ...]  # their names; `#` stands for a number

    @classmethod
    def of_file(cls, path: Path, origin: str | Path) -> "Outputs":
        """One file whose name a person chose."""
        return cls(path.parent, path.name, str(origin), (path.name,))

    def existing(self) -> Iterator[Path]:
        """Those that are there already."""
        for name in self.files:
            # The name of what the results are of may have a `#` itself.
            own = self.name if name.startswith(self.name) else ""
            rest = name.removeprefix(own)
            if "#" not in rest:
                path = self.folder / name
                if path.exists() or path.is_symlink():
                    yield path
                continue
            pattern = re.compile(re.escape(own) + r"\d+".join(map(re.escape, rest.split("#"))))
            with suppress(OSError):
                found = sorted(self.folder.iterdir())
                yield from (path for path in found if pattern.fullmatch(path.name))


def add_overwrite_argument(parser: argparse.ArgumentParser) -> None:
    """The option of every command that writes results."""
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files that were made of something else"
    )


def check_all_free(planned: Sequence[Outputs], overwrite: bool) -> None:
    """`check_free` for all that a command will write. Raises OutputError, also for shared names."""
    taken: dict[tuple[Path, str], str] = {}
    for outputs in planned:
        check_free(outputs, overwrite)
        for name in outputs.files:
            other = taken.setdefault((outputs.folder.absolute(), name.casefold()), outputs.origin)
            if other != outputs.origin:
                raise OutputError(
                    f"{outputs.folder / name}: would be made of {other} and of {outputs.origin}; "
                    "choose another --output for one of them"
                )


def check_free(outputs: Outputs, overwrite: bool) -> None:
    """Raises OutputError where a file that is not made of the same thing would be replaced."""
    if overwrite:
        return
    owned = None
    record = read_record(outputs.folder / f"{outputs.name}{META}")
    chosen = exported(record)

    def again(name: str) -> Outputs:
        return Outputs(outputs.folder, outputs.name, "", (name,))

    for path in outputs.existing():
        if any(path in again(name).existing() for name in chosen):
            raise OutputError(
                f"{path}: was exported from the window; choose another --output, or replace "
                "it with --overwrite"
            )
        owned = _owned(outputs) if owned is None else owned
        if not any(path in again(name).existing() for name in owned):
            raise OutputError(
                f"{path}: is there already and was not made of {outputs.origin}; "
                "choose another --output, or replace it with --overwrite"
            )


def remember(outputs: Outputs, files: Sequence[str] | None = None) -> None:
    """Put files that were written, or some of them, into the hidden record. Raises OutputError."""
    record = _made_path(outputs)
    place = place_of(outputs.origin, outputs.folder)
    make_folder(outputs.folder)
    # Before it is read: another run may add to it as well.
    with PartFile(record, patience_s=SMALL_FILE_S) as file:
        made = read_record(record) | dict.fromkeys(files or outputs.files, place)
        file.write((json.dumps(made, indent=1) + "\n").encode())


def place_of(origin: str, folder: Path) -> dict[str, str]:
    """Where something is: absolute, and seen from a folder where there is a way."""
    if kind_of(origin) == "stream":
        return {"source": hide_secrets(origin)}
    path = Path(origin).absolute()
    place = {"source": str(path)}
    with suppress(ValueError):  # another drive
        place["from_here"] = Path(os.path.relpath(path, folder.absolute())).as_posix()
    return place


def places(place: dict[str, Any], folder: Path) -> Iterator[Path]:
    """Where a recorded file may be by now, the likeliest place first."""
    source, from_here = str(place.get("source", "")), place.get("from_here")
    if isinstance(from_here, str):
        yield folder / from_here
    if source:
        yield Path(source)
        yield folder / source  # as it was typed in that folder
        yield folder / Path(source.replace("\\", "/")).name


def check_record(outputs: Outputs) -> None:
    """Raises OutputError where the record of outputs would replace another file than one of ours.

    Ours are records of the same origin, and of files that are gone or about to be replaced.
    """
    path = outputs.folder / f"{outputs.name}{META}"
    if not os.path.lexists(path):
        return
    record = read_record(path)
    names = record.get("results")
    if isinstance(names, list) and str(record.get("format", "")).startswith("yolopose "):
        others = {str(name) for name in names} - {*outputs.files, path.name}
        left = replace(outputs, files=tuple(sorted(others))).existing()
        if next(left, None) is None or _was_source(record, outputs):
            return
    raise OutputError(
        f"{path}: is there already and is no record of what is made of {outputs.origin}; choose "
        "another name or folder"
    )


def exported(record: dict[str, Any]) -> set[str]:
    """Files of a record that a person had the window write: no run replaces them unasked."""
    parts = record.get("earlier")
    found: set[str] = set()
    for part in (record, *(parts if isinstance(parts, list) else ())):
        export = part.get("export") if isinstance(part, dict) else None
        names = export.get("files") if isinstance(export, dict) else None
        if isinstance(names, list):
            found |= {name for name in names if isinstance(name, str)}
    return found


def recorded(outputs: Outputs) -> set[str]:
    """The files that runs of `process` list as made of the origin, of a stopped one too."""
    owned: set[str] = set()
    folder, origin = outputs.folder, Path(outputs.origin)
    inside = kind_of(outputs.origin) != "stream" and _same_file(origin.parent, folder)
    meta = folder / f"{outputs.name}{META}"
    for path in (meta, part_path(meta)):
        record = read_record(path)
        files = _names(record, outputs.name)
        if record and ((inside and origin.name in files) or _was_source(record, outputs)):
            owned |= files
    return owned


def _owned(outputs: Outputs) -> set[str]:
    """Names of files in the folder that were made of the origin."""
    owned, folder = recorded(outputs), outputs.folder
    ours = {str(folder / name) for name in owned}
    for name, place in read_record(_made_path(outputs)).items():
        if isinstance(place, dict) and any(
            _is_at(place, folder, made_of) for made_of in (outputs.origin, *ours)
        ):
            owned.add(name)
    return owned


def _names(record: dict[str, Any], name: str) -> set[str]:
    """The files that a record lists."""
    listed = record.get("results", [f"{name}.csv", f"{name}.meta.json"])
    return {item for item in listed if isinstance(item, str)} if isinstance(listed, list) else set()


def _was_source(record: dict[str, Any], outputs: Outputs) -> bool:
    place = record.get("source")
    if not isinstance(place, dict):
        return False
    if _is_at(place, outputs.folder, outputs.origin):
        return True
    with suppress(SourceError, OSError):
        sha256 = place.get("sha256")
        return sha256 is not None and sha256 == source_sha256(outputs.origin)
    return False


def _is_at(place: dict[str, Any], folder: Path, origin: str) -> bool:
    source = str(place.get("source", ""))
    if kind_of(origin) == "stream" or kind_of(source) == "stream":
        return hide_secrets(source) == hide_secrets(origin)
    candidates: Iterable[Path] = [Path(source)] if source else []
    if isinstance(place.get("from_here"), str):
        candidates = [*candidates, folder / place["from_here"]]
    return any(_same_file(path, Path(origin)) for path in candidates)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.resolve() == other.resolve() or one.samefile(other)
    except (OSError, ValueError):
        return False


def _made_path(outputs: Outputs) -> Path:
    return outputs.folder / f".{outputs.name}.made.json"


def read_record(path: Path) -> dict[str, Any]:
    """A record; empty where there is none that can be read."""
    try:
        content = read_json_text(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
