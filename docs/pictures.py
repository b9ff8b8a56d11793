"""`python docs/pictures.py`: the pictures of the manuals, taken of the real program.

Opens the window offscreen, shows the sample clip and waits until it is analysed: a minute.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QApplication, QWidget

from app.bundled import sample_clip
from app.live.engine import AppEngine
from app.settings import AppSettings
from core.run.background import wait_for_threads
from ui.window.help import HelpDialog
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

IMAGES = Path(__file__).parent / "images"
SIZE = (1100, 680)  # px
FRAME = 60
PATIENCE_S = 600.0


def main() -> None:
    """Take them all."""
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as name:
        store = QSettings(str(Path(name) / "window.ini"), QSettings.Format.IniFormat)
        window = MainWindow(AppEngine(AppSettings()), Preferences(store), Path(name), sample_clip())
        window.resize(*SIZE)
        window.show()
        take(application, window)
        window.close()
        wait_for_threads(PATIENCE_S)


def take(application: QApplication, window: MainWindow) -> None:
    """The pictures, in the order in which a person comes to see them."""
    wait(application, lambda: window.showing.network.estimator is not None)
    save(application, window, "help_welcome.png")
    window.parts.actions["open_sample"].trigger()
    session = window.showing.file
    assert session is not None
    wait(application, lambda: len(session) > 0 and not session.analysing and done(window))
    session.seek(FRAME)
    wait(application, lambda: session.settled and session.number == FRAME)
    window.parts.viewer.side.setCurrentWidget(window.parts.people)
    window.parts.actions["next_person"].trigger()
    wait(application, lambda: window.editing.selected is not None)
    save(application, window, "help_people.jpg")
    for _ in range(8):
        window.parts.actions["next_joint"].trigger()
    save(application, window, "help_correct.jpg")
    window.deselect()
    window.parts.actions["plots"].setChecked(True)
    knees = next(text for text in choices(window) if text.startswith("Knee"))
    window.parts.plots.choice.setCurrentText(knees)
    wait(application, lambda: bool(window.parts.plots.drawn))
    save(application, window, "help_curves.jpg")
    window.dialogs.show_help()
    (dialog,) = window.findChildren(HelpDialog)
    save(application, dialog, "help_inside.png")
    dialog.close()


def done(window: MainWindow) -> bool:
    """Whether the whole clip is analysed."""
    session = window.showing.file
    progress = None if session is None else session.progress
    return progress is not None and progress.done == progress.total


def choices(window: MainWindow) -> list[str]:
    """What the curves can show."""
    choice = window.parts.plots.choice
    return [choice.itemText(number) for number in range(choice.count())]


def save(application: QApplication, widget: QWidget, name: str) -> None:
    """Write what the widget shows, once it has settled."""
    end_s = time.monotonic() + 0.7
    wait(application, lambda: time.monotonic() > end_s)
    path = IMAGES / name
    if not widget.grab().save(str(path), None, 82):
        sys.exit(f"{path}: cannot be written")
    print(path)


def wait(application: QApplication, there: Callable[[], bool]) -> None:
    """Let the window live until something is there."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not there():
        if time.monotonic() > deadline_s:
            sys.exit("the window did not come so far")
        application.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    main()
