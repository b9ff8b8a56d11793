"""Runs the window for a long time on a stream that is killed again and again, and measures it."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QProcess, QSettings, QTimer
from PyQt6.QtWidgets import QApplication

from app.bench.peers import memory_mb
from app.bundled import own_command
from app.display import check_display
from app.engine import AppEngine
from app.settings import add_settings_arguments, settings_of
from core.part_file import write_whole
from ui.session.engine import WindowEngine
from ui.session.live_session import LiveSession
from ui.session.source import Source
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

SIZES = ("960x540", "640x360", "1280x720", "480x270")
SAMPLE_MS = 1000
WARM_UP = 0.25  # share of the run that is not judged
MB_PER_MINUTE = 1.0
BLOCKED_MS = 50.0


@dataclass(slots=True)
class SoakReport:
    """What a run measured. Latencies in ms, memory in MB."""

    minutes: float
    restarts: int = 0  # times the stream was killed
    lived: int = 0  # times it was shown again in its new size
    captured: int = 0
    analysed: int = 0
    dropped: int = 0
    rss_mb: list[float] = field(default_factory=list)  # one a second
    latency_ms: list[float] = field(default_factory=list)  # running medians, one a second
    longest_block_ms: float = 0.0
    blocks_over_50_ms: int = 0

    @property
    def slope_mb_per_minute(self) -> float:
        """Growth of the resident memory after the warm-up, by least squares."""
        kept = np.array(self.rss_mb[int(WARM_UP * len(self.rss_mb)) :])
        if len(kept) < 2:
            return 0.0
        return float(np.polyfit(np.arange(len(kept)) / 60, kept, 1)[0])

    @property
    def latency_growth_ms(self) -> float:
        """Median latency of the last quarter less that of the second quarter."""
        quarter = len(self.latency_ms) // 4
        if quarter == 0:
            return 0.0
        late, early = self.latency_ms[-quarter:], self.latency_ms[quarter : 2 * quarter]
        return float(np.median(late) - np.median(early))

    def problems(self) -> list[str]:
        """Which of the limits were not kept."""
        found = []
        if self.slope_mb_per_minute >= MB_PER_MINUTE:
            found.append(f"memory grows by {self.slope_mb_per_minute:.2f} MB a minute")
        if self.longest_block_ms > BLOCKED_MS:
            found.append(f"the window was blocked for {self.longest_block_ms:.0f} ms")
        if self.lived < self.restarts:
            found.append(f"{self.lived} of {self.restarts} restarts were lived through")
        if self.latency_growth_ms > 100:
            found.append(f"latency grew by {self.latency_growth_ms:.0f} ms")
        return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--minutes", type=float, default=20.0, help="how long (default: 20)")
    parser.add_argument("--restarts", type=int, default=10, help="how often the stream dies")
    parser.add_argument("--port", type=int, default=8123, help="TCP port for the stream")
    parser.add_argument("--report", type=Path, metavar="JSON", help="write all samples there")
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 when all limits were kept, else 3."""
    check_display()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(
            AppEngine(settings_of(arguments)),
            Path(folder),
            arguments.port,
            arguments.minutes,
            arguments.restarts,
        )
        soak.finished = application.quit
        application.exec()
        report = soak.report
    if arguments.report:
        write_whole(arguments.report, json.dumps(asdict(report)))
    print(
        f"{report.minutes:g} min, {report.captured} frames captured, {report.analysed} analysed, "
        f"{report.dropped} dropped; {report.lived} of {report.restarts} restarts lived through\n"
        f"memory {report.rss_mb[-1]:.0f} MB, slope {report.slope_mb_per_minute:+.2f} MB/min; "
        f"latency {np.median(report.latency_ms or [0]):.0f} ms, "
        f"growth {report.latency_growth_ms:+.0f} ms; window blocked at most "
        f"{report.longest_block_ms:.0f} ms, {report.blocks_over_50_ms} times over 50 ms"
    )
    problems = report.problems()
    print("all limits kept" if not problems else "\n".join(f"limit: {text}" for text in problems))
    return 3 if problems else 0


class Soak:
    """Starts the stream, kills it, starts it in another size, and takes samples meanwhile."""

    def __init__(
        self, engine: WindowEngine, folder: Path, port: int, minutes: float, restarts: int
    ) -> None:
        self.report = SoakReport(minutes)
        self.finished = _nothing
        self._port = port
        self._planned = restarts
        self._server: QProcess | None = None
        self._turn = 0
        self._awaited = ""  # the size that the picture must get after a restart
        store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(engine, Preferences(store), folder)
        self.window.show()
        self._serve()
        self._sampler = _timer(SAMPLE_MS, self._sample)
        self._killer = _timer(round(60_000 * minutes / (restarts + 1)), self._kill)
        self._end = _timer(round(60_000 * minutes), self._stop)

    def _serve(self) -> None:
        size = SIZES[self._turn % len(SIZES)]
        self._turn += 1
        server = QProcess(self.window)
        server.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        program, *before = own_command()
        server.start(program, [*before, "loopback", "--port", str(self._port), "--size", size])
        self._server = server
        self._awaited = size

    def _kill(self) -> None:
        if self.report.restarts < self._planned and not self._awaited:
            self.report.restarts += 1
            if self._server is not None:
                self._server.kill()
            self._serve()

    def _sample(self) -> None:
        window, report = self.window, self.report
        session = window.session
        if not isinstance(session, LiveSession):
            # The first connection fails until the stream listens.
            address = f"tcp://127.0.0.1:{self._port}"
            window.open(Source("stream", address, "Loopback"))
            return
        shown = window.parts.viewer.view.shown
        if shown is None:
            return
        if not window.watchdog.ticks:
            window.watchdog.start()
        size = shown.picture.size
        if self._awaited == f"{size.width()}x{size.height()}":
            self._awaited = ""
            report.lived += report.restarts > report.lived
        report.captured = session.pipeline.captured
        report.analysed = session.pipeline.analysed
        report.dropped = session.pipeline.dropped
        report.rss_mb.append(memory_mb("VmRSS"))
        report.latency_ms.append(session.report().latency.median)
        report.longest_block_ms = window.watchdog.longest_ms
        report.blocks_over_50_ms = window.watchdog.over_50_ms

    def _stop(self) -> None:
        for timer in (self._sampler, self._killer, self._end):
            timer.stop()
        if self._server is not None:
            self._server.kill()
            self._server.waitForFinished(2000)
        self.window.close()
        self.finished()


def _timer(interval_ms: int, slot: object) -> QTimer:
    timer = QTimer()
    timer.timeout.connect(slot)  # type: ignore[arg-type]
    timer.start(interval_ms)
    return timer


def _nothing() -> None:
    """Until somebody waits for the end."""
