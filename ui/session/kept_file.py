"""A file that a window keeps as its own work is, and never over what another window wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import OutputError
from core.part_file import make_folder


class KeptFile:
    """Made before the file is read; from then on it is only this window that writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = _state(path)

    @contextmanager
    def written(self) -> Iterator[Path]:
        """Write the file anew. Raises OutputError where somebody else has since it was read."""
        if _state(self.path) != self._seen:
            raise OutputError(
                f"{self.path}: another window has changed it; what is changed here is not kept, "
                "open the clip again and go on from there"
            )
        make_folder(self.path.parent)
        yield self.path
        self._seen = _state(self.path)


def _state(path: Path) -> tuple[int, int, int] | None:
    """Changes with every file that takes another one's place; None for no file."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns
