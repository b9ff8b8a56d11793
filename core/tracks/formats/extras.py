"""Libraries that only some formats need, and whole files written by them."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import OutputError
from core.part_file import output_errors, part_path


def library(name: str, purpose: str) -> Any:
    """A module of the extra `formats`. Raises OutputError where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OutputError(f"{purpose} needs {name}: pip install 'yolopose[formats]'") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name for a library to write to; the file gets its own name once it is complete.

    Raises OutputError for what the operating system refuses.
    """
    part = part_path(path)
    with output_errors(path):
        part.unlink(missing_ok=True)
        yield part
        part.replace(path)
