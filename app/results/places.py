"""How records name what files were made of, so that it is found and known again."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from core.secrets import hide_secrets
from core.video.source import kind_of

_DIGEST = "address_scrypt"  # of an address that holds something secret


def place_of(origin: str, folder: Path) -> dict[str, str]:
    """Where something is: absolute, and seen from a folder where there is a way.

    An address is there without its secrets; a digest tells it from others that differ in these.
    """
    if kind_of(origin) == "stream":
        digest = _address_digest(origin)
        return {"source": hide_secrets(origin)} | ({} if digest is None else {_DIGEST: digest})
    path = Path(origin).absolute()
    place = {"source": str(path)}
    with suppress(ValueError):  # another drive
        place["from_here"] = Path(os.path.relpath(path, folder.absolute())).as_posix()
    return place


def places(place: dict[str, Any], folder: Path) -> Iterator[Path]:
    """Where a recorded file may be by now, the likeliest place first."""
    source, from_here = str(place.get("source", "")), place.get("from_here")
    if isinstance(from_here, str):
        yield folder / from_here
    if source:
        yield Path(source)
        yield folder / source  # as it was typed in that folder
        yield folder / Path(source.replace("\\", "/")).name


def is_at(place: dict[str, Any], folder: Path, origin: str) -> bool:
    """Whether a record in a folder names this file or address."""
    source = str(place.get("source", ""))
    if kind_of(origin) == "stream" or kind_of(source) == "stream":
        known, own = place.get(_DIGEST), _address_digest(origin)
        same = known is None or own is None or known == own
        return same and hide_secrets(source) == hide_secrets(origin)
    candidates: Iterable[Path] = [Path(source)] if source else []
    if isinstance(place.get("from_here"), str):
        candidates = [*candidates, folder / place["from_here"]]
    return any(same_file(path, Path(origin)) for path in candidates)


def differs_in_secrets(place: dict[str, Any], address: str) -> bool:
    """Whether a record names another address that looks like this one without its secrets."""
    known, own = place.get(_DIGEST), _address_digest(address)
    alike = hide_secrets(str(place.get("source", ""))) == hide_secrets(address)
    return alike and known is not None and own is not None and known != own


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, which need not be there."""
    try:
        return one.resolve() == other.resolve() or one.samefile(other)
    except (OSError, ValueError):
        return False


@cache
def _address_digest(address: str) -> str | None:
    """The digest of a whole address; None where it holds nothing secret.

    It is slow on purpose: a record that is handed on must not tell a short password to somebody
    who tries them all.
    """
    shown = hide_secrets(address)
    if shown == address:
        return None
    salt = os.fsencode(shown)
    return hashlib.scrypt(os.fsencode(address), salt=salt, n=2**14, r=8, p=1).hex()
