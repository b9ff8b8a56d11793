"""A real stream on this computer that is killed and comes back in another size."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from burnt import burnt_clip
from free_port import free_port
from PyQt6.QtCore import QSettings
from pytestqt.qtbot import QtBot
from window_engine import WindowEngine

from app.bench.soak_report import SoakReport
from core.run.reconnect import ReconnectSettings
from core.tracks.csv_long import GAP, read_track_csv
from core.tracks.seen_ids import frame_times, live_table
from ui.session.live_session import LiveSession
from ui.session.source import source_of
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

PATIENCE_MS = 60_000
ROOT = Path(__file__).resolve().parents[1]
SEND = (
    "import sys; from app.commands.loopback import send; "
    "send(sys.argv[1], sys.argv[2], (int(sys.argv[3]), 96))"
)
WIDTHS = (160, 320, 128, 240)


def test_the_run_lives_on_when_its_stream_is_killed(qtbot: QtBot, tmp_path: Path) -> None:
    clip = burnt_clip(tmp_path / "clip.mp4", 250, size=(160, 96))
    port = free_port()
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(WindowEngine(), Preferences(store), tmp_path / "results")
    qtbot.addWidget(window)
    window.show()
    ids: set[int] = set()
    server = None
    try:
        for width in WIDTHS:
            command = [sys.executable, "-c", SEND, str(clip)]
            address = f"tcp://127.0.0.1:{port}"
            server = subprocess.Popen([*command, f"{address}?listen=1", str(width)], cwd=ROOT)

            def shown(width: int = width, address: str = address) -> bool:
                # The first connection may come before the stream listens.
                if window.showing.session is None:
                    window.showing.open(source_of(address))
                view = window.parts.viewer.view.shown
                there = view is not None and view.picture.size.width() == width
                return there and bool(window.people.shown())

            qtbot.waitUntil(shown, timeout=PATIENCE_MS)
            ids.update(window.people.shown())
            if not window.output.recorder.recording:
                window.parts.actions["record"].trigger()
            server.kill()
            server.wait(20)
    finally:
        if server is not None:
            server.kill()
            server.wait(20)
    session = window.showing.session
    assert isinstance(session, LiveSession)
    assert len(session.link.gaps) == len(WIDTHS) - 1
    qtbot.waitUntil(lambda: session.link.state == "waiting", timeout=PATIENCE_MS)
    assert "Waiting for tcp://" in session.note()
    assert len(ids) <= len(WIDTHS)
    window.parts.actions["record"].trigger()
    recorder = window.output.recorder
    qtbot.waitUntil(lambda: not recorder.writing, timeout=PATIENCE_MS)
    (camera,) = (p for p in (tmp_path / "recordings").glob("*.mp4") if " ann" not in p.name)
    for table in (live_table(camera), frame_times(camera)):
        with table.open(newline="") as file:
            marked = [float(row[GAP]) for row in csv.DictReader(file) if row[GAP]]
        assert marked == pytest.approx([g.end_s - g.start_s for g in session.link.gaps], abs=1e-5)
    assert len(np.unique(read_track_csv(live_table(camera)).frames)) > 3
    window.close()
    assert session.pipeline.join(20)


def test_reconnect_settings_must_make_sense() -> None:
    for first, longest in ((0.0, 1.0), (2.0, 1.0)):
        with pytest.raises(ValueError, match="first_delay_s must be positive"):
            ReconnectSettings(first, longest)


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        (SoakReport(1), ""),
        (SoakReport(1, rss_mb=[100.0] * 15 + [100 + n / 50 for n in range(45)]), "memory grows"),
        (SoakReport(1, rss_mb=[100.0 + n for n in range(15)] + [115.0] * 45), ""),
        (SoakReport(1, longest_own_block_ms=51), "blocked for 51 ms"),
        (SoakReport(1, restarts=3, lived=2), "2 of 3 restarts"),
        (SoakReport(1, latency_ms=[50.0] * 30 + [200.0] * 10), "latency grew by 150 ms"),
    ],
)
def test_limits_of_a_soak_run(report: SoakReport, problem: str) -> None:
    problems = "; ".join(report.problems())
    assert problem in problems
    assert bool(problems) == bool(problem)
