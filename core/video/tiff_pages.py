"""Which pages of a TIFF file are pictures: not the thumbnails that some programs add as pages."""

import mmap
import struct
from contextlib import suppress
from pathlib import Path

_NEW_SUBFILE_TYPE = 254  # tag
_REDUCED = 1  # its bit: a smaller version of another page of this file
_MOST_PAGES = 1_000_000  # a damaged file may lead in a circle


def thumbnail_pages(path: Path) -> frozenset[int]:
    """The numbers of pages that are smaller versions of others; none where it cannot be read."""
    with (
        suppress(OSError, ValueError, struct.error),  # ValueError: an empty file
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        return frozenset(_reduced(data))
    return frozenset()


def _reduced(data: mmap.mmap) -> list[int]:
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return []
    big = struct.unpack_from(f"{order}H", data, 2)[0] == 43  # BigTIFF
    count, entry, offset = ("Q", "HHQQ", "Q") if big else ("H", "HHII", "I")
    counts, entries, offsets = (struct.Struct(order + form) for form in (count, entry, offset))
    found: list[int] = []
    at = offsets.unpack_from(data, 8 if big else 4)[0]
    seen: set[int] = set()
    for page in range(_MOST_PAGES):
        if not at or at in seen:
            break
        seen.add(at)
        length = counts.unpack_from(data, at)[0]
        first = at + counts.size
        for place in range(first, first + length * entries.size, entries.size):
            tag = struct.unpack_from(f"{order}H", data, place)[0]
            value = struct.unpack_from(f"{order}I", data, place + entries.size - offsets.size)[0]
            if tag == _NEW_SUBFILE_TYPE and value & _REDUCED:
                found.append(page)
        at = offsets.unpack_from(data, first + length * entries.size)[0]
    return found
