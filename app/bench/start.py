"""How long it takes until the window is there and until the first people are known, from nothing.

Each look is a process of its own; times count from before it was made. The first one has an empty
cache, as on the day the program was installed, and makes the network's file.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from app.bundled import MODULE, SAMPLE, own_command
from core.errors import UserError

LONGEST_S = 120.0
_LINE = re.compile(r"import time:\s*(\d+) \|\s*\d+ \| *(\S+)")
_MOST = 12  # packages in the table of imports
_WAYS = ("window", "clip")


def measure_start(rounds: int) -> dict[str, dict[str, float]]:
    """Seconds on the clock and of CPU until each step; medians, but for the first one.

    `window` opens the sample in the window, offscreen; `clip` reads it as `process` does.
    Raises UserError with the last line of a process that failed.
    """
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as cache:
        for way in _WAYS:
            first = _look(way, {"XDG_CACHE_HOME": f"{cache}/{way}", "LOCALAPPDATA": cache})
            figures |= {f"{step}, first time": values for step, values in first.items()}
        runs: list[dict[str, dict[str, float]]] = [{} for _ in range(rounds)]
        for run in runs:
            for way in _WAYS:
                run |= _look(way, {})
    for step in runs[0]:
        figures[step] = {
            key: statistics.median(run[step][key] for run in runs) for key in runs[0][step]
        }
    if getattr(sys, "frozen", False):
        return figures  # there is no interpreter to ask
    return figures | {f"import {name}": {"seconds": taken} for name, taken in _imports()}


def look(way: str, began_s: float) -> dict[str, dict[str, float]]:
    """One look, in this process, which was asked for at `began_s` of the clock."""
    marks: dict[str, dict[str, float]] = {}

    def mark(step: str) -> None:
        marks[step] = {
            "seconds": time.time() - began_s,
            "cpu_s": time.process_time(),
            "torch_loaded": float("torch" in sys.modules),
        }

    (_look_at_window if way == "window" else _look_at_clip)(mark)
    return marks


def _look_at_window(mark: Callable[[str], None]) -> None:
    from PyQt6.QtCore import QSettings, QTimer

    from app.live.engine import AppEngine
    from app.settings import AppSettings
    from core.run.background import wait_for_threads
    from ui.window.application import Application
    from ui.window.main_window import MainWindow
    from ui.window.preferences import Preferences

    application = Application(sys.argv[:1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        window = MainWindow(AppEngine(AppSettings()), Preferences(store), folder / "clips")
        window.show()
        application.processEvents()
        mark("window is there")
        window.showing.open_text(str(SAMPLE / "sample.mp4"))
        deadline = time.monotonic() + LONGEST_S

        def wait() -> None:
            shown = window.parts.viewer.view.shown
            if (shown is not None and len(shown.result.tracks)) or time.monotonic() > deadline:
                mark("window shows people")
                application.quit()

        timer = QTimer()
        timer.timeout.connect(wait)
        timer.start(5)
        application.exec()
        window.close()
        wait_for_threads(LONGEST_S)


def _look_at_clip(mark: Callable[[str], None]) -> None:
    from app.clips.analysis import analysis_of, network_settings
    from app.settings import AppSettings
    from core.model.estimator import load_estimator
    from core.run.stages import analyse

    settings = network_settings(AppSettings())
    estimator = load_estimator(settings.weights, settings.estimator)
    mark("network is ready")
    analysis = analysis_of(str(SAMPLE / "sample.mp4"), settings, estimator, estimator.skeleton)
    next(iter(analyse(analysis.frames(), estimator, analysis.tracker)))
    mark("first picture is analysed")


def _look(way: str, own: Mapping[str, str]) -> dict[str, dict[str, float]]:
    facts = {"start": way, "began_s": time.time()}
    output = _run([*own_command(), "bench", "--child", json.dumps(facts)], own).stdout
    marks: dict[str, dict[str, float]] = json.loads(output.splitlines()[-1])
    return marks


def _imports() -> list[tuple[str, float]]:
    """The packages that take longest to be imported for the window, and the seconds of each."""
    code = f"from {MODULE}.live import engine; from {_window()} import MainWindow"
    found: Counter[str] = Counter()  # in microseconds
    for line in _run([sys.executable, "-X", "importtime", "-c", code], {}).stderr.splitlines():
        if match := _LINE.match(line):
            found[match[2].split(".")[0]] += int(match[1])
    return [(name, microseconds / 1e6) for name, microseconds in found.most_common(_MOST)]


def _window() -> str:
    from ui.window import main_window

    return main_window.__name__


def _run(words: list[str], own: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {"QT_QPA_PLATFORM": "offscreen"} | os.environ | dict(own)
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=LONGEST_S)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["without a word"])[-1]
        raise UserError(f"bench: a process that was to start ended: {last}")
    return done
