"""Programs that show what is fresh do not stop for garbage collections of all they loaded."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.live.engine import AppEngine
from app.settings import AppSettings

ROOT = Path(__file__).resolve().parents[1]
# The window as the command opens it, closed by a timer in its event loop.
_WINDOW = """
import gc, sys
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from app.commands import gui
from app.settings import AppSettings
from core.run.background import end_of_process

application = QApplication([])

def tell():
    print("spared", gc.get_freeze_count(), sys.getswitchinterval())
    application.closeAllWindows()

QTimer.singleShot(0, tell)
sys.exit(end_of_process(gui.show(AppSettings(), [], "raster")))
"""


@pytest.fixture
def as_before() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("as_before")
def test_libraries_that_a_network_brings_are_not_looked_through() -> None:
    settings = AppSettings()
    engine = AppEngine(settings)
    assert gc.get_freeze_count() == 0
    engine.load(settings)
    spared = gc.get_freeze_count()
    assert spared > 10_000
    engine.load(settings)  # another network brings none
    assert gc.get_freeze_count() <= spared


def test_nothing_is_collected_while_a_network_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops all threads, the window's too."""
    settings = AppSettings()
    engine = AppEngine(settings)
    engine.load(settings)
    collected: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda *generation: collected.append(1))
    engine.load(settings)
    AppEngine(settings).load(settings)
    assert collected == []


def test_a_window_is_not_looked_through(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WINDOW],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "", "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("spared"))
    assert int(line.split()[1]) > 10_000
    assert float(line.split()[2]) < 0.005  # of Python itself
