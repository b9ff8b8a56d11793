"""What the window shows: sources are opened, carried to the screen by a timer, and closed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, QTimer

from core.machine import undisturbed
from core.run.stages import Estimator
from core.tracks.trails import Trails
from core.types import FrameResult
from core.video.source import local_path
from ui.panel.plotting import Plotting
from ui.panel.space_playing import SpacePlaying
from ui.session.clip_analysis import ClipAnalyser
from ui.session.editing import Editing
from ui.session.engine import Settings, WindowEngine
from ui.session.file_session import FileSession
from ui.session.jobs import Jobs, sentence_of
from ui.session.live_group import LiveGroup
from ui.session.live_runs import LiveRuns
from ui.session.live_session import LiveSession
from ui.session.network import Network
from ui.session.session import Session
from ui.session.source import Source, source_of
from ui.session.space import ENDING as SPACE_ENDING
from ui.view.overlay import Scene
from ui.view.region_picker import Region
from ui.window.group_view import GroupView
from ui.window.improve_view import ImproveView
from ui.window.output import WindowOutput
from ui.window.people_view import PeopleView
from ui.window.start import Start
from ui.window.window_parts import WindowParts

TICK_MS = 8  # the newest result reaches the screen at most so much later
REPORT_MS = 250
LAST_WAIT_S = 5.0  # for the network's last frame, before the program may end


class Showing:
    """The session that is shown, and the network and settings that it works with.

    Every method returns at once; sessions and jobs work in their threads.
    """

    def __init__(
        self,
        parent: QObject,
        parts: WindowParts,
        engine: WindowEngine[Settings],
        jobs: Jobs,
        results: Path,
        *,
        editing: Editing,
        plotting: Plotting,
        space: SpacePlaying,
        people: PeopleView,
        improve: ImproveView,
        output: WindowOutput,
        start: Start,
    ) -> None:
        self.settings = engine.settings
        self.session: Session | None = None
        self.live = LiveRuns(engine)
        self.network = Network(engine, jobs, self._network_ready)
        self._analyser = ClipAnalyser(engine, jobs)
        self._group: GroupView | None = None  # while several sources are shown
        self._trails = Trails()
        self._parts, self._engine, self._jobs, self._results = parts, engine, jobs, results
        self._editing, self._plotting, self._space = editing, plotting, space
        self._people, self._improve = people, improve
        self._output, self._start = output, start
        self._tick_timer = QTimer(parent)
        self._tick_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick_timer.timeout.connect(self._tick)
        self._report_timer = QTimer(parent)
        self._report_timer.timeout.connect(self.report_now)

    @property
    def file(self) -> FileSession | None:
        """The clip that is open."""
        return self.session if isinstance(self.session, FileSession) else None

    def begin(self) -> None:
        """Start the timers, and load the network."""
        self._tick_timer.start(TICK_MS)
        self._report_timer.start(REPORT_MS)
        self.network.use(self.settings)

    def open(self, source: Source) -> None:
        """Show a source; what was shown before is closed."""
        source = self._start.with_secret(source)
        if source.lacks_secret:
            self._start.ask_secret(source)
            return
        self.close_source()
        self._trails = Trails()
        self._start.remember(source)
        self._improve.use_weights_for(source)
        if source.live:
            self.network.use(self.settings)
            self.session = self.live.one(source, self.network.estimator, self.settings)
            self.live.set_steady(self._parts.actions["steady"].isChecked())
        else:
            self.network.use(self._engine.for_clips(self.settings))
            self.session = FileSession(
                source,
                self._engine,
                None if self.network.loading else self.network.estimator,
                self.settings,
                self._jobs,
                self._analyser,
                self._results,
            )
        self._parts.viewer.view.on_painted = self.session.on_painted
        self._show_session(self.session)

    def open_several(self, sources: Sequence[Source]) -> None:
        """Show several sources as cameras side by side; what was shown before is closed."""
        self.close_source()
        for source in sources:
            self._start.remember(source)
        self.network.use(self.settings)
        group, said = self.live.several(sources, self.network.estimator, self.settings)
        self.session = group
        self._group = GroupView(group, self._parts.viewer.tiles, self.settings.region)
        self.live.set_steady(self._parts.actions["steady"].isChecked())
        self._parts.viewer.show_tiles(True)
        self._show_session(group)
        if said:
            self._parts.say("; ".join(said), "info")

    def add(self, source: Source) -> None:
        """Show one more source beside the live ones that are shown, which run on.

        Where all of them ended before the choice was made, it is shown alone.
        """
        if isinstance(self.session, LiveSession):
            self.session = alone = LiveGroup([self.session])
            self._group = GroupView(alone, self._parts.viewer.tiles, self.settings.region)
            self._parts.viewer.view.show_result(None)
            self._parts.viewer.show_tiles(True)
        if self._group is None:
            self.open(source)
            return
        self._start.remember(source)
        group = self._group.group
        said = self.live.add(group, source, self.network.estimator, self.settings)
        self.live.set_steady(self._parts.actions["steady"].isChecked())
        self._group.show_all()
        self._show_session(group)
        if self._output.recorder.recording:
            said.append(f"{source.title} is not in the recording that goes on.")
        if said:
            self._parts.say("; ".join(said), "info")

    def open_text(self, text: str) -> None:
        """Show a path or an address; skeletons in space go beside the clip that is open."""
        if self.file is not None and text.endswith(SPACE_ENDING):
            self._space.open(Path(local_path(text)))
            return
        self.open(source_of(text))

    def close_source(self) -> None:
        """Back to the welcome page; the threads end by themselves."""
        if self._output.recorder.recording:
            self._output.end_recording()
        if self.session is not None:
            self.session.stop()
            self.session = None
        self._group = None
        self._follow_file()
        self._parts.welcome_back()
        self._people.enable_commands()

    def use_settings(self, settings: Settings) -> None:
        """Go on with other settings, without a restart."""
        self.settings = settings
        self._parts.viewer.view.set_region(settings.region)
        if self._group is not None:
            self._group.set_region(settings.region)
        clip = self.file is not None
        self.network.use(self._engine.for_clips(settings) if clip else settings)
        if self.session is not None:
            self.session.tune(settings, self.network.loading)

    def show_settings(self, settings: Settings) -> None:
        """Go on with settings that did not come from the panel."""
        self._parts.settings.show_settings(settings)
        self.use_settings(settings)

    def set_region(self, region: Region | None) -> None:
        """Look for people in a part of the picture only, or in all of it."""
        self.show_settings(replace(self.settings, region=region))

    def scene(self, result: FrameResult) -> Scene:
        """Who is in a picture, for the overlay."""
        editing = self._editing
        return Scene(
            result.tracks,
            self._trails.positions(),
            editing.names,
            editing.selected,
            editing.hidden,
            result.named,
        )

    @undisturbed()
    def report_now(self) -> None:
        """Show the figures, the tracks and what is missing."""
        if self.session is None:
            return
        view = self._parts.viewer.view
        shown = self._parts.actions["figures"].isChecked()
        report = self.session.report() if shown else None
        view.show_report(report and replace(report, sent=self.live.sent))
        if self._group is not None:
            self._group.report(shown, self.live.sent)
        for problem in self.live.problems():
            self._parts.say(problem)
        view.show_note(self.session.note())
        self._parts.controls.refresh_lanes()
        self._people.refresh()
        self._improve.refresh()

    def end(self) -> None:
        """The window closes: complete a recording, and wait for the network's last frame."""
        self.close_source()
        self._output.recorder.finish()
        self.live.join(LAST_WAIT_S)
        self._analyser.close()
        self._tick_timer.stop()
        self._report_timer.stop()

    @undisturbed()
    def _tick(self) -> None:
        self._jobs.poll()
        session = self.session
        if session is None:
            return
        if self._group is not None:
            self._group.show_new()
        newest, error = session.poll()
        if newest is not None:
            frame, tracks = newest.result.frame, newest.result.tracks
            self._trails.add(tracks, frame.time_s)
            self._editing.see(tracks, frame.index)
            self._plotting.see(newest.result)
            self._space.see(frame.time_s)
            self._parts.viewer.view.show_result(newest)
        if error is not None:
            self._session_failed(session)
            self._parts.say(sentence_of(error))
        file = self.file
        if file is not None:
            self._people.show_handles()
            self._parts.controls.refresh()
            self._parts.actions.show_icon("play", "pause" if file.playing else "play")

    def _show_session(self, session: Session) -> None:
        """Bring all parts in line with another session."""
        self._follow_file()
        self._parts.controls.bind(self.file)
        self._parts.pages.setCurrentWidget(self._parts.viewer)
        self._parts.viewer.view.setFocus()
        self._parts.bar.show_source(session.source.title, session.source.place)
        self._people.enable_commands()
        self.report_now()

    def _follow_file(self) -> None:
        """All that is about one clip goes on with the one that is open, or with none."""
        self._editing.begin(self.file)
        self._plotting.begin(self.file)
        self._space.begin(self.file)
        self._improve.begin(self.file)

    def _session_failed(self, session: Session) -> None:
        if self._output.recorder.recording:
            self._output.end_recording()
        self.report_now()
        session.stop()
        self.session = self._group = None  # the tiles stay, and say why they are empty
        self._parts.viewer.view.show_note("")
        self._people.enable_commands()

    def _network_ready(self, estimator: Estimator) -> None:
        if self.session is not None:
            self.session.use(estimator)
