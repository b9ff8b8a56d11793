"""Keeps the memory on which a thread handles signals out of the hands of libraries."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NONE = 2  # SS_DISABLE: signals are handled on the thread's usual stack


class _Stack(ctypes.Structure):
    """`stack_t` of sigaltstack(2), as Linux lays it out."""

    _fields_ = (
        ("memory", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("size", ctypes.c_size_t),
    )


@contextmanager
def own_signal_stack() -> Iterator[None]:
    """After the block, this thread handles signals where it did before it.

    OpenVINO gives the thread that compiles memory of its own for that, as AMX needs much, and
    frees it with its last network, in whichever thread that is. From then on the next signal,
    Ctrl-C above all, would end the process with a segmentation fault.
    """
    if sys.platform != "linux":
        yield
        return
    library, before = ctypes.CDLL(None), _Stack()
    library.sigaltstack(None, ctypes.byref(before))
    try:
        yield
    finally:
        # Where AMX is in use by now, what was there before may be too small to be put back.
        if library.sigaltstack(ctypes.byref(before), None) != 0:
            library.sigaltstack(ctypes.byref(_Stack(None, _NONE, 0)), None)
