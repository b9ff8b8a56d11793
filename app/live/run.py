"""Live runs without a window: one or several sources, tables, videos and outputs."""

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.live.engine import AppEngine
from app.live.outputs import Sending, addresses_of
from app.live.record import write_live_record
from app.settings import AppSettings
from core.errors import SettingsError, SourceError, UserError
from core.machine import keep_memory_small, keep_waits_short
from core.part_file import make_folder
from core.run.background import background
from core.run.channel import Channel
from core.run.live import Pipeline
from core.run.outcome import LiveOutcome
from core.run.reconnect import Link
from core.run.stages import Estimator
from core.send.outputs import Output
from core.send.recording import write_camera, write_tracks
from core.tracks.seen_ids import frame_times, live_table
from core.types import Frame, FrameResult
from core.video.live import read_live
from ui.session.source import Source, file_names_of, titles_of
from ui.view.statistics import CountRate, RollingSamples

TURN_S = 0.1
ROOM = 24  # frames that may wait for the disk before one is lost, and counted
LONGEST_END_S = 10.0  # for files to be completed


@dataclass(frozen=True, slots=True)
class LiveWishes:
    """What becomes of a live run."""

    folder: Path | None = None  # for the tracks
    video: bool = False  # whether the camera's pictures are kept beside them
    send: tuple[str, ...] = ()
    duration_s: float | None = None  # None: until it is stopped


class LiveRun:
    """One source with all that is made of it."""

    def __init__(
        self,
        source: Source,
        title: str,
        name: str,
        engine: AppEngine,
        estimate: Estimator,
        wishes: LiveWishes,
    ) -> None:
        settings = engine.settings
        self.source = source
        self.title = title
        self._made_by = engine.made_by(settings, estimate)
        self._skeleton = engine.skeleton(estimate)
        self._started = datetime.now(UTC).astimezone()
        self._camera = None if wishes.folder is None else wishes.folder / f"{name}.mp4"
        self.problems: list[str] = []
        self.failed = False  # whether the source never gave a picture
        self._latency = RollingSamples()
        self._rate = CountRate()
        self._rate.read(0, time.monotonic())
        self._people = 0
        self._governed = engine.governed(estimate, settings)
        self._said = ""
        self._writing: list[Channel[int]] = []
        self._taps: list[Channel[Any]] = []
        self.pipeline: Pipeline[int] = Pipeline(
            lambda: read_live(source.kind, source.address, settings.camera),
            estimate,
            engine.make_tracker(settings, self._skeleton),
            self._finish,
            live=True,
            plan=None if self._governed is None else self._governed.plan,
            skeleton=self._skeleton,
        )
        if self._camera is not None:
            self._record(self._camera, wishes.video)

    def send_to(self, output: Output) -> None:
        """Send every result there, too."""
        self.pipeline.add_result_tap(output.tap(self.title))

    def check(self) -> None:
        """Take note of what failed since the last time."""
        value, error = self.pipeline.results.look()
        self._people = self._people if value is None else value
        if isinstance(error, SourceError):
            self.failed = True
        for written in self._writing:
            error = error or written.look()[1]
        if isinstance(error, UserError):
            self.problems.append(str(error))
            print(f"\nwarning: {error}", file=sys.stderr)
        elif error is not None:
            raise error
        link = self.pipeline.link
        said = f"waiting: {link.reason}" if link.state == "waiting" else ""
        if said and said != self._said:
            print(f"\nwarning: {self.source.title}: {said}", file=sys.stderr)
        self._said = said

    def status(self) -> str:
        """How it is doing, in a few words."""
        pipeline, spread = self.pipeline, self._latency.spread()
        rate = self._rate.read(pipeline.analysed, time.monotonic())
        state = {"opening": "opening", "waiting": "waiting", "running": f"{rate:.1f}/s"}
        latency = "" if spread.p95 != spread.p95 else f", {spread.p95:.0f} ms p95"
        latency += "" if self._governed is None else f" at {self._governed.mode}"
        return (
            f"{self.title}: {state[pipeline.link.state]}{latency}, {self._people} people, "
            f"{pipeline.dropped} of {pipeline.captured} skipped"
        )

    def end(self) -> None:
        """Complete all files; what was lost on the way to the disk becomes a problem."""
        self.pipeline.stop()
        self.pipeline.join()
        self.pipeline.wait_for_worker(LONGEST_END_S)
        for tap in self._taps:
            tap.close()
        for written in self._writing:
            if not written.wait_closed(LONGEST_END_S):
                self.problems.append(f"{self.source.title}: its files were not completed in time")
        lost = sum(tap.dropped for tap in self._taps)
        if lost:
            self.problems.append(f"{self.source.title}: {lost} frames were too many for the disk")
            print(f"\nwarning: {self.problems[-1]}", file=sys.stderr)
        self.check()
        if self._camera is not None:
            self._tell(self._camera, lost)

    def _tell(self, camera: Path, lost: int) -> None:
        """Write down beside the table what it was made of."""
        pipeline, spread = self.pipeline, self._latency.spread()
        outcome = LiveOutcome(
            self._started,
            pipeline.captured,
            pipeline.analysed,
            lost,
            pipeline.link,
            spread.median,
            spread.p95,
        )
        try:
            write_live_record(
                self.source,
                (live_table(camera), camera, frame_times(camera)),
                outcome,
                self._made_by,
            )
        except UserError as error:
            self.problems.append(str(error))
            print(f"\nwarning: {error}", file=sys.stderr)

    def _record(self, camera: Path, video: bool) -> None:
        def link() -> Link:
            return self.pipeline.link

        results: Channel[FrameResult] = Channel(ROOM)
        self.pipeline.add_result_tap(results)
        self._taps.append(results)
        written = write_tracks(results, live_table(camera), link, self._governed is not None)
        self._writing.append(background(written))
        if video:
            frames: Channel[Frame] = Channel(ROOM)
            self.pipeline.add_frame_tap(frames)
            self._taps.append(frames)
            self._writing.append(background(write_camera(frames, camera, link)))

    def _finish(self, result: FrameResult) -> int:
        latency_ms = (time.monotonic_ns() - result.frame.captured_ns) / 1e6
        self._latency.add(latency_ms)
        if self._governed is not None:
            self._governed.note(result, latency_ms, time.monotonic())
        return len(result.tracks)


