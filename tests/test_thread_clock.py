"""A thread's time is told apart: what it computed, and what it waited for."""

import math
import mmap
import os
import sys
import time
from pathlib import Path

import pytest

from core.thread_clock import ThreadClock, time_of_day

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells it on Linux")


def test_the_wait_for_a_processor_only_rises() -> None:
    clock = ThreadClock()
    told_s = int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    first, second = clock.now(), clock.now()
    assert 0 <= told_s <= first.queued_s <= second.queued_s
    assert first.clock_s <= second.clock_s
    clock.close()
    assert math.isnan(clock.now().queued_s)


def test_what_is_computed_is_told_from_what_is_slept() -> None:
    clock = ThreadClock()
    begun = clock.now()
    while (now := clock.now()).computed_s < begun.computed_s + 0.1:
        pass
    time.sleep(0.1)
    ended = clock.now()
    assert now.clock_s - begun.clock_s >= 0.09  # two clocks
    assert ended.clock_s - now.clock_s >= 0.1
    assert ended.computed_s - now.computed_s < ended.clock_s - now.clock_s
    clock.close()


def test_pages_that_are_read_from_the_disk_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(bytes(1 << 22))
    clock = ThreadClock()
    with file.open("r+b") as open_file, mmap.mmap(open_file.fileno(), 0) as mapped:
        os.fsync(open_file.fileno())
        os.posix_fadvise(open_file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        before = clock.now().pages_read
        assert sum(mapped[:: mmap.PAGESIZE]) == 0
        after = clock.now().pages_read
    assert before <= after
    if tmp_path.stat().st_dev == Path("/").stat().st_dev:  # a disk, not memory
        assert before < after
    clock.close()


def test_a_time_of_the_clock_has_a_time_of_the_day() -> None:
    before = time.strftime("%H:%M:%S")
    told = time_of_day(time.perf_counter())
    assert told in (before, time.strftime("%H:%M:%S"))
