"""What blocks the window's thread is measured, and named."""

import gc
import math
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

import pytest
from PyQt6.QtCore import QTimer
from pytestqt.qtbot import QtBot
from test_thread_clock import TICKS_PER_S, moment

from app.bench.soak_report import SoakReport, told
from core.run.channel import Channel
from ui.window.watchdog import ROOT, SLOWEST, Block, Watchdog, place_of

PATIENCE_MS = 20_000


@pytest.fixture
def watchdog(qtbot: QtBot) -> Iterator[Watchdog]:
    made = Watchdog()
    made.start()
    qtbot.waitUntil(lambda: made.ticks > 0, timeout=PATIENCE_MS)
    yield made
    made.stop()


def sleep_here() -> None:
    Channel[int](1).wait_closed(0.2)


def compute_here() -> None:
    until_s = time.thread_time() + 0.1
    while time.thread_time() < until_s:
        pass


def block_with(
    qtbot: QtBot, watchdog: Watchdog, work: Callable[[], object], fits: Callable[[Block], bool]
) -> Block:
    """The block that the work made in the event loop; a busy computer makes others beside it."""
    QTimer.singleShot(0, work)
    qtbot.waitUntil(lambda: any(map(fits, watchdog.slowest)), timeout=PATIENCE_MS)
    assert watchdog.over_50_ms > 0
    assert watchdog.slowest[0].late_ms == watchdog.longest_ms
    return next(filter(fits, watchdog.slowest))


def test_a_block_says_where_the_thread_stood(qtbot: QtBot, watchdog: Watchdog) -> None:
    def slept(block: Block) -> bool:
        here = ("core/run/channel.py:", " wait_closed")
        return any(all(part in place for part in here) for place in block.places)

    block = block_with(qtbot, watchdog, sleep_here, slept)
    assert block.late_ms >= 150
    assert block.computed_ms < block.late_ms
    assert "for other threads" in str(block)


def test_a_block_says_what_the_thread_computed(qtbot: QtBot, watchdog: Watchdog) -> None:
    block = block_with(qtbot, watchdog, compute_here, lambda block: block.computed_ms >= 100)
    assert block.late_ms >= 90
    assert watchdog.longest_work_ms >= 100


def test_a_block_says_how_long_garbage_was_collected(qtbot: QtBot, watchdog: Watchdog) -> None:
    def collect() -> None:
        gc.collect()
        sleep_here()

    block = block_with(qtbot, watchdog, collect, lambda block: block.collected_ms > 0)
    assert block.late_ms >= 150


def test_the_slowest_are_kept(qtbot: QtBot, watchdog: Watchdog) -> None:
    before = len(gc.callbacks)
    watchdog.stop()
    assert len(gc.callbacks) == before - 1
    watchdog._slowest = []
    for late_ms in range(100, 140):
        watchdog._keep(Block(late_ms + 0.5, 0.0, 0.0, 0.0, ()))
    kept = [block.late_ms for block in watchdog.slowest]
    assert kept[0] == 139.5
    assert len(kept) == SLOWEST
    watchdog.start()
    assert not watchdog.slowest


def test_what_nothing_tells_is_left_out() -> None:
    block = Block(89.0, 12.0, 60.0, 0.0, ("ui/view/hud.py:84 draw_hud",))
    ended = time.strftime("%H:%M:%S", time.localtime(0))
    assert str(block) == (
        f"89 ms until {ended}: of 94 ms computing 12, waiting for a processor 60, "
        "for other threads 22, collecting garbage 0; in ui/view/hud.py:84 draw_hud"
    )
    assert str(Block(60.0, 20.0, math.nan, 0.0, ())) == (
        f"60 ms until {ended}: of 65 ms computing 20, waiting for a processor or for other "
        "threads 45, collecting garbage 0"
    )


def test_a_block_says_what_the_disk_and_a_host_took() -> None:
    block = Block(90.0, 75.0, 0.0, 0.0, (), pages_read=3, stolen_ms=80.0)
    assert block.own_ms == 10
    assert "for other threads 20 and for 3 pages from the disk, collecting" in str(block)
    assert str(block).endswith("collecting garbage 0; the host of this virtual machine took 80")


def test_what_a_host_took_is_not_the_windows_block(watchdog: Watchdog) -> None:
    watchdog.stop()
    watchdog._forget()
    begun, ended = moment(100), moment(110)
    watchdog._late = Block(90.0, 75.0, 0.0, 0.0, ()), begun
    watchdog._judge(ended)
    assert watchdog.longest_ms == 90
    assert watchdog.over_50_ms == 1
    (kept,) = watchdog.slowest
    stolen_ms = 10e3 / TICKS_PER_S
    assert kept.stolen_ms == pytest.approx(min(stolen_ms, 95))
    assert watchdog.longest_own_ms == pytest.approx(max(0, 90 - stolen_ms))
    watchdog._judge(ended)
    assert len(watchdog.slowest) == 1


def test_a_soak_run_judges_what_is_its_own() -> None:
    report = SoakReport(2, longest_block_ms=90, longest_own_block_ms=20, blocks_over_50_ms=1)
    assert not report.problems()
    assert "90 ms, 1 times over 50 ms, 20 ms without what the host of this" in str(report)
    report.longest_own_block_ms = 90
    assert report.problems() == ["the window was blocked for 90 ms"]
    assert "host" not in str(report)


def test_soak_tells_of_blocks_over_its_limit_alone() -> None:
    long, short = (Block(late_ms, 0.0, 0.0, 0.0, ()) for late_ms in (51.0, 49.0))
    assert told([long, short]) == [str(long)]


@pytest.mark.parametrize(
    ("file", "place"),
    [("numpy/linalg.py", "the event loop"), ("core/../ui/at.py", "ui/at.py:1 <module>")],
)
def test_what_lies_beside_the_program_is_not_of_it(file: str, place: str) -> None:
    kept: dict[str, FrameType] = {}
    code = compile("kept['frame'] = frame()", str(ROOT / file), "exec")
    exec(code, {"kept": kept, "frame": sys._getframe})  # a file that is not there
    assert place_of(kept["frame"], test_what_lies_beside_the_program_is_not_of_it.__code__) == place
