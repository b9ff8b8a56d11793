"""The widgets of the window, made and put in their places; what they do is connected elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from ui.look.theme import Theme
from ui.panel.file_controls import FileControls
from ui.panel.improve_panel import ImprovePanel
from ui.panel.job_bar import JobBar
from ui.panel.overlay_panel import OverlayPanel
from ui.panel.people_panel import PeoplePanel
from ui.panel.plots import Plots
from ui.panel.settings_panel import SettingsPanel
from ui.panel.source_panel import SourcePanel
from ui.panel.space_panel import SpacePanel
from ui.panel.top_bar import TopBar
from ui.panel.welcome import WelcomePage
from ui.session.editing import Editing
from ui.session.engine import Settings, WindowEngine
from ui.session.jobs import Jobs
from ui.view.canvas import Renderer
from ui.window.actions import Actions
from ui.window.viewer import Viewer

BAR = ("open_file", "record", "export_csv", "plots", "mirror", "fit", "full_screen", "theme")
TRANSPORT = (
    "step_back",
    "play",
    "step_forward",
    "loop",
    "mark_in",
    "mark_out",
)
PEOPLE = ("name", "follow", "hide", "merge", "split", "swap", "undo", "redo")
IMPROVE = (
    "propose",
    "more_random",
    "frame_right",
    "next_frame",
    "accuracy",
    "teach",
    "own_weights",
)
LANE = ("name", "hide", "merge", "split", "swap", "follow")


@dataclass(frozen=True, slots=True)
class WindowParts:
    """Every widget that something is done with later."""

    actions: Actions
    bar: TopBar
    welcome: WelcomePage
    viewer: Viewer
    sources: SourcePanel
    people: PeoplePanel
    improve: ImprovePanel
    overlay: OverlayPanel
    settings: SettingsPanel
    plots: Plots
    space: SpacePanel
    controls: FileControls
    job_bar: JobBar
    pages: QStackedWidget

    def set_theme(self, theme: Theme) -> None:
        """Paint everything that style sheets do not reach."""
        for part in (
            self.actions,
            self.bar,
            self.welcome,
            self.sources,
            self.improve,
            self.plots,
            self.space,
            self.controls,
            self.viewer,
        ):
            part.set_theme(theme)

    def welcome_back(self) -> None:
        """No source is shown any more."""
        view = self.viewer.view
        self.viewer.messages.clear()
        self.viewer.show_tiles(False)
        self.viewer.tiles.clear()
        view.show_result(None)
        view.show_report(None)
        view.show_note("")
        self.controls.bind(None)
        self.bar.show_source("yolopose", "")
        self.pages.setCurrentWidget(self.welcome)

    def say(self, sentence: str, level: str = "bad") -> None:
        """One message over the picture, in place of the one before."""
        self.pages.setCurrentWidget(self.viewer)
        self.viewer.messages.show_message(sentence, "info" if level == "info" else "bad")


def build(
    window: QMainWindow,
    theme: Theme,
    renderer: Renderer,
    engine: WindowEngine[Settings],
    defaults: Settings,
    jobs: Jobs,
    editing: Callable[[], Editing],
) -> WindowParts:
    """Make the widgets and lay them out in the window."""
    actions = Actions(window, theme)
    chosen = {
        group: [actions[name] for name in names]
        for group, names in (
            ("bar", BAR),
            ("transport", TRANSPORT),
            ("people", PEOPLE),
            ("lane", LANE),
        )
    }
    parts = WindowParts(
        actions=actions,
        bar=TopBar(chosen["bar"], theme),
        welcome=WelcomePage(theme),
        viewer=Viewer(renderer),
        sources=SourcePanel(theme),
        people=PeoplePanel(chosen["people"]),
        improve=ImprovePanel({name: actions[name] for name in IMPROVE}),
        overlay=OverlayPanel(),
        settings=SettingsPanel(engine, defaults),
        plots=Plots(),
        space=SpacePanel(),
        job_bar=JobBar(),
        controls=FileControls(chosen["transport"], chosen["lane"], jobs, editing),
        pages=QStackedWidget(),
    )
    for title, panel in (
        ("Source", parts.sources),
        ("People", parts.people),
        ("Improve", parts.improve),
        ("Overlay", parts.overlay),
        ("Settings", parts.settings),
    ):
        parts.viewer.side.addTab(panel, title)
    parts.viewer.add_beside(parts.space)
    for below in (parts.plots, parts.job_bar, parts.controls):
        parts.viewer.add_below(below)
    parts.pages.addWidget(parts.welcome)
    parts.pages.addWidget(parts.viewer)
    centre = QWidget()
    column = QVBoxLayout(centre)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(parts.bar)
    column.addWidget(parts.pages, 1)
    window.setCentralWidget(centre)
    window.setAcceptDrops(True)
    return parts
