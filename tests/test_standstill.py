"""A computer that stands still is told from a program that does."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from app.bench.standstill import LATE_S, Standstills
from core.machine import core_count

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are held still by signals")
HELD_S = 0.3


def witnesses() -> list[int]:
    """The processes that only wake."""
    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]


def hold(process: int) -> None:
    """What a processor's standstill is to a process that runs on it."""
    os.kill(process, signal.SIGSTOP)
    time.sleep(HELD_S)
    os.kill(process, signal.SIGCONT)


@pytest.fixture
def standstills() -> Iterator[Standstills]:
    """Looked for by processes that have all begun."""
    with Standstills() as made:
        told: set[int] = set()
        ends_s = time.monotonic() + 60
        while len(told) < len(witnesses()) and time.monotonic() < ends_s:
            for process in witnesses():
                hold(process)
            told |= {one.processor for one in made.told(1.0)}
        assert told
        yield made


def test_a_processor_that_stood_still_is_told(standstills: Standstills) -> None:
    began_s = time.perf_counter()
    hold(witnesses()[0])
    ended_s = time.perf_counter()
    time.sleep(1.0)
    stood_s = standstills.longest_s(began_s, ended_s)
    assert HELD_S - LATE_S <= stood_s <= ended_s - began_s
    part_s = standstills.longest_s(began_s, began_s + HELD_S / 2)
    assert 0 < part_s <= HELD_S / 2
    assert standstills.longest_s(ended_s + 1000, ended_s + 1001) == 0


@pytest.mark.skipif(core_count() < 2, reason="a process for each processor")
def test_one_that_was_killed_does_not_silence_the_others(standstills: Standstills) -> None:
    killed, *others = witnesses()
    os.kill(killed, signal.SIGKILL)
    time.sleep(0.5)
    standstills.told()
    hold(others[0])
    assert standstills.told(10.0)


def test_it_can_be_looked_at_alone() -> None:
    words = [sys.executable, "-m", "app.bench.standstill", "0.01"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert all(" ms until " in line for line in done.stdout.splitlines())
    assert not done.stderr
