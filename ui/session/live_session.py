"""A live run as the window sees it: the newest result, and how the run is doing."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.run.governed import Governed, taken_for_seen
from core.run.live import Pipeline
from core.run.outcome import LiveOutcome
from core.run.reconnect import Link, ReconnectSettings
from core.run.stages import Estimator, Look
from core.tracks.clean.one_euro import OneEuro
from core.types import Frame, FrameResult, PoseBatch
from core.video.camera import CameraSettings
from core.video.live import read_live
from ui.session.engine import Settings, WindowEngine
from ui.session.source import Source
from ui.view.picture import Shown, shown
from ui.view.statistics import CountRate, PaintedFrames, Report

SILENT_AFTER_S = 2.0
CLOSING_S = 3.0  # that a camera may take to be free again


def nobody(frame: Frame) -> PoseBatch:
    """Stands in while the network is being loaded: the picture is shown at once."""
    return PoseBatch.empty()


def not_yet(frame: Frame) -> Look:
    """While the network is being loaded no table is to say that nobody is there."""
    return Look(None)


def open_live(source: Source, camera: CameraSettings) -> Iterator[Frame]:
    """The frames of a live source, for the capture thread."""
    return read_live(source.kind, source.address, camera)


class LiveSession:
    """Owns the pipeline of a live source. Every method returns at once."""

    def __init__(
        self,
        source: Source,
        engine: WindowEngine[Settings],
        estimator: Estimator | None,
        settings: Settings,
        camera: CameraSettings,
        after: "Sequence[LiveSession]" = (),
        reconnect: ReconnectSettings | None = None,
    ) -> None:
        self.source = source
        self.painted = PaintedFrames()
        self._engine = engine
        self._tracker = engine.make_tracker(settings)
        self._estimator = estimator
        self._settings = settings
        self._governed: Governed | None = None
        self._asked = camera
        self._rates = [CountRate() for _ in range(3)]
        self._size = ""
        self._people = 0
        self.steady = True  # whether joints are steadied for the screen; tables never are
        self._one_euro = OneEuro()
        self._last_frame_s = time.monotonic()
        camera_again = [
            one.pipeline
            for one in after
            if source.kind == "camera" and one.source.address == source.address
        ]

        def frames() -> Iterator[Frame]:
            while camera_again:
                camera_again.pop().wait_for_source(CLOSING_S)
            return open_live(source, camera)

        self.pipeline: Pipeline[Shown] = Pipeline(
            frames,
            estimator or nobody,
            self._tracker,
            self._finish,
            live=True,
            reconnect=reconnect,
            after=[session.pipeline for session in after],
            plan=not_yet if estimator is None else None,
        )
        self._govern()

    @property
    def link(self) -> Link:
        """How the source is doing."""
        return self.pipeline.link

    def use(self, estimator: Estimator) -> None:
        """Go on with another network; the run and its ids live on."""
        self._estimator = estimator
        self.pipeline.estimate = estimator
        self._govern()

    @property
    def governed(self) -> bool:
        """Whether its latency is held under a budget."""
        return self._governed is not None

    def tune(self, settings: Settings, network_follows: bool = False) -> None:
        """Go on with other thresholds."""
        self._settings = settings
        self._tune_tracker()
        if not network_follows:
            self._govern()

    def poll(self) -> tuple[Shown | None, BaseException | None]:
        """The newest result that was not polled yet, and, once, what ended the run."""
        newest, error = self.pipeline.results.look()
        if newest is not None:
            self._last_frame_s = time.monotonic()
            size = newest.picture.size
            self._size = f"{size.width()}×{size.height()}"
            self._people = len(newest.result.tracks)
        return newest, error

    def note(self) -> str:
        """Why there is no new picture, if there is none."""
        link = self.link
        if link.state == "waiting":
            return f"Waiting for {self.source.title} (attempt {link.attempt}): {link.reason}"
        silent_s = time.monotonic() - self._last_frame_s
        if link.state == "opening":
            return f"Opening {self.source.title} …"
        if silent_s > SILENT_AFTER_S:
            return f"{self.source.title} has sent no picture for {silent_s:.0f} s"
        return ""

    def report(self) -> Report:
        """The figures of the last seconds."""
        now_s = time.monotonic()
        counts = (self.pipeline.captured, self.pipeline.analysed, self.painted.painted)
        source, analysis, screen = (
            rate.read(count, now_s) for rate, count in zip(self._rates, counts, strict=True)
        )
        estimator = self._estimator
        loading = "loading the network"
        return Report(
            source_rate=source,
            analysis_rate=analysis,
            screen_rate=screen,
            latency=self.painted.latency(),
            steps=self.painted.steps(),
            captured=self.pipeline.captured,
            dropped=self.pipeline.dropped,
            people=self._people,
            device=loading if estimator is None else self._engine.describe(estimator),
            picture=self._picture(),
            mode="" if self._governed is None else self._governed.mode,
            over_budget=self._governed is not None and self._governed.helpless,
        )

    def on_painted(self, painted: Shown, paint_ms: float) -> None:
        """Take note that a result reached the screen."""
        latency_ms = (time.monotonic_ns() - painted.result.frame.captured_ns) / 1e6
        if self._governed is not None:
            self._governed.note(painted.result, latency_ms, time.monotonic())
        self.painted.add(latency_ms, painted.result.stage_ms, paint_ms)

    def write_record(self, files: Sequence[Path], outcome: LiveOutcome) -> None:
        """Write beside files of the run how they were made. Reads files. Raises OutputError."""
        network, engine = self._estimator, self._engine
        made_by = {} if network is None else engine.made_by(self._settings, network)
        engine.write_live_record(self.source, files, outcome, made_by)

    def stop(self) -> None:
        """End the run without waiting for its threads."""
        self.pipeline.stop()

    def _finish(self, result: FrameResult) -> Shown:
        """What the window takes from the worker's thread."""
        tracks = taken_for_seen(result)
        if self.steady:
            tracks = self._one_euro.smooth(tracks, result.frame.time_s)
        return shown(replace(result, tracks=tracks))

    def _govern(self) -> None:
        """Let the governor follow the settings and the network in use."""
        if self._estimator is None:
            return
        governed = self._engine.governed(self._estimator, self._settings, self._governed)
        self._governed = governed
        self.pipeline.skeleton = self._engine.skeleton(self._estimator)
        self._tune_tracker()
        self.pipeline.plan = None if governed is None else governed.plan

    def _tune_tracker(self) -> None:
        skeleton = None if self._estimator is None else self._engine.skeleton(self._estimator)
        self._engine.tune_tracker(self._tracker, self._settings, skeleton)

    def _picture(self) -> str:
        asked = f"{self._asked.width}×{self._asked.height}"
        other = self._asked.width and self._size not in ("", asked)
        if self.source.kind == "camera" and other:
            return f"{self._size} (asked {asked})"
        return self._size
