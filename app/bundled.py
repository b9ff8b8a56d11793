"""Where the program is, and files that come with it."""

from pathlib import Path

MODULE = __name__.rpartition(".")[0]  # what `python -m` runs
SAMPLE = Path(__file__).parent / "sample"


def sample_clip() -> Path | None:
    """The clip that comes with the program."""
    path = SAMPLE / "sample.mp4"
    return path if path.is_file() else None
