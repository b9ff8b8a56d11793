"""Libraries that only some formats need."""

import importlib
from typing import Any

from core.errors import OutputError


def library(name: str, purpose: str) -> Any:
    """A module of the extra `formats`. Raises OutputError where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OutputError(f"{purpose} needs {name}: pip install 'yolopose[formats]'") from error
