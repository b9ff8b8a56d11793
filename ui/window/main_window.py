"""The window: opens and closes sources; a timer carries the newest result to the screen."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QApplication, QMainWindow

from core.run.stages import Estimator
from core.tracks.trails import Trails
from core.types import Tracks
from core.video.source import local_path
from ui.look.theme import THEMES, apply_theme
from ui.panel.plotting import Plotting
from ui.panel.space_playing import SpacePlaying
from ui.session.clip_analysis import ClipAnalyser
from ui.session.correcting import Correcting
from ui.session.editing import Editing
from ui.session.engine import WindowEngine
from ui.session.file_session import FileSession
from ui.session.jobs import Jobs, sentence_of
from ui.session.live_runs import LiveRuns
from ui.session.network import Network
from ui.session.session import Session
from ui.session.source import Source, source_of
from ui.session.space import ENDING as SPACE_ENDING
from ui.view.canvas import Renderer
from ui.view.overlay import Scene
from ui.view.region_picker import Region
from ui.window.dialogs import Dialogs
from ui.window.group_view import GroupView
from ui.window.improve_view import ImproveView
from ui.window.output import WindowOutput
from ui.window.people_view import PeopleView
from ui.window.preferences import Preferences
from ui.window.projects import Projects
from ui.window.start import Start
from ui.window.watchdog import Watchdog
from ui.window.window_parts import build
from ui.window.wiring import connect

TICK_MS = 8  # the newest result reaches the screen at most so much later
REPORT_MS = 250
LAST_WAIT_S = 5.0  # for the network's last frame, before the program may end


class MainWindow(QMainWindow):
    """Nothing here decodes, infers or reads files; sessions and jobs do, in their threads."""

    def __init__(
        self,
        engine: WindowEngine,
        preferences: Preferences,
        results: Path,
        sample: Path | None = None,
        recordings: Path | None = None,
        renderer: Renderer = "raster",
    ) -> None:
        super().__init__()
        self.setWindowTitle("yolopose")
        self.resize(1280, 720)
        self.engine = engine
        self.settings: Any = engine.settings
        self.session: Session | None = None
        self.results = results
        self.live = LiveRuns(engine)
        self._group: GroupView | None = None  # while several sources are shown
        self._preferences = preferences
        self._theme = THEMES[preferences.theme]
        self._trails = Trails()
        self.jobs = Jobs(lambda title, sentence: self.say(f"{title}: {sentence}"))
        self.network = Network(engine, self.jobs, self._network_ready)
        self.analyser = ClipAnalyser(engine, self.jobs)
        self.watchdog = Watchdog(self)
        self.parts = build(
            self,
            self._theme,
            renderer,
            engine,
            type(self.settings)(),
            self.jobs,
            lambda: self.editing,
        )
        self.editing = Editing(self, self.jobs, lambda: self.people.changed(), self.say)
        self.plotting = Plotting(self.parts.plots, self.jobs, self.editing)
        self.space = SpacePlaying(self.parts.space, self.parts.actions["space"], self.jobs)
        self.correcting = Correcting(
            self.editing, lambda: self.parts.viewer.view.pose_tools.draw_person()
        )
        self.people = PeopleView(
            self.parts, self.editing, self.correcting, self.plotting, lambda: self.session
        )
        self.dialogs = Dialogs(
            self,
            self.parts,
            self.jobs,
            engine,
            session=lambda: self.session,
            settings=lambda: self.settings,
            use_settings=self.use_settings,
            show=self.open,
            say=self.say,
        )
        self.improve = ImproveView(
            self,
            self.parts,
            self.editing,
            self.jobs,
            engine,
            Projects(preferences),
            results.parent / "weights",
            threshold=lambda: engine.keypoint_threshold(self.settings),
            settings=lambda: self.settings,
            use_settings=self.show_settings,
            say=self.say,
        )
        self.output = WindowOutput(
            self,
            self.parts,
            self.jobs,
            self.editing,
            recordings or results.parent / "recordings",
            session=lambda: self.session,
            threshold=lambda: engine.keypoint_threshold(self.settings),
            say=self.say,
            open_text=self.open_text,
        )
        self.start = Start(
            self,
            self.parts,
            preferences,
            sample,
            self.jobs,
            show=self.open,
            ask_file=self.dialogs.open_file,
            say=self.say,
        )
        connect(self)
        self._set_theme(preferences.theme)
        self.start.list_cameras()
        self.start.show_recent()
        self.people.enable_commands()
        self._tick_timer = QTimer(self)
        self._tick_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick_timer.timeout.connect(self._tick)
        self._tick_timer.start(TICK_MS)
        self._report_timer = QTimer(self)
        self._report_timer.timeout.connect(self.report_now)
        self._report_timer.start(REPORT_MS)
        self.network.use(self.settings)

    @property
    def file(self) -> FileSession | None:
        """The clip that is open."""
        return self.session if isinstance(self.session, FileSession) else None

    def open(self, source: Source) -> None:
        """Show a source; what was shown before is closed."""
        source = self.start.with_secret(source)
        if source.lacks_secret:
            self.start.ask_secret(source)
            return
        self.close_source()
        self._trails = Trails()
        self.start.remember(source)
        self.improve.use_weights_for(source)
        if source.live:
            self.network.use(self.settings)
            self.session = self.live.one(source, self.network.estimator, self.settings)
            self.live.set_steady(self.parts.actions["steady"].isChecked())
        else:
            self.network.use(self.engine.for_clips(self.settings))
            self.session = FileSession(
                source,
                self.engine,
                None if self.network.loading else self.network.estimator,
                self.settings,
                self.jobs,
                self.analyser,
                self.results,
            )
        self.parts.viewer.view.on_painted = self.session.on_painted
        self._show_session(self.session)

    def open_several(self, sources: Sequence[Source]) -> None:
        """Show several sources as cameras side by side; what was shown before is closed."""
        self.close_source()
        for source in sources:
            self.start.remember(source)
        self.network.use(self.settings)
        self.session = group = self.live.several(sources, self.network.estimator, self.settings)
        self._group = GroupView(group, self.parts.viewer.tiles, self.settings.region)
        self.live.set_steady(self.parts.actions["steady"].isChecked())
        self.parts.viewer.show_tiles(True)
        self._show_session(group)

    def open_text(self, text: str) -> None:
        """Show a path or an address; skeletons in space go beside the clip that is open."""
        if self.file is not None and text.endswith(SPACE_ENDING):
            self.space.open(Path(local_path(text)))
            return
        self.open(source_of(text))

    def close_source(self) -> None:
        """Back to the welcome page; the threads end by themselves."""
        if self.output.recorder.recording:
            self.output.end_recording()
        if self.session is not None:
            self.session.stop()
            self.session = None
        if self._group is not None:
            self._group.end()
            self._group = None
        self.editing.begin(None)
        self.plotting.begin(None)
        self.space.begin(None)
        self.improve.begin(None)
        self.parts.welcome_back()
        self.people.enable_commands()

    def say(self, sentence: str, level: str = "bad") -> None:
        """One message over the picture, in place of the one before."""
        self.parts.say(sentence, level)

    def use_settings(self, settings: Any) -> None:
        """Go on with other settings, without a restart."""
        self.settings = settings
        self.parts.viewer.view.set_region(settings.region)
        if self._group is not None:
            self._group.set_region(settings.region)
        clip = self.file is not None
        self.network.use(self.engine.for_clips(settings) if clip else settings)
        if self.session is not None:
            self.session.tune(settings, self.network.loading)

    def show_settings(self, settings: Any) -> None:
        """Go on with settings that did not come from the panel."""
        self.parts.settings.show_settings(settings)
        self.use_settings(settings)

    def set_region(self, region: Region | None) -> None:
        """Look for people in a part of the picture only, or in all of it."""
        self.show_settings(replace(self.settings, region=region))

    def deselect(self) -> None:
        """Choose no keypoint, or select nobody; and draw no region or person after all."""
        self.parts.viewer.view.draw_region(False)
        self.parts.viewer.view.pose_tools.draw_person(False)
        if self.correcting.joint is not None:
            self.correcting.choose(None)
        else:
            self.editing.select(None)

    def scene(self, tracks: Tracks) -> Scene:
        """Who is in a picture, for the overlay."""
        editing = self.editing
        return Scene(
            tracks, self._trails.positions(), editing.names, editing.selected, editing.hidden
        )

    def fit(self) -> None:
        """The whole picture; nobody is followed any more."""
        self.editing.follow(False)
        self.parts.viewer.view.fit()

    def next_theme(self) -> None:
        """From dark to light, or back."""
        self._set_theme("light" if self._theme.name == "dark" else "dark")

    def set_full_screen(self, on: bool) -> None:
        """The picture alone."""
        bar = self.menuBar()
        assert bar is not None
        for part in (bar, self.parts.bar, self.parts.viewer.side_frame):
            part.setVisible(not on)
        if on:
            self.showFullScreen()
        else:
            self.showNormal()

    def report_now(self) -> None:
        """Show the figures, the tracks and what is missing."""
        if self.session is None:
            return
        view = self.parts.viewer.view
        shown = self.parts.actions["figures"].isChecked()
        report = self.session.report() if shown else None
        view.show_report(report and replace(report, sent=self.live.sent))
        if self._group is not None:
            self._group.report(shown, self.live.sent)
        for problem in self.live.problems():
            self.say(problem)
        view.show_note(self.session.note())
        self.parts.controls.refresh_lanes()
        self.people.refresh()
        self.improve.refresh()

    def _tick(self) -> None:
        self.jobs.poll()
        session = self.session
        if session is None:
            return
        if self._group is not None:
            self._group.show_new()
        newest, error = session.poll()
        if newest is not None:
            frame, tracks = newest.result.frame, newest.result.tracks
            self._trails.add(tracks, frame.time_s)
            self.editing.see(tracks, frame.index)
            self.plotting.see(tracks, frame.time_s)
            self.space.see(frame.time_s)
            self.parts.viewer.view.show_result(newest)
        if error is not None:
            self._session_failed(session)
            self.say(sentence_of(error))
        file = self.file
        if file is not None:
            self.people.show_handles()
            self.parts.controls.refresh()
            self.parts.actions.show_icon("play", "pause" if file.playing else "play", self._theme)

    def _show_session(self, session: Session) -> None:
        """Bring all parts in line with another session."""
        self.editing.begin(self.file)
        self.plotting.begin(self.file)
        self.space.begin(self.file)
        self.improve.begin(self.file)
        self.parts.controls.bind(self.file)
        self.parts.pages.setCurrentWidget(self.parts.viewer)
        self.parts.viewer.view.setFocus()
        self.parts.bar.show_source(session.source.title, session.source.place)
        self.people.enable_commands()
        self.report_now()

    def _session_failed(self, session: Session) -> None:
        if self.output.recorder.recording:
            self.output.end_recording()
        self.report_now()
        session.stop()
        self.session = None
        self.parts.viewer.view.show_note("")
        self.people.enable_commands()

    def _network_ready(self, estimator: Estimator) -> None:
        if self.session is not None:
            self.session.use(estimator)

    def _set_theme(self, name: str) -> None:
        self._theme = THEMES["light" if name == "light" else "dark"]
        self._preferences.theme = self._theme.name
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, self._theme)
        self.parts.set_theme(self._theme)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self.close_source()
        self.output.recorder.finish()
        self.live.join(LAST_WAIT_S)
        self.analyser.close()
        self.improve.close()
        self.jobs.cancel_all()
        self._tick_timer.stop()
        self._report_timer.stop()
        self._preferences.geometry = self.saveGeometry()
        super().closeEvent(event)
