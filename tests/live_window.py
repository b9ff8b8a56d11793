"""A window of live sources that are not there: frames of a size that the address tells."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_source import Gate, numbered
from PyQt6.QtCore import QSettings
from pytestqt.qtbot import QtBot
from window_engine import WindowEngine

import ui.session.live_session
from core.errors import SourceError
from core.types import Frame
from core.video.camera import CameraSettings
from core.video.paced import paced
from ui.session.source import Source
from ui.view.picture import Shown
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

PATIENCE_MS = 20_000


def live_window(
    qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    """An open window whose live sources are `frames_of`; for a fixture."""
    monkeypatch.setattr(ui.session.live_session, "open_live", frames_of)
    store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    made = MainWindow(WindowEngine(), Preferences(store), folder / "results")
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def frames_of(source: Source, camera: CameraSettings) -> Iterator[Frame]:
    """`cam-WIDTHxHEIGHT` gives endless frames; `broken` and `silent` do what they say."""
    if source.address == "broken":
        raise SourceError("broken: no such camera")
    if source.address == "silent":
        Gate().wait()
    width, height = (int(part) for part in source.address.removeprefix("cam-").split("x"))
    return paced(lambda: (numbered(index, (width, height)) for index in range(10_000)))


def camera(address: str) -> Source:
    return Source("camera", address, address, address)


def shown(window: MainWindow) -> Shown:
    result = window.parts.viewer.view.shown
    assert result is not None
    return result


def wait_for_people(qtbot: QtBot, window: MainWindow, width: int) -> None:
    def there() -> None:
        assert shown(window).picture.size.width() == width
        assert len(shown(window).result.tracks) == 1

    qtbot.waitUntil(lambda: window.parts.viewer.view.shown is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: _holds(there), timeout=PATIENCE_MS)


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except AssertionError:
        return False
    return True
