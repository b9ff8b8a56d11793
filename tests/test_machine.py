"""Memory that was freed leaves the process."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Holes below a block that stays: what the heap keeps when it is left to itself.
_PROGRAM = """
from core.machine import keep_memory_small, return_freed_memory

def resident_mb():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024

blocks = [bytes([1]) * 100_000 for _ in range(1000)]
last = bytes(100_000)
before = resident_mb()
del blocks
kept = resident_mb()
return_freed_memory()
print(before, kept, resident_mb())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's own calls")
def test_holes_in_the_heap_are_returned() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, cwd=ROOT, check=True
    )
    before, kept, after = map(float, done.stdout.split())
    assert before - kept < 10
    assert before - after > 80
