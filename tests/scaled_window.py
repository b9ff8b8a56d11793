"""`scaled_window.py FOLDER CLIP`: a window on a clip as FOLDER/window.png; facts as JSON."""

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[level]) for level in (0, 1)]

from lone_window import lone_window  # noqa: E402
from PyQt6.QtCore import QTimer  # noqa: E402
from PyQt6.QtWidgets import QAbstractButton, QApplication  # noqa: E402

from ui.window.main_window import MainWindow  # noqa: E402


def shoot(window: MainWindow, folder: Path, clip: str) -> None:
    """Once the first frame shows its person."""
    window.resize(1100, 720)
    window.show()
    window.showing.open_text(clip)

    def look() -> None:
        session = window.showing.file
        if session is None or session.analysing or not session.settled or not window.people.shown():
            return
        if not session.painted.painted:
            return
        buttons = [b for b in window.findChildren(QAbstractButton) if b.isVisible() and b.text()]
        if any(b.text().startswith("Cancel at") for b in buttons):  # still says how far it is
            return
        timer.stop()
        picture = window.grab()
        picture.save(str(folder / "window.png"))
        view = window.parts.viewer.view
        facts = {
            "ratio": window.devicePixelRatioF(),
            "window": [window.width(), window.height()],
            "picture": [picture.width(), picture.height()],
            "view": [view.mapTo(window, view.rect().topLeft()).x(),
                     view.mapTo(window, view.rect().topLeft()).y(), view.width(), view.height()],
            "cut": [b.text() for b in buttons if b.width() < b.minimumSizeHint().width()],
        }  # fmt: skip
        print(json.dumps(facts), flush=True)
        window.close()
        QApplication.quit()

    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(50)


with lone_window(Path(sys.argv[1])) as made:
    shoot(made, Path(sys.argv[1]), sys.argv[2])
