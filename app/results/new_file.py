"""A file that is made of nothing in particular: it replaces another one only where that is said."""

from pathlib import Path

from core.errors import OutputError
from core.one_writer import SMALL_FILE_S
from core.part_file import PartFile, make_folder, output_errors


def check_new(path: Path, overwrite: bool) -> None:
    """Before long work whose figures go into a file: none is there, and it can be written.

    Its folder is made. Raises OutputError.
    """
    with output_errors(path):
        there = path.exists() or path.is_symlink()
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; name a file")
    if there and not overwrite:
        raise OutputError(
            f"{path}: is there already; name another file, or replace it with --overwrite"
        )
    make_folder(path.parent)
    PartFile(path, patience_s=SMALL_FILE_S).drop()
