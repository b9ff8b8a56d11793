"""What a live run sends to: files of their own, and what becomes of each output."""

import os.path
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from core.errors import UserError
from core.part_file import part_path
from core.send.address import Address, read_address
from core.send.outputs import Output


def addresses_of(texts: Sequence[str]) -> list[Address]:
    """What each `--send` means. Nothing is replaced: a file gets the first number that is free.

    Raises SettingsError.
    """
    addresses: list[Address] = []
    taken: set[Path] = set()
    for text in texts:
        address = read_address(text)
        if address.path is not None:
            path = _free(address.path, taken)
            taken.add(path)
            if path != address.path:
                print(f"{address.path}: is there already; sending to {path}", file=sys.stderr)
            address = replace(address, path=path)
        addresses.append(address)
    return addresses


def _free(path: Path, taken: set[Path]) -> Path:
    """The path, or `NAME-2.jsonl` and the like where a run has written that, or began to."""
    names = (path if number == 1 else _numbered(path, number) for number in count(1))
    return next(
        name
        for name in names
        if name not in taken
        # What a killed run wrote is under its `.part` name.
        and not any(map(os.path.lexists, (name, part_path(name))))
    )


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


class Sending:
    """An output of all sources, and whether it failed."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.failed = False

    def check(self) -> None:
        """Take note of what ended it."""
        error = self.output.problem()
        if error is None:
            return
        if not isinstance(error, UserError):
            raise error
        self.failed = True
        print(f"\nwarning: {error}", file=sys.stderr)
