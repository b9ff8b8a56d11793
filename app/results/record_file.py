"""The records beside results, as far as they can be understood."""

from pathlib import Path
from typing import Any

from core.json_text import read_json_text

META = ".meta.json"  # of records that are there to be read


def read_record(path: Path) -> dict[str, Any]:
    """A record; empty where there is none that can be read."""
    try:
        content = read_json_text(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def entry_of(record: dict[str, Any], name: str) -> dict[str, Any]:
    """What a record says under a name; empty where that is nothing that can be understood."""
    entry = record.get(name)
    return entry if isinstance(entry, dict) else {}


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
