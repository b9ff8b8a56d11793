"""`record_forever.py FOLDER`: a window that records into FOLDER/recordings until killed."""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[level]) for level in (1, 2)]

from burnt import burnt  # noqa: E402
from live_source import numbered  # noqa: E402
from PyQt6.QtCore import QSettings, QTimer  # noqa: E402
from PyQt6.QtWidgets import QApplication  # noqa: E402
from window_engine import WindowEngine  # noqa: E402

import ui.session.live_session  # noqa: E402
from core.types import Frame  # noqa: E402
from core.video.camera import CameraSettings  # noqa: E402
from core.video.paced import paced  # noqa: E402
from ui.session.source import Source  # noqa: E402
from ui.window.main_window import MainWindow  # noqa: E402
from ui.window.preferences import Preferences  # noqa: E402


def camera_frames(source: Source, camera: CameraSettings) -> Iterator[Frame]:
    """Numbered pictures, 25 a second."""

    def frames() -> Iterator[Frame]:
        for index in range(100_000):
            made = numbered(index)
            yield Frame(index, index / 25, made.captured_ns, burnt(index, (160, 96)))

    return paced(frames)


def main(folder: Path) -> None:
    """Open the camera, and record as soon as somebody is seen."""
    ui.session.live_session.open_live = camera_frames
    application = QApplication(sys.argv[:1])
    store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(
        WindowEngine(), Preferences(store), folder / "results", recordings=folder / "recordings"
    )
    window.show()
    window.showing.open(Source("camera", "test", "Test camera"))

    def record() -> None:
        if window.people.shown():
            timer.stop()
            window.parts.actions["record"].trigger()

    timer = QTimer(window)
    timer.timeout.connect(record)
    timer.start(50)
    application.exec()


main(Path(sys.argv[1]))
