"""Runs the window for a long time on streams that are killed again and again, and measures it."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from PyQt6.QtCore import QProcess, QSettings, QSize, QTimer
from PyQt6.QtWidgets import QApplication

from app.bench.peers import memory_mb
from app.bench.soak_report import SoakReport
from app.bench.standstill import Standstills
from app.bundled import own_command
from app.display import check_display
from app.live.engine import AppEngine
from app.live.outputs import addresses_of
from app.results.new_file import check_new
from app.results.overwrite import OF_THAT_NAME, add_overwrite_argument
from app.settings import add_settings_arguments, settings_of
from core.errors import SettingsError
from core.machine import keep_memory_small, keep_waits_short
from core.part_file import write_whole
from core.send.outputs import Output
from core.stop import StopRequest, stop_request
from ui.session.live_group import LiveGroup
from ui.session.live_session import LiveSession
from ui.session.source import Source
from ui.window.application import Application
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences
from ui.window.watchdog import Block

SIZES = ("960x540", "640x360", "1280x720", "480x270")
SAMPLE_MS = 1000
TELL_MS = 60_000
STARTING_S = 8.0  # for a stream to listen
TOLD_LATER_S = 0.5  # that a processor stood still


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--minutes", type=float, default=20.0, help="how long (default: 20)")
    parser.add_argument("--restarts", type=int, default=10, help="how often the stream dies")
    parser.add_argument("--sources", type=int, default=1, help="streams side by side (default: 1)")
    parser.add_argument(
        "--send", action="append", default=[], metavar="TO", help="as for live; may be repeated"
    )
    parser.add_argument("--port", type=int, default=8123, help="first TCP port for the streams")
    parser.add_argument("--report", type=Path, metavar="JSON", help="write all samples there")
    add_overwrite_argument(parser, OF_THAT_NAME)
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 when all limits were kept, else 3."""
    check_display()
    if arguments.sources < 1:
        raise SettingsError(f"--sources {arguments.sources}: expected 1 or more")
    addresses = addresses_of(arguments.send)
    if arguments.report is not None:
        check_new(arguments.report, arguments.overwrite)
    keep_memory_small()
    application = QApplication.instance() or Application(sys.argv[:1])
    assert isinstance(application, QApplication)
    outputs = [Output(address, arguments.sources) for address in addresses]
    with tempfile.TemporaryDirectory() as folder, Standstills() as standstills:
        soak = Soak(
            AppEngine(settings_of(arguments)),
            Path(folder),
            range(arguments.port, arguments.port + arguments.sources),
            arguments.minutes,
            arguments.restarts,
            standstills,
        )
        soak.window.showing.live.outputs = tuple(outputs)
        soak.finished = application.quit
        keep_waits_short()
        with stop_request() as soak.request:
            application.exec()
        report = soak.report
    for output in outputs:
        output.close()
    if arguments.report is not None:
        write_whole(arguments.report, json.dumps(asdict(report)))
    print(report)
    problems = report.problems()
    print("all limits kept" if not problems else "\n".join(f"limit: {text}" for text in problems))
    return 3 if problems else 0


