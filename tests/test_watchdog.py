"""What blocks the window's thread is measured, and named."""

import gc
import math
import time
from collections.abc import Callable, Iterator

import pytest
from PyQt6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from ui.window.watchdog import SLOWEST, Block, Watchdog

PATIENCE_MS = 20_000


@pytest.fixture
def watchdog(qtbot: QtBot) -> Iterator[Watchdog]:
    made = Watchdog()
    made.start()
    qtbot.waitUntil(lambda: made.ticks > 0, timeout=PATIENCE_MS)
    yield made
    made.stop()


def sleep_here() -> None:
    time.sleep(0.2)


def compute_here() -> None:
    until_s = time.thread_time() + 0.1
    while time.thread_time() < until_s:
        pass


def block_with(qtbot: QtBot, watchdog: Watchdog, work: Callable[[], object], ms: float) -> Block:
    """The longest block, once the work was done in the event loop; it takes so long at least."""
    QTimer.singleShot(0, work)
    qtbot.waitUntil(lambda: watchdog.longest_ms >= ms, timeout=PATIENCE_MS)
    assert watchdog.over_50_ms > 0
    block = watchdog.slowest[0]
    assert block.late_ms == watchdog.longest_ms
    return block


def test_a_block_says_where_the_thread_stood(qtbot: QtBot, watchdog: Watchdog) -> None:
    block = block_with(qtbot, watchdog, sleep_here, 150)
    assert any("test_watchdog.py" in place and "sleep_here" in place for place in block.places)
    assert block.computed_ms < block.late_ms
    assert "for other threads" in str(block)


def test_a_block_says_what_the_thread_computed(qtbot: QtBot, watchdog: Watchdog) -> None:
    block = block_with(qtbot, watchdog, compute_here, 90)
    assert block.computed_ms >= 100
    assert watchdog.longest_work_ms >= 100


def test_a_block_says_how_long_garbage_was_collected(qtbot: QtBot, watchdog: Watchdog) -> None:
    def collect() -> None:
        gc.collect()
        sleep_here()

    assert block_with(qtbot, watchdog, collect, 190).collected_ms > 0


def test_the_slowest_are_kept(qtbot: QtBot, watchdog: Watchdog) -> None:
    for late_ms in range(100, 140):
        watchdog._keep(Block(late_ms + 0.5, 0.0, 0.0, 0.0, ()))
    kept = [block.late_ms for block in watchdog.slowest]
    assert kept[0] == 139.5
    assert len(kept) == SLOWEST
    before = len(gc.callbacks)
    watchdog.stop()
    assert len(gc.callbacks) == before - 1
    watchdog.start()
    assert not watchdog.slowest


def test_what_nothing_tells_is_left_out() -> None:
    block = Block(89.0, 12.0, 60.0, 0.0, ("ui/view/hud.py:84 draw_hud",))
    assert str(block) == (
        "89 ms: computing 12, waiting for a processor 60, for other threads 17, "
        "collecting garbage 0; in ui/view/hud.py:84 draw_hud"
    )
    assert str(Block(60.0, 20.0, math.nan, 0.0, ())) == (
        "60 ms: computing 20, waiting for a processor or for other threads 40, collecting garbage 0"
    )
