"""The window: puts the parts together and lets a timer carry the newest result to the screen."""

from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from core.pipeline import Estimator
from core.tracks.trails import Trails
from ui.actions import Actions
from ui.cameras import CameraList
from ui.canvas import Renderer
from ui.dialogs import Dialogs
from ui.engine import Engine
from ui.jobs import Jobs, sentence_of
from ui.live_session import LiveSession
from ui.network import Network
from ui.overlay import Scene
from ui.overlay_panel import OverlayPanel
from ui.preferences import Preferences
from ui.settings_panel import SettingsPanel
from ui.source import Source, source_of
from ui.source_panel import SourcePanel
from ui.theme import THEMES, apply_theme
from ui.top_bar import TopBar
from ui.video_view import ZOOM_STEP
from ui.viewer import Viewer
from ui.watchdog import Watchdog
from ui.welcome import WelcomePage

TICK_MS = 8  # the newest result reaches the screen at most so much later
REPORT_MS = 250
SWITCHES = ("skeletons", "boxes", "ids", "names", "trails", "confidence")


class MainWindow(QMainWindow):
    """Nothing here decodes, infers or reads files; sessions and jobs do, in their threads."""

    def __init__(
        self,
        engine: Engine,
        preferences: Preferences,
        sample: Path | None = None,
        renderer: Renderer = "raster",
    ) -> None:
        super().__init__()
        self.setWindowTitle("yolopose")
        self.resize(1280, 720)
        self.engine = engine
        self.settings: Any = engine.settings
        self.session: LiveSession | None = None
        self._preferences = preferences
        self._sample = sample
        self._theme = THEMES[preferences.theme]
        self._trails = Trails()
        self.jobs = Jobs(lambda title, sentence: self.say(f"{title}: {sentence}"))
        self.network = Network(engine, self.jobs, self._network_ready)
        self.watchdog = Watchdog(self)
        self.cameras = CameraList(self)
        self.dialogs = Dialogs(self)
        self._build(renderer)
        self._connect()
        self._set_theme(preferences.theme)
        self._list_cameras()
        self._show_recent()
        self._tick_timer = QTimer(self)
        self._tick_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick_timer.timeout.connect(self._tick)
        self._tick_timer.start(TICK_MS)
        self._report_timer = QTimer(self)
        self._report_timer.timeout.connect(self._report)
        self._report_timer.start(REPORT_MS)
        self.network.use(self.settings)

    def open(self, source: Source) -> None:
        """Show a source; what was shown before is closed."""
        previous = self.session
        self.close_source()
        self._trails = Trails()
        self._remember(source)
        self.session = LiveSession(
            source,
            self.engine,
            self.network.estimator,
            self.settings,
            self.settings.camera,
            after=previous,
        )
        self.viewer.view.on_painted = self.session.on_painted
        self.pages.setCurrentWidget(self.viewer)
        self.bar.show_source(source.title, source.address)

    def open_text(self, text: str) -> None:
        """Show a path or an address."""
        self.open(source_of(text))

    def close_source(self) -> None:
        """Back to the welcome page; the threads end by themselves."""
        if self.session is not None:
            self.session.stop()
            self.session = None
        self.viewer.messages.clear()
        self.viewer.view.show_result(None)
        self.viewer.view.show_report(None)
        self.viewer.view.show_note("")
        self.bar.show_source("yolopose", "")
        self.pages.setCurrentWidget(self.welcome)

    def say(self, sentence: str, level: str = "bad") -> None:
        """One message over the picture, in place of the one before."""
        self.pages.setCurrentWidget(self.viewer)
        self.viewer.messages.show_message(sentence, "info" if level == "info" else "bad")

    def use_settings(self, settings: Any) -> None:
        """Go on with other settings, without a restart."""
        self.settings = settings
        self.network.use(settings)
        if self.session is not None:
            self.session.tune(settings)

    def _build(self, renderer: Renderer) -> None:
        self.actions_ = Actions(self, self._theme)
        names = ("open_file", "mirror", "fit", "full_screen", "theme", "side_panel")
        self.bar = TopBar([self.actions_[name] for name in names], self._theme)
        self.welcome = WelcomePage(self._theme)
        self.viewer = Viewer(renderer)
        self.sources = SourcePanel(self._theme)
        self.overlay = OverlayPanel()
        self.settings_panel = SettingsPanel(self.engine, type(self.settings)())
        for title, panel in (
            ("Source", self.sources),
            ("Overlay", self.overlay),
            ("Settings", self.settings_panel),
        ):
            self.viewer.side.addTab(panel, title)
        self.viewer.view.scene_of = self._scene
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.viewer)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.pages, 1)
        self.setCentralWidget(centre)
        self.setAcceptDrops(True)

    def _connect(self) -> None:
        view = self.viewer.view
        view.dropped.connect(self.open_text)
        view.double_clicked.connect(self.actions_["full_screen"].trigger)
        self.welcome.source_chosen.connect(self.open)
        self.welcome.card_chosen.connect(self._start_from_card)
        self.sources.chosen.connect(self.open)
        self.sources.file_asked.connect(self.dialogs.open_file)
        self.sources.folder_asked.connect(self.dialogs.open_folder)
        self.sources.screen_asked.connect(self.dialogs.open_screen)
        self.sources.refresh_asked.connect(self._list_cameras)
        self.cameras.changed.connect(self._list_cameras)
        self.overlay.style_changed.connect(view.set_style)
        self.settings_panel.changed.connect(self.use_settings)
        self.settings_panel.save_asked.connect(self.dialogs.save_settings)
        self.settings_panel.load_asked.connect(self.dialogs.load_settings)
        for name in SWITCHES:
            switch, action = self.overlay.switches[name], self.actions_[name]
            switch.toggled.connect(action.setChecked)
            action.toggled.connect(switch.setChecked)
        self.overlay.figures.toggled.connect(self.actions_["figures"].setChecked)
        self.actions_["figures"].toggled.connect(self.overlay.figures.setChecked)
        self.actions_["figures"].toggled.connect(lambda on: self._report())
        self.actions_["mirror"].toggled.connect(view.set_mirrored)
        self.actions_["side_panel"].toggled.connect(self.viewer.side_frame.setVisible)
        self.actions_["full_screen"].toggled.connect(self._set_full_screen)
        self.actions_.connect(
            {
                "open_file": self.dialogs.open_file,
                "open_folder": self.dialogs.open_folder,
                "open_sample": self._open_sample,
                "close_source": self.close_source,
                "snapshot": self.dialogs.save_snapshot,
                "quit": self.close,
                "zoom_in": lambda: view.zoom(ZOOM_STEP),
                "zoom_out": lambda: view.zoom(1 / ZOOM_STEP),
                "fit": view.fit,
                "theme": self._next_theme,
                "diagnostics": self.dialogs.show_diagnostics,
                "keys": self.dialogs.show_keys,
                "about": self.dialogs.show_about,
            }
        )

    def _tick(self) -> None:
        self.jobs.poll()
        if self.session is None:
            return
        newest, error = self.session.poll()
        if newest is not None:
            self._trails.add(newest.result.tracks, newest.result.frame.time_s)
            self.viewer.view.show_result(newest)
        if error is not None:
            self.session.stop()
            self.session = None
            self.say(sentence_of(error))
            self.viewer.view.show_note("")

    def _report(self) -> None:
        if self.session is None:
            return
        report = self.session.report()
        shown = self.actions_["figures"].isChecked()
        self.viewer.view.show_report(report if shown else None)
        self.viewer.view.show_note(self.session.note())

    def _scene(self, tracks: Any) -> Scene:
        return Scene(tracks, self._trails.positions())

    def _network_ready(self, estimator: Estimator) -> None:
        if self.session is not None:
            self.session.use(estimator)

    def _start_from_card(self, card: str) -> None:
        if card == "camera":
            cameras = self.cameras.cameras()
            last = next((s for s in self._preferences.recent if s.kind == "camera"), None)
            ids = [camera.stable_id for camera in cameras]
            if cameras:
                at = ids.index(last.camera_id) if last and last.camera_id in ids else 0
                camera = cameras[at]
                self.open(Source("camera", camera.device, camera.name, camera.stable_id))
        elif card == "folder":
            self.dialogs.open_file()
        else:
            self._open_sample()

    def _open_sample(self) -> None:
        if self._sample is not None:
            self.open_text(str(self._sample))

    def _list_cameras(self) -> None:
        cameras = self.cameras.cameras()
        self.sources.show_cameras(cameras)
        self.welcome.show_camera_count(len(cameras))
        self.welcome.show_sample(self._sample is not None)
        self.actions_["open_sample"].setEnabled(self._sample is not None)

    def _remember(self, source: Source) -> None:
        self._preferences.remember(source)
        self._show_recent()

    def _show_recent(self) -> None:
        recent = self._preferences.recent
        self.sources.show_recent(recent)
        self.welcome.show_recent(recent)

    def _next_theme(self) -> None:
        self._set_theme("light" if self._theme.name == "dark" else "dark")

    def _set_theme(self, name: str) -> None:
        self._theme = THEMES["light" if name == "light" else "dark"]
        self._preferences.theme = self._theme.name
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, self._theme)
        for part in (self.actions_, self.bar, self.welcome, self.sources, self.viewer.view):
            part.set_theme(self._theme)

    def _set_full_screen(self, on: bool) -> None:
        bar = self.menuBar()
        assert bar is not None
        for part in (bar, self.bar, self.viewer.side_frame):
            part.setVisible(not on)
        if on:
            self.showFullScreen()
        else:
            self.showNormal()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self.jobs.cancel_all()
        self.close_source()
        self._tick_timer.stop()
        self._report_timer.stop()
        self._preferences.geometry = self.saveGeometry()
        super().closeEvent(event)
