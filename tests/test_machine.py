"""Memory that was freed leaves the process; threads give way to others."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from core.run.background import background

ROOT = Path(__file__).resolve().parents[1]
# Holes below a block that stays: what the heap keeps when it is left to itself. Nothing large
# may be loaded, as it could have set the allocator up already.
_PROGRAM = """
import sys
from core.machine import keep_memory_small, return_freed_memory

def resident_mb():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024

size, setting = int(sys.argv[1]), sys.argv[2]
if setting == "small":
    keep_memory_small()
first = bytes([1]) * 4_000_000
del first
blocks = [bytes([1]) * size for _ in range(100_000_000 // size)]
last = bytes([1]) * 1_000_000  # above them: no hole below has room for it
before = resident_mb()
del blocks
kept = resident_mb()
return_freed_memory()
print(before, kept, resident_mb())
"""


def residents_mb(size: int, setting: str) -> tuple[float, ...]:
    """With 100 MB in blocks of `size` bytes, behind their release, and behind the return."""
    command = [sys.executable, "-c", _PROGRAM, str(size), setting]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return tuple(map(float, done.stdout.split()))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's own calls")
@pytest.mark.parametrize(
    ("size", "setting", "kept_by_heap"),
    [(100_000, "usual", True), (400_000, "usual", True), (400_000, "small", False)],
)
def test_freed_memory_is_returned(size: int, setting: str, kept_by_heap: bool) -> None:
    before, kept, after = residents_mb(size, setting)
    assert (before - kept < 10) == kept_by_heap
    assert before - min(kept, after) > 80


_SPARED = """
import gc, sys
from core.machine import keep_waits_short

class Node:
    pass

def looked_through():
    gc.collect()
    return len(gc.get_objects())

many = [Node() for _ in range(50_000)]
before = looked_through()
keep_waits_short()
spared = looked_through()
tied = Node()
tied.itself = tied
del tied
print(before, spared, gc.collect(), gc.isenabled(), sys.getswitchinterval())
"""

# Of a run: something that holds itself, spared by the collections that came while it was needed.
_ENDED = """
import weakref
from core.machine import keep_waits_short

class Session:
    pass

session = Session()
session.itself = session
ended = weakref.ref(session)
keep_waits_short()
del session
print(ended() is None)
keep_waits_short()
print(ended() is None)
"""


def test_collections_do_not_look_through_what_was_there() -> None:
    command = [sys.executable, "-c", _SPARED]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    before, spared, collected, enabled, interval_s = done.stdout.split()
    assert int(before) > 50_000
    assert int(spared) < 1_000
    assert int(collected) > 0
    assert enabled == "True"
    assert float(interval_s) < 0.005  # of Python itself


def test_what_was_spared_goes_at_the_next_call_once_nobody_needs_it() -> None:
    command = [sys.executable, "-c", _ENDED]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a niceness of its own on Linux")
def test_a_thread_that_gives_way_takes_those_along_that_it_starts_and_no_others() -> None:
    found: dict[str, int] = {}

    def note(name: str) -> None:
        found[name] = os.getpriority(os.PRIO_PROCESS, 0)  # of the thread that asks

    def work() -> Iterator[str]:
        note("work")
        helper = Thread(target=note, args=("helper",))
        helper.start()
        helper.join()
        yield "done"

    assert list(background(work(), gives_way=True)) == ["done"]
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    assert found == {"work": min(usual + 5, 19), "helper": min(usual + 5, 19)}
    assert list(background(work())) == ["done"]
    assert found == {"work": usual, "helper": usual}
