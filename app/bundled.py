"""Files that come with the program."""

from importlib import resources
from pathlib import Path


def sample_clip() -> Path | None:
    """The clip that comes with the program."""
    path = Path(str(resources.files("app"))) / "sample" / "sample.mp4"
    return path if path.is_file() else None
