"""Tells when this computer itself stood still, whatever its programs do.

`python tests/standstill.py PROCESSOR MINUTES`, as root on Linux: sleeps 5 ms at a time with the
priority of real time, and prints a line whenever it comes back more than 15 ms late. In a virtual
machine, `steal` of /proc/stat rises with that: its host held the processor.
"""

import ctypes
import os
import sys
import time
from pathlib import Path

NAP_S = 5e-3
LATE_S = 15e-3
ALL_PAGES = 3  # MCL_CURRENT and MCL_FUTURE of mlockall(2)
STEAL = 8  # field of a processor's line


def stolen_s(processor: int) -> float:
    """Seconds for which the host held this processor so far."""
    lines = (line.split() for line in Path("/proc/stat").read_text().splitlines())
    (words,) = (words for words in lines if words[0] == f"cpu{processor}")
    return int(words[STEAL]) / os.sysconf("SC_CLK_TCK")


def main(processor: int, minutes: float) -> None:
    """Print what was late."""
    os.sched_setaffinity(0, {processor})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    ctypes.CDLL(None).mlockall(ALL_PAGES)
    ends_s = time.monotonic() + 60 * minutes
    before_s = stolen_s(processor)
    while time.monotonic() < ends_s:
        slept_s = time.monotonic()
        time.sleep(NAP_S)
        late_s = time.monotonic() - slept_s - NAP_S
        if late_s > LATE_S:
            now_s = stolen_s(processor)
            took = f"{now_s - before_s:.2f} s were taken since the last line"
            print(f"{time.strftime('%H:%M:%S')}: {1e3 * late_s:.0f} ms late; {took}", flush=True)
            before_s = now_s


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
