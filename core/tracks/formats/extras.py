"""Libraries that only some formats need."""

import importlib
from typing import Any

from core.errors import OutputError


def library(name: str, purpose: str, extra: str = "formats") -> Any:
    """A module of an extra. Raises OutputError where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OutputError(f"{purpose} needs {name}: pip install 'yolopose[{extra}]'") from error
