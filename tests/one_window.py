"""`one_window.py FOLDER CLIP`: a window of its own on a clip; it hears words from stdin.

`name NAME` names the person in the middle and `close` ends it; what it has done it prints.
"""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[level]) for level in (0, 1)]

from lone_window import lone_window  # noqa: E402
from PyQt6.QtCore import QSocketNotifier, QTimer  # noqa: E402
from PyQt6.QtWidgets import QApplication  # noqa: E402

from ui.window.main_window import MainWindow  # noqa: E402


def obey(window: MainWindow, folder: Path, clip: str) -> None:
    """Open the clip, do what is said, and say what is done."""
    window.show()
    window.showing.open_text(clip)
    said: set[str] = set()

    def say(word: str) -> None:
        if word not in said:
            said.add(word)
            print(word, flush=True)

    def look() -> None:
        session = window.showing.file
        if session is not None and session.progress is not None:
            say("analysing" if session.analysing else "analysed")
        if list(folder.glob("results/*/edits.json")):
            say("saved")
        if window.parts.viewer.messages.text:
            say(window.parts.viewer.messages.text)

    def hear() -> None:
        word, _, name = sys.stdin.readline().strip().partition(" ")
        if word != "name":
            window.close()
            QApplication.quit()
            return
        window.editing.select(window.people.shown()[0])
        window.editing.rename(name)

    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(20)
    ear = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, window)
    ear.activated.connect(hear)


with lone_window(Path(sys.argv[1])) as made:
    obey(made, Path(sys.argv[1]), sys.argv[2])
