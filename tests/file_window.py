"""Windows under test with a recorded clip in them."""

from pathlib import Path

import numpy as np
from burnt import read_burnt
from PyQt6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot
from window_engine import WindowEngine

from ui.session.file_session import FileSession
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

PATIENCE_MS = 20_000


def new_window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    made = MainWindow(WindowEngine(), Preferences(store), tmp_path / "results")
    qtbot.addWidget(made)
    made.show()
    return made


def analysed(qtbot: QtBot, window: MainWindow, clip: Path) -> FileSession:
    """Open a clip and wait until it is analysed."""
    window.showing.open_text(str(clip))
    session = window.showing.file
    assert session is not None
    qtbot.waitUntil(
        lambda: (
            session.settled
            and session.progress is not None
            and session.progress.done == len(session)
            and not session.analysing
        ),
        timeout=PATIENCE_MS,
    )
    return session


def opened(qtbot: QtBot, window: MainWindow, clip: Path) -> FileSession:
    """Open a clip and wait until it is analysed and its first frame is shown."""
    session = analysed(qtbot, window, clip)
    qtbot.waitUntil(lambda: session.settled and bool(window.people.shown()), timeout=PATIENCE_MS)
    return session


def burnt_number(window: MainWindow) -> int:
    shown = window.parts.viewer.view.shown
    assert shown is not None
    pixels = shown.picture.memory[..., :3]
    assert shown.result.frame.index == read_burnt(shown.result.frame.rgb)
    return read_burnt(np.ascontiguousarray(pixels[..., ::-1]))


def press(
    qtbot: QtBot, window: MainWindow, key: Qt.Key, shift: bool = False, control: bool = False
) -> None:
    together = Qt.KeyboardModifier.NoModifier
    if shift:
        together |= Qt.KeyboardModifier.ShiftModifier
    if control:
        together |= Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, key, together)
