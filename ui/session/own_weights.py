"""Weights that were taught in the window: named files in one folder."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from core.errors import OutputError
from core.file_names import is_device
from core.part_file import make_folder, output_errors, whole_file

SUFFIX = ".safetensors"
_LONGEST = 60  # signs of a name
_FORBIDDEN = set('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class OwnWeights:
    """A file by the name that it was given."""

    name: str
    path: Path


def own_weights(folder: Path) -> list[OwnWeights]:
    """All of them, by name."""
    files = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.name.lower())
    return [OwnWeights(path.stem, path) for path in files]


def keep_weights(taught: Path, folder: Path, name: str) -> Path:
    """Give weights a name of their own and their place among the others; they are moved there.

    Raises OutputError for a name that is taken, or cannot be the name of a file.
    """
    name = name.strip()
    plain = name and len(name) <= _LONGEST and name.isprintable() and not name.startswith(".")
    if not plain or _FORBIDDEN & set(name) or is_device(name):
        raise OutputError(
            f"{name[:_LONGEST]!r} cannot be a name: 1 to {_LONGEST} letters, digits, spaces and "
            "the like are right"
        )
    path = folder / f"{name}{SUFFIX}"
    if path.exists():
        raise OutputError(f"there are weights of the name {name} already; take another one")
    make_folder(folder)
    with whole_file(path) as part:
        shutil.move(taught, part)
    return path


def remove_weights(path: Path) -> None:
    """Delete a file. Raises OutputError."""
    with output_errors(path):
        path.unlink(missing_ok=True)
