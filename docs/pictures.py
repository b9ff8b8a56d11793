"""`python docs/pictures.py [clip] [space] [live]`: the manuals' pictures, of the real program.

Opens the window offscreen with the sample clip, corrects and improves it, and shows it as a camera:
some minutes. Every file in `images` is made here.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clip_pictures import take_clip, take_space
from live_pictures import take_live
from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QApplication
from taking import PATIENCE_S

from app.bundled import sample_clip
from app.live.engine import AppEngine
from app.settings import AppSettings
from core.run.background import wait_for_threads
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

SIZE = (1100, 680)  # px


def main(parts: list[str]) -> None:
    """Take those of a part, or all."""
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        results = folder / "results"
        window = MainWindow(AppEngine(AppSettings()), Preferences(store), results, sample_clip())
        window.resize(*SIZE)
        window.show()
        if "clip" in parts:
            take_clip(window, folder)
        if "space" in parts:
            take_space(window, folder)
        if "live" in parts:
            take_live(window)
        window.close()
        wait_for_threads(PATIENCE_S)
    application.quit()


if __name__ == "__main__":
    main(sys.argv[1:] or ["clip", "space", "live"])
