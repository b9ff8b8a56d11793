"""Skeletons in space beside a clip in the window."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from burnt import burnt_clip
from file_window import PATIENCE_MS, opened, press
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.bundled import SAMPLE
from core.space.skeleton_files.csv_table import read_tracks3d
from ui.look.theme import DARK
from ui.view.space_view import SpaceView
from ui.window.main_window import MainWindow

TRUTH = SAMPLE / "cameras" / "truth.3d.csv"
OFFSET_S = 0.4


def filmed(folder: Path) -> Path:
    """A clip of a camera that started 0.4 s after the common clock."""
    clip = burnt_clip(folder / "north.mp4", 60, gop=30)
    shutil.copyfile(TRUTH, folder / "people.3d.csv")
    record = {
        "views": {"north": "north.csv"},
        "clocks": {"camera 1": {"offset_s": OFFSET_S, "rate": 1.0, "method": "by hand"}},
    }
    (folder / "people.3d.meta.json").write_text(json.dumps(record))
    return clip


def drawing(window: MainWindow) -> QImage:
    return window.parts.space.view.grab().toImage()


def test_skeletons_go_with_the_clip(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    session = opened(qtbot, window, filmed(tmp_path))
    panel, action = window.parts.space, window.parts.actions["space"]
    qtbot.waitUntil(action.isChecked, timeout=PATIENCE_MS)
    assert panel.isVisible()
    assert window.width() == 1280  # a panel more does not make the window wider
    assert panel.title.text() == "people.3d.csv"
    tracks = read_tracks3d(TRUTH)
    for number in (3, 41):
        session.seek(number)
        qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
        time_s = float(session.times_s[number]) + OFFSET_S
        rows = tracks.ids == 1
        expected = np.interp(time_s, tracks.times_s[rows], tracks.points[rows, 0, 2])
        assert panel.view.people[1][0, 2] == pytest.approx(expected, abs=1e-4)
    assert panel.view.accessibleDescription().startswith("People 1, 2.")
    press(qtbot, window, Qt.Key.Key_3)
    assert not panel.isVisible()
    window.showing.close_source()
    assert panel.view.people == {}


def test_the_drawing_is_turned_by_mouse_and_keys(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    session = opened(qtbot, window, filmed(tmp_path))
    view, number = window.parts.space.view, session.number
    qtbot.waitUntil(lambda: bool(view.people), timeout=PATIENCE_MS)
    first = drawing(window)
    start = QPoint(100, 100)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, QPoint(160, 100))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(160, 100))
    assert view.azimuth_deg == pytest.approx(-84)
    assert drawing(window) != first
    view.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Plus):
        qtbot.keyClick(view, key)
    assert (view.azimuth_deg, view.elevation_deg) == pytest.approx((-79, 25))
    assert view.zoom > 1
    focused = drawing(window)
    corner, inside = focused.pixelColor(1, 1).name(), focused.pixelColor(8, 8).name()
    assert (corner, inside) == (DARK.accent, DARK.stage)
    assert session.number == number  # the arrows were the drawing's own
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert (view.azimuth_deg, view.elevation_deg, view.zoom) == (-60, 20, 1)


def test_the_world_stands_upright_and_is_not_mirrored(qtbot: QtBot) -> None:
    view = SpaceView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.set_room(np.array([-1.0, -1.0, 0.0]), np.array([1.0, 1.0, 1.8]))
    view.turn(-30 - view.azimuth_deg - 60, 0)  # the eye at -y: x runs to the right, y away
    at = view.placed(np.array([[0, 0, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]], float))
    assert at[1, 0] > at[0, 0] + 20
    assert at[2, 1] < at[0, 1] - 20
    assert at[3, 1] < at[0, 1]  # seen from above, what is further lies higher
    assert at[3, 1] - at[4, 1] < at[0, 1] - at[2, 1]  # and is smaller


def test_another_file_can_be_opened_and_a_wrong_one_is_a_sentence(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    opened(qtbot, window, burnt_clip(tmp_path / "clip.mp4", 30, gop=30))
    panel = window.parts.space
    press(qtbot, window, Qt.Key.Key_3)
    assert panel.title.text().startswith("No skeletons in space")
    wrong = tmp_path / "wrong.3d.csv"
    wrong.write_text("frame,time_s\n")
    window.showing.open_text(str(wrong))
    messages = window.parts.viewer.messages
    qtbot.waitUntil(messages.isVisible, timeout=PATIENCE_MS)
    assert "wrong.3d.csv: is not a CSV file of 3D tracks" in messages.text
    window.showing.open_text(str(TRUTH))
    qtbot.waitUntil(lambda: bool(panel.view.people), timeout=PATIENCE_MS)
    assert "names no such clip" in panel.title.text()
    assert window.showing.file is not None
