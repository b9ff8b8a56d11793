"""What an export of the window was made of: the record beside it."""

import json
from collections.abc import Mapping
from typing import Any

from app.results.ownership import Outputs, check_record
from app.results.places import place_of
from app.results.provenance import FORMAT, UNITS, source_record, versions
from app.results.record_file import META, read_record
from app.results.source_digest import source_sha256
from core.errors import SourceError
from core.part_file import write_whole
from core.settings import build
from core.video.probe import probe
from core.video.source import CaptureSettings, image_files
from ui.session.records import CSV, Exported

CHEAP_BYTES = 2**30  # of a clip whose digest nobody has to wait for


def check_export_record(made: Exported) -> None:
    """Raises OutputError where the record would replace a file that is none of ours."""
    check_record(_outputs(made, made.files))


def write_export_record(made: Exported, made_by: Mapping[str, Any]) -> None:
    """Write `NAME.meta.json` beside an export; records of other files under it are kept inside.

    `made_by` is as `provenance.made_by` has it, empty where nothing was analysed. Raises
    OutputError.
    """
    check_export_record(made)
    path = made.folder / f"{made.name}{META}"
    own = (*made.files, path.name)
    earlier = _earlier(read_record(path), made)
    kept = {name for record in earlier for name in _files(record)}
    record: dict[str, Any] = {
        "format": FORMAT if made.kind == CSV else f"yolopose export, {made.kind}",
        "versions": versions(),
        "source": _source(made, _capture(made_by)),
        "results": sorted({*own, *kept}),
        "export": {"kind": made.kind, "files": sorted(own), **made.how},
        "frames": {"first": made.first, "last": made.last},
        "person": made.only,
        "corrections": made.corrections,
        **made_by,
    }
    if made.kind == CSV:
        record["units"] = UNITS
    record |= {"earlier": earlier} if earlier else {}
    write_whole(path, json.dumps(record, indent=2, allow_nan=False) + "\n")


def _source(made: Exported, capture: CaptureSettings) -> dict[str, Any]:
    """Where the clip is and what it is; only where it was if it is gone."""
    try:
        return source_record(probe(made.source, capture), made.folder, _digest(made.source))
    except SourceError:
        return {**place_of(made.source, made.folder), "sha256": None}


def _capture(made_by: Mapping[str, Any]) -> CaptureSettings:
    """How the clip was read."""
    settings = made_by.get("settings", {})
    return build(CaptureSettings, settings.get("capture", {}))


def _digest(source: str) -> str | None:
    """Of a clip that is quickly read. Raises SourceError."""
    try:
        size = sum(path.stat().st_size for path in image_files(source))
    except OSError as error:
        raise SourceError(f"{source}: cannot be read ({error.strerror})") from error
    return source_sha256(source) if size <= CHEAP_BYTES else None


def _earlier(record: dict[str, Any], made: Exported) -> list[dict[str, Any]]:
    """Records of files that have the same name and stay, the newest first."""
    inside = record.pop("earlier", None)
    others = inside if isinstance(inside, list) else []
    found = [record, *(other for other in others if isinstance(other, dict))] if record else []
    stay = []
    for other in found:
        names = _files(other) - {*made.files, f"{made.name}{META}"}
        if next(_outputs(made, tuple(sorted(names))).existing(), None) is not None:
            stay.append(other)
    return stay


def _files(record: Mapping[str, Any]) -> set[str]:
    """What a record is about."""
    export = record.get("export")
    names = export.get("files") if isinstance(export, dict) else record.get("results")
    return {str(name) for name in names} if isinstance(names, list) else set()


def _outputs(made: Exported, files: tuple[str, ...]) -> Outputs:
    return Outputs(made.folder, made.name, made.source, files)
