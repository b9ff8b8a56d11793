"""What the machine gives to this process, and what goes back to it."""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Of glibc's mallopt.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGE_BLOCK = 256 * 1024  # bytes; such blocks go back to the system when they are freed
_FREE_TOP = 16 * 1024 * 1024  # bytes of the heap that may stay free
_UNDISTURBED_S = 0.1  # longer than a picture takes
_GIVING_WAY = 5  # niceness; a third of the processor time of a thread that does not
_SWITCH_S = 2e-3  # Python's own 5 ms add up where the lock is needed again and again


def core_count() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def keep_memory_small() -> None:
    """From now on, large blocks that are freed go back to the system at once.

    By itself glibc begins to keep them when the first was freed, and pictures that come and go
    leave holes. Nothing happens where the C library is another.
    """
    set_option = _c_function("mallopt")
    if set_option is not None:
        set_option(_MMAP_THRESHOLD, _LARGE_BLOCK)
        set_option(_TRIM_THRESHOLD, _FREE_TOP)


def return_freed_memory() -> None:
    """Hand back what is free inside the heap: some 60 MB after opening a large network."""
    trim = _c_function("malloc_trim")
    if trim is not None:
        trim(0)


def keep_waits_short() -> None:
    """For programs that show or send what is fresh: no thread waits long for another's Python code.

    Garbage collections no longer look through what is there now, which stops all threads for some
    50 ms where a window and its libraries are loaded: call it when that is done. Each call collects
    once more through everything, so that what an earlier one spared and nobody needs any longer
    goes. What counts of references free goes as before. Threads that want to run Python code are
    let in sooner.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(_SWITCH_S)


def spare_what_was_loaded() -> None:
    """Collections no longer look through what is there now, as `keep_waits_short`, but at once.

    For libraries that are loaded while something is shown: cycles that end later stay in memory.
    """
    gc.freeze()


def give_way() -> None:
    """Let this thread, and those that it starts, wait where others of this computer are ready.

    Only on Linux, where niceness is a thread's own and not the whole process's.
    """
    if sys.platform == "linux":
        os.nice(_GIVING_WAY)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Threads that begin to wait for Python's lock in the block are not let in before its end.

    Where it takes up to 0.1 s, and calls nothing that hands the lock on. Each that is let in would
    keep this one waiting twice: for the lock and for a processor.
    """
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(_UNDISTURBED_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)


def _c_function(name: str) -> Any | None:
    return getattr(ctypes.CDLL(None), name, None) if os.name == "posix" else None
