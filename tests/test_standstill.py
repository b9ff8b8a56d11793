"""A computer that stands still is told from a program that does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from app.bench.standstill import LATE_S, Standstills

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are held still by signals")
HELD_S = 0.3


@pytest.fixture
def standstills() -> Iterator[Standstills]:
    with Standstills() as made:
        for process in made.process_ids:
            hold(process)  # told, so it has begun
        ends_s = time.monotonic() + 60
        told: set[int] = set()
        while len(told) < len(made.process_ids) and time.monotonic() < ends_s:
            told |= {one.processor for one in made.told(1.0)}
            for process in made.process_ids:
                hold(process)
        assert told
        yield made


def hold(process: int) -> None:
    """What a processor's standstill is to a process that runs on it."""
    os.kill(process, signal.SIGSTOP)
    time.sleep(HELD_S)
    os.kill(process, signal.SIGCONT)


def test_a_processor_that_stood_still_is_told(standstills: Standstills) -> None:
    began_s = time.perf_counter()
    hold(standstills.process_ids[0])
    ended_s = time.perf_counter()
    time.sleep(1.0)
    stood_s = standstills.longest_s(began_s, ended_s)
    assert HELD_S - LATE_S <= stood_s <= ended_s - began_s
    part_s = standstills.longest_s(began_s, began_s + HELD_S / 2)
    assert 0 < part_s <= HELD_S / 2
    assert standstills.longest_s(ended_s + 1000, ended_s + 1001) == 0


def test_one_that_was_killed_tells_no_more(standstills: Standstills) -> None:
    os.kill(standstills.process_ids[0], signal.SIGKILL)
    time.sleep(0.5)
    left = {one.processor for one in standstills.told()}
    for process in standstills.process_ids[1:]:
        hold(process)
    if len(standstills.process_ids) > 1:
        left |= {one.processor for one in standstills.told(10.0)}
        assert left


def test_it_can_be_looked_at_alone() -> None:
    words = [sys.executable, "-m", "app.bench.standstill", "0.01"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert all(" ms until " in line for line in done.stdout.splitlines())
    assert not done.stderr