class Soak:
    """Starts the streams, kills one after another, starts it in another size, and takes samples."""

    def __init__(
        self,
        engine: AppEngine,
        folder: Path,
        ports: Sequence[int],
        minutes: float,
        restarts: int,
        standstills: Standstills,
    ) -> None:
        self.report = SoakReport(minutes)
        self.request = StopRequest()
        self.finished = _nothing
        self._begun_s = time.monotonic()
        self._ports = ports
        self._planned = restarts
        self._standstills = standstills
        self._unjudged: list[Block] = []
        self._servers: dict[int, QProcess] = {}  # by port
        self._turn = 0
        self._awaited: dict[int, str] = {}  # port -> the size that its picture must get
        self._opens_s = 0.0  # when the streams are expected to listen
        store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(engine, Preferences(store), folder)
        self.window.show()
        self._serve_all()
        self._sampler = _timer(SAMPLE_MS, self._sample)
        self._teller = _timer(TELL_MS, self._tell)
        self._killer = _timer(round(60_000 * minutes / (restarts + 1)), self._kill)
        self._end = _timer(round(60_000 * minutes), self._stop)

    def _serve_all(self) -> None:
        self._opens_s = time.monotonic() + STARTING_S
        for port in self._ports:
            self._serve(port)

    def _serve(self, port: int) -> None:
        size = SIZES[self._turn % len(SIZES)]
        self._turn += 1
        server = QProcess(self.window)
        server.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        program, *before = own_command()
        server.start(program, [*before, "loopback", "--port", str(port), "--size", size])
        self._servers[port] = server
        self._awaited[port] = size

    def _kill(self) -> None:
        if self.report.restarts < self._planned and not self._awaited:
            port = self._ports[self.report.restarts % len(self._ports)]
            self.report.restarts += 1
            self._servers[port].kill()
            self._serve(port)

    def _open(self) -> None:
        """Begin, or begin anew where a stream did not listen in time."""
        if time.monotonic() < self._opens_s:
            return
        sources = [
            Source("stream", f"tcp://127.0.0.1:{port}", f"Loopback {port}") for port in self._ports
        ]
        if len(sources) > 1:
            self.window.showing.open_several(sources)
        else:
            self.window.showing.open(sources[0])

    def _tell(self) -> None:
        report, minutes = self.report, (time.monotonic() - self._begun_s) / 60
        ends_s = time.time() + 60 * (report.minutes - minutes)
        print(
            f"{minutes:.0f} of {report.minutes:g} min, done at "
            f"{time.strftime('%H:%M:%S', time.localtime(ends_s))}: "
            f"memory {report.memory_mb:.0f} MB, {report.blocked}",
            file=sys.stderr,
            flush=True,
        )

    def _sample(self) -> None:
        if self.request.asked:
            self.report.minutes = round((time.monotonic() - self._begun_s) / 60, 2)
            self._stop()
            return
        window, report = self.window, self.report
        session, viewer = window.showing.session, window.parts.viewer
        if isinstance(session, LiveGroup):
            sessions, views = session.sessions, viewer.tiles.views
            if any(member.failed for member in session.members):
                window.showing.close_source()
                for server in self._servers.values():
                    server.kill()
                self._serve_all()
                return
        elif isinstance(session, LiveSession):
            sessions, views = [session], [viewer.view]
        else:
            self._open()
            return
        pictures = [view.shown for view in views]
        if any(shown is None for shown in pictures):
            return
        if not window.watchdog.ticks:
            window.watchdog.start()
        for port, shown in zip(self._ports, pictures, strict=True):
            size = QSize() if shown is None else shown.picture.size
            if self._awaited.get(port) == f"{size.width()}x{size.height()}":
                del self._awaited[port]
                report.lived += report.restarts > report.lived
        report.captured = sum(one.pipeline.captured for one in sessions)
        report.analysed = sum(one.pipeline.analysed for one in sessions)
        report.dropped = sum(one.pipeline.dropped for one in sessions)
        report.sent = window.showing.live.sent
        report.rss_mb.append(memory_mb("VmRSS"))
        report.latency_ms.append(max(one.report().latency.median for one in sessions))
        self._judge(time.perf_counter() - TOLD_LATER_S)

    def _judge(self, until_s: float) -> None:
        """Count the blocks until then, once it is known for how long the computer stood still."""
        self._unjudged += self.window.watchdog.take_blocks()
        while self._unjudged and self._unjudged[0].ended_s < until_s:
            block = self._unjudged.pop(0)
            stood_still_s = self._standstills.longest_s(block.began_s, block.ended_s)
            self.report.add(replace(block, stood_still_ms=1e3 * stood_still_s))

    def _stop(self) -> None:
        self._judge(time.perf_counter())
        for timer in (self._sampler, self._teller, self._killer, self._end):
            timer.stop()
        for server in self._servers.values():
            server.kill()
            server.waitForFinished(2000)
        self.window.close()
        self.finished()


def _timer(interval_ms: int, slot: object) -> QTimer:
    timer = QTimer()
    timer.timeout.connect(slot)  # type: ignore[arg-type]
    timer.start(interval_ms)
    return timer


def _nothing() -> None:
    """Until somebody waits for the end."""
