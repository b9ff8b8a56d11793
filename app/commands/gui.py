"""The desktop window, without a source: `python -m app` alone opens it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.display import check_display, load_toolkit
from app.settings import AppSettings, add_model_argument, add_settings_arguments, settings_of

if TYPE_CHECKING:
    from core.send.outputs import Output
    from ui.session.source import Source
    from ui.view.canvas import Renderer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that every command with a window has."""
    add_model_argument(parser)
    add_settings_arguments(parser)
    parser.add_argument(
        "--renderer",
        choices=("auto", "opengl", "raster"),
        default="auto",
        help="how the picture is painted (default: OpenGL where it works)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Open the window on its welcome page."""
    return show(settings_of(arguments, as_taught=True), [], arguments.renderer)


def show(
    settings: AppSettings,
    sources: "Sequence[Source]",
    renderer: "Renderer",
    sending: "Sequence[Output]" = (),
) -> int:
    """Run the window until it is closed; live results go to the outputs as well."""
    check_display()
    load_toolkit()
    from PyQt6.QtCore import QSettings, QStandardPaths
    from PyQt6.QtGui import QIcon
    from PyQt6.QtWidgets import QApplication

    from app.bundled import sample_clip
    from app.live.engine import AppEngine
    from core.machine import keep_memory_small, keep_waits_short
    from core.run.background import wait_for_threads
    from ui.look.icons import program_mark
    from ui.look.theme import DARK
    from ui.window.application import Application
    from ui.window.main_window import LAST_WAIT_S, MainWindow
    from ui.window.preferences import Preferences

    keep_memory_small()
    application = QApplication.instance() or Application(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("yolopose")
    application.setWindowIcon(QIcon(program_mark(DARK.accent, 128)))
    store = QSettings("yolopose", "yolopose")
    preferences = Preferences(store)
    places = QStandardPaths.StandardLocation
    results = Path(QStandardPaths.writableLocation(places.AppDataLocation)) / "clips"
    recordings = Path(QStandardPaths.writableLocation(places.MoviesLocation)) / "yolopose"
    window = MainWindow(
        AppEngine(settings), preferences, results, sample_clip(), recordings, renderer
    )
    geometry = preferences.geometry
    if geometry is not None:
        window.restoreGeometry(geometry)
    window.show()
    window.showing.live.outputs = tuple(sending)
    keep_waits_short()
    if len(sources) > 1:
        window.showing.open_several(sources)
    elif sources:
        window.showing.open(sources[0])
    if isinstance(application, Application):
        application.show_files_with(window.showing.open_text)
    code = application.exec()
    store.sync()  # the process may end at once
    wait_for_threads(LAST_WAIT_S)
    return code
