"""Whether there is a desktop for a window. Qt itself would end the process, or say little."""

import importlib
import os
import sys
from collections.abc import Mapping

from core.errors import UserError


def check_display(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> None:
    """Raises UserError where a window cannot be opened for want of a display."""
    told = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    if system.startswith("linux") and not any(environment.get(name) for name in told):
        raise UserError(
            "there is no display for the window (neither DISPLAY nor WAYLAND_DISPLAY is set); "
            "without one, `python -m app process CLIP --output DIR` makes tables of clips and "
            "`python -m app live SOURCE --no-window --output DIR` of cameras and streams"
        )


def load_toolkit() -> None:
    """Raises UserError where the libraries of a desktop are missing that Qt stands on."""
    try:
        importlib.import_module("PyQt6.QtOpenGLWidgets")
    except ImportError as error:
        raise UserError(
            f"the window cannot be opened: {error}; every desktop brings this library, and on a "
            "bare Debian or Ubuntu `apt install libgl1 libegl1 libxkbcommon0 libdbus-1-3` does"
        ) from error