def run_live(sources: Sequence[Source], settings: AppSettings, wishes: LiveWishes) -> int:
    """Run until the time is over (0, or 3 if something failed) or it is stopped (130).

    Raises UserError where no source can be opened, or an output cannot be.
    """
    if not sources:
        raise SettingsError("live --no-window: needs a source")
    if wishes.duration_s is not None and not wishes.duration_s > 0:
        raise SettingsError(f"--duration-s {wishes.duration_s:g}: expected a positive time")
    if wishes.video and wishes.folder is None:
        raise SettingsError("--video: needs --output DIR")
    addresses = addresses_of(wishes.send)
    if wishes.folder is not None:
        make_folder(wishes.folder)
    keep_memory_small()
    engine = AppEngine(settings)
    estimate = engine.load(settings)
    keep_waits_short()
    print(engine.describe(estimate), file=sys.stderr)
    outputs = [Sending(Output(address, len(sources))) for address in addresses]
    names = file_names_of(sources, datetime.now().strftime("%Y-%m-%d %H.%M.%S"))
    runs = [
        LiveRun(source, title, name, engine, estimate, wishes)
        for source, title, name in zip(sources, titles_of(sources), names, strict=True)
    ]
    for sending in outputs:
        for run in runs:
            run.send_to(sending.output)
    stopped = False
    with _term_as_interrupt():
        try:
            _watch(runs, outputs, wishes.duration_s)
        except KeyboardInterrupt:
            stopped = True
        finally:
            for run in runs:
                run.end()
            for sending in outputs:
                sending.output.close()
                sending.check()
    print(_status(runs, outputs))
    if all(run.failed for run in runs):
        return 2
    if stopped:
        return 130
    failed = any(run.problems for run in runs) or any(sending.failed for sending in outputs)
    return 3 if failed else 0


def _status(runs: Sequence[LiveRun], outputs: Sequence[Sending]) -> str:
    parts = [" | ".join(run.status() for run in runs)]
    return "; ".join([*parts, *(sending.output.status for sending in outputs)])


def _watch(runs: list[LiveRun], outputs: list[Sending], duration_s: float | None) -> None:
    """Check all runs and print the status line until the time is over or all sources failed."""
    started = time.monotonic()
    interval_s = 1.0 if sys.stdout.isatty() else 30.0
    said = started
    while duration_s is None or time.monotonic() - started < duration_s:
        for run in runs:
            run.check()
        for sending in outputs:
            sending.check()
        if all(run.failed for run in runs):
            return
        if time.monotonic() - said >= interval_s:
            said = time.monotonic()
            line = _status(runs, outputs)
            print(f"\r{line}" if sys.stdout.isatty() else line, end="" if interval_s == 1 else "\n")
            sys.stdout.flush()
        time.sleep(TURN_S)


@contextmanager
def _term_as_interrupt() -> Iterator[None]:
    """SIGTERM, by which services are stopped, ends a run as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
