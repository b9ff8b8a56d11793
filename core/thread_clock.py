"""What became of a thread's time: computed, or waited for a processor or the disk."""

import ctypes
import math
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

_SCHEDULED = Path("/proc/thread-self/schedstat")
_SCHEDULED_BYTES = 80  # as many as are read


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the clocks of a thread stand, in seconds."""

    clock_s: float
    computed_s: float
    queued_s: float  # was ready, and waited for a processor; NaN where nothing tells
    pages_read: int  # of memory, for which it waited for the disk; 0 where nothing tells


class ThreadClock:
    """The clocks of the thread that makes this.

    Made to be asked often: nothing is opened anew, and Python's lock is not handed on, for which
    the thread would have to wait again.
    """

    def __init__(self) -> None:
        self._scheduled = _SystemText(_SCHEDULED, _SCHEDULED_BYTES)

    def now(self) -> Moment:
        """Where the clocks stand."""
        words = self._scheduled.read().split()
        return Moment(
            time.perf_counter(),
            time.thread_time(),
            int(words[1]) / 1e9 if words else math.nan,
            _pages_read(),
        )

    def close(self) -> None:
        """It cannot be asked any more."""
        self._scheduled.close()


def time_of_day(clock_s: float) -> str:
    """Hours, minutes and seconds here at a time of `time.perf_counter`."""
    since_1970_s = time.time() - (time.perf_counter() - clock_s)
    return time.strftime("%H:%M:%S", time.localtime(since_1970_s))


def _pages_read() -> int:
    if sys.platform != "linux":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_THREAD).ru_majflt


class _SystemText:
    """A text that the system writes anew each time it is read; empty where there is none."""

    def __init__(self, path: Path, size: int) -> None:
        self._file: BufferedReader | None = None
        self._text = ctypes.create_string_buffer(size)
        with suppress(OSError):
            self._file = path.open("rb")
            self._read = ctypes.PyDLL(None).pread
            self._read.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long)
            self._read.restype = ctypes.c_ssize_t

    def read(self) -> bytes:
        if self._file is None:
            return b""
        count = self._read(self._file.fileno(), self._text, len(self._text), 0)
        return ctypes.string_at(self._text, max(0, count))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
