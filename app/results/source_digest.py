"""A source as one number, by which a recording is known again when it has moved."""

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from core.errors import SourceError
from core.model.checkpoint import file_sha256
from core.video.source import check_file, image_files, kind_of

_State = tuple[int, ...]


def source_sha256(source: str) -> str | None:
    """Digest of a file, or of the names and contents of a folder's images; None for addresses.

    It is read once, as long as nothing in it changes. Raises SourceError.
    """
    if kind_of(source) == "stream":
        return None
    path = Path(source)
    if path.is_dir():
        files = tuple(image_files(source))
        return _images_sha256(files, tuple(map(_state, files)))
    check_file(path)
    return _file_sha256(path.absolute(), _state(path))


@lru_cache(maxsize=64)
def _file_sha256(path: Path, state: _State) -> str:
    return file_sha256(path)


@lru_cache(maxsize=8)
def _images_sha256(files: tuple[Path, ...], states: tuple[_State, ...]) -> str:
    digest = hashlib.sha256()
    for image in files:
        digest.update(os.fsencode(image.name) + f"\0{file_sha256(image)}\n".encode())
    return digest.hexdigest()


def _state(path: Path) -> _State:
    """What changes with the content of a file. Raises SourceError."""
    try:
        facts = path.stat()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
