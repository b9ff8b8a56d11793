"""Where the program is, and files that come with it."""

import sys
from pathlib import Path

MODULE = __name__.rpartition(".")[0]  # what `python -m` runs
SAMPLE = Path(__file__).parent / "sample"


def sample_clip() -> Path | None:
    """The clip that comes with the program."""
    path = SAMPLE / "sample.mp4"
    return path if path.is_file() else None


def own_command() -> list[str]:
    """What starts this program once more: the interpreter and the package, or the bundle."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-m", MODULE]
