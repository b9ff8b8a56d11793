"""A source as one number, by which a recording is known again when it has moved."""

import hashlib
import os
from pathlib import Path

from core.model.checkpoint import file_sha256
from core.video.source import check_file, image_files, kind_of


def source_sha256(source: str) -> str | None:
    """Digest of a file, or of the names and contents of a folder's images; None for addresses.

    Raises SourceError.
    """
    if kind_of(source) == "stream":
        return None
    path = Path(source)
    if not path.is_dir():
        check_file(path)
        return file_sha256(path)
    digest = hashlib.sha256()
    for image in image_files(source):
        digest.update(os.fsencode(image.name) + f"\0{file_sha256(image)}\n".encode())
    return digest.hexdigest()
