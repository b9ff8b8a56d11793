"""One writer a file: a second one, in this program or another, waits a little and is refused.

The operating system keeps the locks and frees them when a writer ends, however it ends. A locked
file can be read. (Locks of packages keep Windows from reading it, or want a file beside it.)
"""

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from core.errors import OutputError

RENAMES_OPEN_FILES = sys.platform != "win32"
LONG_WORK_S = 2.0  # who would wait for long work is told so soon
SMALL_FILE_S = 30.0  # what is written at once is waited for
_PAUSE_S = 0.005
_LET_GO_S = 1.0  # who waits has a file open for moments
_LOCKED_BYTE = 2**31 - 2  # beyond what most files hold: Windows lets nobody read a locked byte
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


def open_alone(path: Path, what: Path | None = None, patience_s: float = LONG_WORK_S) -> FileIO:
    """Open a file for writing, and make it where there is none; what it holds stays.

    Raises OSError, and OutputError about `what` (the file) where somebody else writes it for
    longer than `patience_s`.
    """
    give_up_s = time.monotonic() + patience_s
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    waited = False
    while True:
        file = FileIO(os.open(path, flags, 0o666), "r+")
        try:
            locked = _locked(file)
            # The one before may be about to give the file its name.
            if locked and _is_at(file, path) and (RENAMES_OPEN_FILES or not waited):
                return file
        except BaseException:
            file.close()
            raise
        file.close()
        if time.monotonic() > give_up_s:
            raise OutputError(
                f"{what or path}: is being written by another run of this program; wait until "
                "that one has ended, or choose another place"
            )
        waited = not locked
        time.sleep(_PAUSE_S)


def empty(file: FileIO) -> None:
    """Drop what a file holds; what is no file holds nothing. Raises OSError."""
    if os.fstat(file.fileno()).st_size:
        file.truncate(0)


def end_as(file: FileIO, written: Path, path: Path) -> None:
    """Give a file that is alone its final name and close it. Raises OSError."""
    _before_others(file, lambda: written.replace(path))


def remove(file: FileIO, path: Path) -> None:
    """Delete a file that is alone, and close it. Raises OSError."""
    _before_others(file, lambda: path.unlink(missing_ok=True))


@contextmanager
def alone_in(
    folder: Path, work: str = "running", patience_s: float = LONG_WORK_S
) -> Iterator[None]:
    """Nobody else does the same work in a folder. Raises OutputError where somebody does.

    The others are waited for as in `open_alone`.
    """
    marker = folder / f".{work}"
    try:
        file = open_alone(marker, folder, patience_s)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    with file:
        try:
            yield
        finally:
            if not RENAMES_OPEN_FILES:
                file.close()
            with suppress(OSError):  # Windows leaves it to who waits
                marker.unlink()


def _before_others(file: FileIO, change: Callable[[], object]) -> None:
    """Change what a file is called and close it, before anybody else may begin to write it.

    Where open files keep their names, right after it is closed, once nobody else has it open.
    """
    if RENAMES_OPEN_FILES:
        change()
        file.close()
        return
    file.close()
    give_up_s = time.monotonic() + _LET_GO_S
    while True:
        try:
            change()
        except PermissionError:
            if time.monotonic() > give_up_s:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _is_at(file: FileIO, path: Path) -> bool:
    """Whether it still has its name: the writer before may have given it another one."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _locked(file: FileIO) -> bool:
    """Lock an open file until it is closed; False where somebody else has. Raises OSError."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _TAKEN  # a file system that knows no locks
    return True
