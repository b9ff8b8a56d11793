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

from app.bench.soak_report import SoakReport
from core.run.channel import Channel
from core.thread_clock import time_of_day
from ui.window.watchdog import KEPT, ROOT, TICK_MS, Block, Watchdog, place_of

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
    blocks: list[Block] = []

    def found() -> bool:
        blocks.extend(watchdog.take_blocks())
        return any(map(fits, blocks))

    QTimer.singleShot(0, work)
    qtbot.waitUntil(found, timeout=PATIENCE_MS)
    assert watchdog.longest_ms >= max(block.late_ms for block in blocks)
    block = next(filter(fits, blocks))
    assert block.began_s < block.ended_s <= time.perf_counter()
    return block


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


def test_blocks_are_told_once(qtbot: QtBot, watchdog: Watchdog) -> None:
    before = len(gc.callbacks)
    block_with(qtbot, watchdog, sleep_here, lambda block: block.late_ms >= 150)
    watchdog.stop()
    assert len(gc.callbacks) == before - 1
    watchdog.take_blocks()
    assert not watchdog.take_blocks()
    watchdog._blocks.extend([Block(100.0, 0.0, 0.0, 0.0, ())] * (KEPT + 1))
    assert len(watchdog.take_blocks()) == KEPT


def test_what_nothing_tells_is_left_out() -> None:
    ended_s = time.perf_counter()
    block = Block(89.0, 12.0, 60.0, 0.0, ("ui/view/hud.py:84 draw_hud",), ended_s=ended_s)
    ended = time_of_day(ended_s)
    assert str(block) == (
        f"89 ms until {ended}: of 94 ms computing 12, waiting for a processor 60, "
        "for other threads 22, collecting garbage 0; in ui/view/hud.py:84 draw_hud"
    )
    assert str(Block(60.0, 20.0, math.nan, 0.0, (), ended_s=ended_s)) == (
        f"60 ms until {ended}: of 65 ms computing 20, waiting for a processor or for other "
        "threads 45, collecting garbage 0"
    )


def test_a_block_says_what_the_disk_took_and_that_the_computer_stood_still() -> None:
    block = Block(90.0, 75.0, 0.0, 0.0, (), pages_read=3, ended_s=2.0, stood_still_ms=80.0)
    assert block.own_ms == 10
    assert block.began_s == pytest.approx(2.0 - (90 + TICK_MS) / 1e3)
    assert "for other threads 20 and for 3 pages from the disk, collecting" in str(block)
    assert str(block).endswith("collecting garbage 0; this computer stood still for 80")


def test_a_soak_run_judges_what_is_its_own() -> None:
    report = SoakReport(2)
    for late_ms, stood_still_ms in ((30.0, 0.0), (90.0, 70.0), (51.0, 0.5)):
        report.add(Block(late_ms, 0.0, 0.0, 0.0, (), stood_still_ms=stood_still_ms))
    assert report.problems() == ["the window was blocked for 50 ms"]
    assert report.blocked.startswith("window blocked for 90 ms at most, 50 without that for which")
    assert [text.split()[0] for text in report.blocks] == ["90", "51"]
    assert (report.blocks_over_50_ms, report.own_blocks_over_50_ms) == (2, 1)


def test_a_soak_run_without_standstills_does_not_speak_of_them() -> None:
    report = SoakReport(2)
    report.add(Block(49.0, 0.0, 0.0, 0.0, ()))
    assert not report.problems()
    assert not report.blocks
    assert report.blocked == "window blocked for 49 ms at most"


@pytest.mark.parametrize(
    ("file", "place"),
    [("numpy/linalg.py", "the event loop"), ("core/../ui/at.py", "ui/at.py:1 <module>")],
)
def test_what_lies_beside_the_program_is_not_of_it(file: str, place: str) -> None:
    kept: dict[str, FrameType] = {}
    code = compile("kept['frame'] = frame()", str(ROOT / file), "exec")
    exec(code, {"kept": kept, "frame": sys._getframe})  # a file that is not there
    assert place_of(kept["frame"], test_what_lies_beside_the_program_is_not_of_it.__code__) == place
