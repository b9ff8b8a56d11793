"""Untrusted HDF5 files, checked before a library reads all that they say they hold."""

from pathlib import Path
from typing import Any

from core.tracks.formats.extras import library

_MOST_BYTES = 500_000_000  # of arrays, unpacked; labels of a hundred thousand frames are far below


def check_hdf5(path: Path) -> None:
    """Raises ValueError where a file leads to other files, or holds more than can be meant.

    Raises OSError for what is no HDF5, and OutputError without h5py.
    """
    h5py = library("h5py", "SLEAP")
    sizes: list[int] = []

    def look(name: str, link: Any) -> str | None:
        if isinstance(link, h5py.ExternalLink):
            return f"{name} leads to another file"
        part = file.get(name) if isinstance(link, h5py.HardLink) else None
        if isinstance(part, h5py.Dataset):
            if part.external or part.is_virtual:
                return f"{name} lies in another file"
            sizes.append(part.size * part.dtype.itemsize if part.shape else 0)
        return None  # go on

    try:
        with h5py.File(path, "r") as file:
            problem = file.visititems_links(look)
    except (RuntimeError, SystemError) as error:  # so h5py calls what lies in a damaged file
        raise ValueError(f"its HDF5 is damaged: {error}") from error
    if problem is not None:
        raise ValueError(problem)
    if sum(sizes) > _MOST_BYTES:
        raise ValueError(
            f"it says that it holds {sum(sizes) / 1e6:.0f} MB of arrays; at most "
            f"{_MOST_BYTES / 1e6:.0f} are read"
        )
