"""What may be replaced: only files that a record beside them says were made of the same thing.

`process` writes `<name>.meta.json`, under its `.part` name before the work starts. The other
commands add to a hidden `.<name>.made.json`. Both name what the files were made of, by its
absolute path and by its path from the folder of the record, so that both may move together.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.results.numbered import Span, numbered, read_spans, spans, within
from app.results.places import differs_in_secrets, is_at, place_of, same_file
from app.results.record_file import META, entry_of, exported, read_record
from app.results.source_digest import source_sha256
from core.errors import OutputError, SourceError
from core.one_writer import SMALL_FILE_S
from core.part_file import PartFile, make_folder, output_errors, part_path
from core.video.source import kind_of

_BEGUN = "begun"  # numbered files are being written: more may be there than are listed


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
    path = None if overwrite else foreign(outputs)
    if path is None:
        return
    if path in _exports(outputs):
        raise OutputError(
            f"{path}: was exported from the window; choose another --output, or replace it with "
            "--overwrite"
        )
    if _other_secrets(outputs):
        raise OutputError(
            f"{path}: is there already and was made of {outputs.origin} with another user, "
            "password or key, which may be another camera; choose another --output, or replace "
            "it with --overwrite"
        )
    raise OutputError(
        f"{path}: is there already and was not made of {outputs.origin}; "
        "choose another --output, or replace it with --overwrite"
    )


def foreign(outputs: Outputs) -> Path | None:
    """The first of the files that is there already and not known as made of the same thing."""
    made, owned = read_record(_made_path(outputs)), None
    exports = _exports(outputs)
    for path in outputs.existing():
        if path in exports:
            return path
        owned = _owned(outputs) if owned is None else owned
        if not any(_names_it(name, made, path, outputs) for name in owned):
            return path
    return None


def _exports(outputs: Outputs) -> set[Path]:
    """Files that are there and that the record says were exported from the window."""
    chosen = exported(read_record(outputs.folder / f"{outputs.name}{META}"))
    return set(replace(outputs, files=tuple(chosen)).existing())


def _names_it(name: str, made: dict[str, Any], path: Path, outputs: Outputs) -> bool:
    """Whether a name in records is that of a file: of numbered ones, those that were written."""
    if path not in Outputs(outputs.folder, outputs.name, "", (name,)).existing():
        return False
    entry = entry_of(made, name)
    if "numbers" not in entry or _BEGUN in entry:
        return True
    number = next(iter(numbered(outputs.folder / name, [path])), None)
    return number is None or within(number, read_spans(entry["numbers"]))


def remember(outputs: Outputs, files: Sequence[str] | None = None) -> None:
    """Put files that are written, or some of them, into the hidden record. Raises OutputError."""
    _note(outputs, dict.fromkeys(files or outputs.files))


def begin(outputs: Outputs) -> None:
    """Files are about to be written that `settle` will list: a run that is stopped may go on.

    Raises OutputError.
    """
    made = read_record(_made_path(outputs))
    entries = {name: entry_of(made, name) for name in outputs.files}
    again = [
        name
        for name, entry in entries.items()
        if "numbers" in entry and is_at(entry, outputs.folder, outputs.origin)
    ]
    if again:
        remember(outputs, again)


def settle(outputs: Outputs, written: Sequence[Path]) -> None:
    """Remember what was written, and remove what an earlier run made of the same and this did not.

    Only numbered files go, which stand for people or frames that are gone, and only those that the
    record lists one by one. Names of files may lead into folders. Raises OutputError.
    """
    made = read_record(_made_path(outputs))
    noted: dict[str, list[Span] | None] = {}
    gone: list[Path] = []
    for name in outputs.files:
        pattern, entry = outputs.folder / name, entry_of(made, name)
        now = numbered(pattern, written)
        noted[name] = spans(now) if "#" in name.removeprefix(outputs.name) else None
        before = read_spans(entry.get("numbers"))
        if before and is_at(entry, outputs.folder, outputs.origin):
            there = numbered(pattern, _listed(pattern.parent))
            gone += [path for n, path in there.items() if n not in now and within(n, before)]
    if gone:  # a run that is stopped in between leaves a record of both
        remember(outputs)
    for path in gone:
        if path.is_file() and not path.is_symlink():
            with output_errors(path):
                path.unlink()
    _note(outputs, noted)


def _note(outputs: Outputs, files: Mapping[str, list[Span] | None]) -> None:
    """Put files into the record, with the numbers of those that have some; None: as they were."""
    record = _made_path(outputs)
    place = place_of(outputs.origin, outputs.folder)
    make_folder(outputs.folder)
    # Before it is read: another run may add to it as well.
    with PartFile(record, patience_s=SMALL_FILE_S) as file:
        made = read_record(record)
        for name, numbers in files.items():
            entry, made[name] = entry_of(made, name), dict(place)
            if numbers is not None:
                made[name]["numbers"] = numbers
            elif "numbers" in entry and is_at(entry, outputs.folder, outputs.origin):
                made[name] |= {"numbers": entry["numbers"], _BEGUN: True}
        file.write((json.dumps(made, indent=1) + "\n").encode())


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


def recorded(outputs: Outputs) -> set[str]:
    """The files that runs of `process` list as made of the origin, of a stopped one too."""
    owned: set[str] = set()
    folder, origin = outputs.folder, Path(outputs.origin)
    inside = kind_of(outputs.origin) != "stream" and same_file(origin.parent, folder)
    meta = folder / f"{outputs.name}{META}"
    for path in (meta, part_path(meta)):
        record = read_record(path)
        files = _names(record, outputs.name)
        if record and ((inside and origin.name in files) or _was_source(record, outputs)):
            owned |= files
    return owned


def _owned(outputs: Outputs) -> set[str]:
    """Names of files in the folder that were made of the origin, or of what was made of it."""
    owned, folder = recorded(outputs), outputs.folder
    made = read_record(_made_path(outputs))
    origins = [outputs.origin, *(str(folder / name) for name in owned)]
    while origins:
        more = {
            name
            for name in made.keys() - owned
            if any(is_at(entry_of(made, name), folder, origin) for origin in origins)
        }
        owned |= more
        origins = [str(folder / name) for name in more]
    return owned


def _names(record: dict[str, Any], name: str) -> set[str]:
    """The files that a record lists."""
    listed = record.get("results", [f"{name}.csv", f"{name}{META}"])
    return {item for item in listed if isinstance(item, str)} if isinstance(listed, list) else set()


def _was_source(record: dict[str, Any], outputs: Outputs) -> bool:
    place = record.get("source")
    if not isinstance(place, dict):
        return False
    if is_at(place, outputs.folder, outputs.origin):
        return True
    with suppress(SourceError, OSError):
        sha256 = place.get("sha256")
        return sha256 is not None and sha256 == source_sha256(outputs.origin)
    return False


def _other_secrets(outputs: Outputs) -> bool:
    """Whether a record beside tells of an address that is another one in what is secret alone."""
    if kind_of(outputs.origin) != "stream":
        return False
    meta, made = outputs.folder / f"{outputs.name}{META}", read_record(_made_path(outputs))
    told = [entry_of(read_record(path), "source") for path in (meta, part_path(meta))]
    told += [entry_of(made, name) for name in made]
    return any(differs_in_secrets(place, outputs.origin) for place in told)


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _made_path(outputs: Outputs) -> Path:
    return outputs.folder / f".{outputs.name}.made.json"
