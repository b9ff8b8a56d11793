"""Printing that never ends a run: what cannot be shown is escaped, a closed terminal ignored."""

import io
import os
import sys
from contextlib import suppress
from typing import Any


class _Patient(io.RawIOBase):
    """A descriptor whose reader may go away, as `| head -1` does; then nothing is written."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._gone = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int:
        view = memoryview(data)
        if not self._gone:
            try:
                return os.write(self._descriptor, view)
            except OSError:
                self._gone = True
        return view.nbytes


def print_patiently() -> None:
    """Make standard output and error streams that never raise. For a program's start alone."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:  # closed before the start, or a window without a terminal
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
            continue
        with suppress(OSError):
            stream.flush()
        patient = io.TextIOWrapper(
            io.BufferedWriter(_Patient(descriptor)),
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=name == "stderr" or os.isatty(descriptor),
        )
        setattr(sys, name, patient)
