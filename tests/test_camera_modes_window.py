"""A person chooses among what a camera offers: where one is added, and in the list of cameras."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_source import numbered
from live_window import PATIENCE_MS, live_window, shown
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

import ui.session.live_session
import ui.window.dialogs
from core.types import Frame
from core.video.camera import CameraSettings, PluggedCamera
from core.video.paced import paced
from core.video.v4l2 import CameraMode
from ui.panel.mode_box import AS_SET
from ui.session.source import Source
from ui.window.camera_dialog import CameraDialog
from ui.window.main_window import MainWindow

MODES = {
    "left": [],  # it does not tell
    "right": [CameraMode("mjpeg", 96, 64, (30.0, 15.0)), CameraMode("raw", 64, 48, (10.0,))],
}
FREE, RIGHT = (
    "As the camera likes",
    ["96×64, 30/s, mjpeg", "96×64, 15/s, mjpeg", "64×48, 10/s, raw"],
)


def plugged(name: str) -> Source:
    return Source("camera", name, name, name)


@pytest.fixture
def told() -> list[CameraSettings | str]:
    """How cameras were opened, and which were closed."""
    return []


@pytest.fixture
def window(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: list[CameraSettings | str],
) -> Iterator[MainWindow]:
    """Its cameras give what they are asked for; left to themselves, 40x30."""

    def frames(source: Source, camera: CameraSettings) -> Iterator[Frame]:
        told.append(camera)
        size = (camera.width or 40, camera.height or 30)
        try:
            yield from paced(lambda: (numbered(index, size) for index in range(10_000)))
        finally:
            told.append(f"{source.address} closed")

    for made in live_window(qtbot, tmp_path, monkeypatch):
        monkeypatch.setattr(ui.session.live_session, "open_live", frames)
        monkeypatch.setattr(ui.window.dialogs, "camera_modes", lambda device: MODES[device])
        monkeypatch.setattr(made.start, "addable", lambda: [plugged("left"), plugged("right")])
        yield made


def wait_for_width(qtbot: QtBot, window: MainWindow, width: int) -> None:
    def there() -> bool:
        if window.parts.viewer.view.shown is None:
            return False
        return shown(window).picture.size.width() == width

    qtbot.waitUntil(there, timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (RIGHT[1], CameraSettings(96, 64, 15, "mjpeg")),
        (RIGHT[2], CameraSettings(64, 48, 10, "raw")),
        (FREE, CameraSettings(0, 0, 0)),
        (AS_SET, CameraSettings()),
    ],
)
def test_one_that_is_added_is_opened_as_chosen(
    qtbot: QtBot,
    window: MainWindow,
    told: list[CameraSettings | str],
    words: str,
    asked: CameraSettings,
) -> None:
    window.showing.open(plugged("first"))
    wait_for_width(qtbot, window, 1280)
    window.parts.actions["add_camera"].trigger()
    (dialog,) = window.findChildren(CameraDialog)
    assert not dialog.mode.isEnabled()
    dialog.cameras.setCurrentRow(1)
    qtbot.waitUntil(lambda: dialog.mode.count() == 5, timeout=PATIENCE_MS)
    listed = [dialog.mode.itemText(row) for row in range(5)]
    assert listed == [FREE, AS_SET, *RIGHT]
    assert dialog.mode.currentText() == AS_SET
    dialog.mode.setCurrentText(words)
    dialog.add_button.click()
    qtbot.waitUntil(lambda: len(told) == 2, timeout=PATIENCE_MS)
    assert told == [CameraSettings(), asked]


def test_what_is_offered_follows_the_camera(qtbot: QtBot) -> None:
    dialog = CameraDialog([plugged("left"), plugged("right")])
    qtbot.addWidget(dialog)
    dialog.show_modes(MODES)
    dialog.cameras.setCurrentRow(1)
    dialog.mode.setCurrentText(RIGHT[0])
    dialog.show_modes(MODES)  # once more: the choice stays
    assert dialog.mode.currentText() == RIGHT[0]
    dialog.cameras.setCurrentRow(0)
    assert [dialog.mode.itemText(row) for row in range(dialog.mode.count())] == [FREE, AS_SET]
    assert dialog.source == plugged("left")
    dialog.address.setText("rtsp://left/stream")
    assert not dialog.mode.isEnabled()
    assert dialog.source == Source("stream", "rtsp://left/stream", "rtsp://left/stream")


def test_the_list_of_cameras_opens_one_again_in_another_mode(
    qtbot: QtBot, window: MainWindow, told: list[CameraSettings | str]
) -> None:
    panel = window.parts.sources
    assert not panel.mode.isEnabled()
    panel.show_cameras([PluggedCamera("right", "Court", "usb-court")])
    panel.show_modes(MODES)
    item = panel.cameras.item(0)
    assert item is not None
    panel.cameras.setCurrentItem(item)
    panel.cameras.itemClicked.emit(item)
    wait_for_width(qtbot, window, 1280)
    qtbot.keyClick(panel.mode, Qt.Key.Key_Down)
    assert panel.mode.currentText() == RIGHT[0]
    wait_for_width(qtbot, window, 96)
    # A camera is opened once at a time.
    assert told == [CameraSettings(), "right closed", CameraSettings(96, 64, 30, "mjpeg")]
    session = window.showing.session
    assert session is not None
    assert session.report().picture == "96×64"
    panel.mode.setCurrentIndex(0)
    panel.cameras.itemClicked.emit(item)
    wait_for_width(qtbot, window, 40)
    assert told[-1] == CameraSettings(0, 0, 0)
    assert session is not window.showing.session
    assert window.showing.session is not None
    assert window.showing.session.report().picture == "40×30"
