"""A window in a program of its own, for scripts that tests start."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QApplication
from window_engine import WindowEngine

from core.run.background import wait_for_threads
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences


@contextmanager
def lone_window(folder: Path) -> Iterator[MainWindow]:
    """Keeps its settings and results in the folder; it lives behind the block, until `quit`."""
    application = QApplication(sys.argv[:1])
    store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    yield MainWindow(WindowEngine(), Preferences(store), folder / "results")
    application.exec()
    wait_for_threads(5.0)
