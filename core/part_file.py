"""Results appear under their final name only when they are complete; until then as `.part`.

Nobody writes a `.part` file that another run is writing (`core/one_writer.py`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.closing import Completing
from core.errors import OutputError
from core.one_writer import LONG_WORK_S, SMALL_FILE_S, empty, end_as, open_alone, remove


def part_path(path: Path) -> Path:
    """The name that a result has until it is complete: `clip.csv.part` for `clip.csv`."""
    return path.with_name(path.name + ".part")


def own_part(path: Path) -> Path:
    """`part_path`, where no link leads to a file elsewhere: that one is not ours to write to.

    Raises OutputError.
    """
    part = part_path(path)
    with output_errors(path):
        drop_link(part)
    return part


def drop_link(path: Path) -> None:
    """Remove a link to a file, or to nothing. Raises OSError."""
    if path.is_symlink() and (path.is_file() or not path.exists()):
        path.unlink()


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about writing `path` into OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name for a library to write to; the file gets its own name once it is complete.

    Raises OutputError for what the operating system refuses, and where another run writes it.
    """
    part = own_part(path)
    with output_errors(path), open_alone(part, path, SMALL_FILE_S) as file:
        empty(file)
        yield part
        end_as(file, part, path)


def make_folder(folder: Path) -> None:
    """Make a folder for results where there is none. Raises OutputError."""
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


class PartFile(Completing):
    """A file that grows under its `.part` name; every `write` reaches the operating system.

    So a killed program loses nothing that was written. `with` keeps the part file after an
    error and gives it its final name otherwise. With `keep`, an existing part file is
    overwritten in place from its start and not cut before `cut()` or the end.
    Every method raises OutputError, the first one also where another run writes the file for
    longer than `patience_s`.
    """

    def __init__(self, path: Path, keep: bool = False, patience_s: float = LONG_WORK_S) -> None:
        self.path = path
        self.part = own_part(path)
        with output_errors(path):
            self._file = open_alone(self.part, path, patience_s)
            if not keep:
                empty(self._file)

    def write(self, data: bytes) -> None:
        """Append bytes; all of them are with the operating system on return."""
        rest = memoryview(data)
        with output_errors(self.path):
            while rest:
                rest = rest[self._file.write(rest) :]

    def cut(self) -> None:
        """Drop what an earlier run left after the present position."""
        with output_errors(self.path):
            self._file.truncate()

    def commit(self) -> None:
        """Close the file, safe on the disk, and give it its final name."""
        with output_errors(self.path), self._file:
            self._file.truncate()
            os.fsync(self._file.fileno())
            end_as(self._file, self.part, self.path)

    def drop(self) -> None:
        """Close the file and delete it."""
        with output_errors(self.path), self._file:
            remove(self._file, self.part)

    def close(self) -> None:
        """Close the file and leave it under its `.part` name."""
        self._file.close()


def write_whole(path: Path, text: str) -> None:
    """Write a small text file in UTF-8, whole or not at all. Raises OutputError.

    Bytes of file names that are no UTF-8 come as `\\udcff` and the like.
    """
    with PartFile(path, patience_s=SMALL_FILE_S) as file:
        file.write(text.encode(errors="backslashreplace"))


def is_there(path: Path) -> bool:
    """Whether there is a file that this user can know of; not where the system refuses the name."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
