"""The window: makes all parts, hands them to each other, and closes them."""

from pathlib import Path
from typing import TypeVar, cast

from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QApplication, QMainWindow

from ui.look.theme import THEMES, apply_theme
from ui.panel.plotting import Plotting
from ui.panel.space_playing import SpacePlaying
from ui.session.correcting import Correcting
from ui.session.editing import Editing
from ui.session.engine import Settings, WindowEngine
from ui.session.jobs import Jobs
from ui.view.canvas import Renderer
from ui.window.dialogs import Dialogs
from ui.window.improve_view import ImproveView
from ui.window.output import WindowOutput
from ui.window.people_view import PeopleView
from ui.window.preferences import Preferences
from ui.window.projects import Projects
from ui.window.showing import LAST_WAIT_S, Showing
from ui.window.start import Start
from ui.window.watchdog import Watchdog
from ui.window.window_parts import build
from ui.window.wiring import connect

__all__ = ["LAST_WAIT_S", "MainWindow"]
S = TypeVar("S", bound=Settings)


class MainWindow(QMainWindow):
    """Nothing here decodes, infers or reads files; sessions and jobs do, in their threads."""

    def __init__(
        self,
        engine: WindowEngine[S],
        preferences: Preferences,
        results: Path,
        sample: Path | None = None,
        recordings: Path | None = None,
        renderer: Renderer = "raster",
    ) -> None:
        super().__init__()
        self.setWindowTitle("yolopose")
        self.resize(1280, 720)
        # An engine gets back only settings that it gave itself.
        self.engine = cast(WindowEngine[Settings], engine)
        self.results = results
        self._preferences = preferences
        self._theme = THEMES[preferences.theme]
        self.jobs = Jobs(lambda title, sentence: self.say(f"{title}: {sentence}"))
        self.watchdog = Watchdog(self)
        self.parts = build(
            self,
            self._theme,
            renderer,
            self.engine,
            type(self.engine.settings)(),
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
            self.parts, self.editing, self.correcting, self.plotting, lambda: self.showing.session
        )
        self.dialogs = Dialogs(
            self,
            self.parts,
            self.jobs,
            self.engine,
            session=lambda: self.showing.session,
            settings=lambda: self.showing.settings,
            use_settings=lambda settings: self.showing.show_settings(settings),
            show=lambda source: self.showing.open(source),
            say=self.say,
        )
        self.improve = ImproveView(
            self,
            self.parts,
            self.editing,
            self.jobs,
            self.engine,
            Projects(preferences, self.engine.with_weights),
            results.parent / "weights",
            threshold=lambda: self.engine.keypoint_threshold(self.showing.settings),
            settings=lambda: self.showing.settings,
            use_settings=lambda settings: self.showing.show_settings(settings),
            say=self.say,
        )
        self.output = WindowOutput(
            self,
            self.parts,
            self.jobs,
            self.editing,
            self.engine,
            recordings or results.parent / "recordings",
            session=lambda: self.showing.session,
            threshold=lambda: self.engine.keypoint_threshold(self.showing.settings),
            encode=lambda: self.showing.settings.encode,
            say=self.say,
            open_text=lambda text: self.showing.open_text(text),
        )
        self.start = Start(
            self,
            self.parts,
            preferences,
            sample,
            self.jobs,
            show=lambda source: self.showing.open(source),
            ask_file=self.dialogs.open_file,
            say=self.say,
        )
        self.showing = Showing(
            self,
            self.parts,
            self.engine,
            self.jobs,
            results,
            editing=self.editing,
            plotting=self.plotting,
            space=self.space,
            people=self.people,
            improve=self.improve,
            output=self.output,
            start=self.start,
        )
        connect(self)
        self._set_theme(preferences.theme)
        self.start.list_cameras()
        self.start.show_recent()
        self.people.enable_commands()
        self.showing.begin()

    def say(self, sentence: str, level: str = "bad") -> None:
        """One message over the picture, in place of the one before."""
        self.parts.say(sentence, level)

    def deselect(self) -> None:
        """Choose no keypoint, or select nobody; and draw no region or person after all."""
        self.parts.viewer.view.draw_region(False)
        self.parts.viewer.view.pose_tools.draw_person(False)
        if self.correcting.joint is not None:
            self.correcting.choose(None)
        else:
            self.editing.select(None)

    def fit(self) -> None:
        """The whole picture; nobody is followed any more."""
        self.editing.follow(False)
        self.parts.viewer.view_now.fit()

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

    def _set_theme(self, name: str) -> None:
        self._theme = THEMES["light" if name == "light" else "dark"]
        self._preferences.theme = self._theme.name
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, self._theme)
        self.parts.set_theme(self._theme)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self.watchdog.stop()
        self.showing.end()
        self.improve.close()
        self.jobs.cancel_all()
        self._preferences.geometry = self.saveGeometry()
        super().closeEvent(event)
