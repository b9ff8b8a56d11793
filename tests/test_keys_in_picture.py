"""What the mouse does in pictures goes by keys as well: panning, tiles, a region, a box."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_window import PATIENCE_MS, camera, live_window, wait_for_people
from PyQt6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from ui.view.video_view import VideoView
from ui.window.main_window import MainWindow

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    yield from live_window(qtbot, tmp_path, monkeypatch)


def middle(view: VideoView) -> tuple[float, float]:
    """What is in the middle, as shares of the picture."""
    return view.viewport_now.centre_x, view.viewport_now.centre_y


def region_of(window: MainWindow) -> tuple[float, float, float, float] | None:
    return window.showing.settings.region


def test_control_and_arrows_pan_a_picture_that_is_zoomed(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    view = window.parts.viewer.view
    qtbot.keyClick(view, Qt.Key.Key_Right, CONTROL)
    assert middle(view) == (0.5, 0.5)  # all of it is seen
    view.zoom(4, QPointF(view.width() / 2, view.height() / 2))
    x, y = middle(view)
    qtbot.keyClick(view, Qt.Key.Key_Right, CONTROL)
    qtbot.keyClick(view, Qt.Key.Key_Down, CONTROL)
    assert middle(view)[0] > x + 0.01
    assert middle(view)[1] > y + 0.01
    qtbot.keyClick(view, Qt.Key.Key_Left, CONTROL)
    qtbot.keyClick(view, Qt.Key.Key_Up, CONTROL)
    assert middle(view) == pytest.approx((x, y))
    window.parts.actions["mirror"].setChecked(True)
    qtbot.keyClick(view, Qt.Key.Key_Right, CONTROL)
    assert middle(view)[0] < x - 0.01  # to the right on the screen


def test_one_source_after_the_other_alone_and_closer(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open_several([camera(f"cam-{64 + 32 * n}x48") for n in range(3)])
    views = window.parts.viewer.tiles.views
    qtbot.waitUntil(lambda: all(view.shown is not None for view in views), timeout=PATIENCE_MS)
    for alone in range(3):
        qtbot.keyClick(window, Qt.Key.Key_1)
        assert [view.isVisible() for view in views] == [place == alone for place in range(3)]
    qtbot.keyClick(window, Qt.Key.Key_Plus)
    assert [view.viewport_now.zoom for view in views] == [1, 1, 1.25]
    qtbot.keyClick(window, Qt.Key.Key_0)
    assert views[2].viewport_now.zoom == 1
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert all(view.isVisible() for view in views)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_region_is_moved_and_made_larger_by_keys(
    qtbot: QtBot, window: MainWindow, mirrored: bool
) -> None:
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    view = window.parts.viewer.view
    window.parts.actions["mirror"].setChecked(mirrored)
    window.parts.sources.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_R)
    for key, modifier in (
        (Qt.Key.Key_Left, NONE),
        (Qt.Key.Key_Down, NONE),
        (Qt.Key.Key_Right, SHIFT),
        (Qt.Key.Key_Up, SHIFT),
    ):
        qtbot.keyClick(view, key, modifier)
    assert region_of(window) is None
    qtbot.keyClick(view, Qt.Key.Key_Return)
    seen = (0.23, 0.27, 0.75, 0.75)
    expected = (0.25, 0.27, 0.77, 0.75) if mirrored else seen
    assert region_of(window) == pytest.approx(expected)
    qtbot.keyClick(window, Qt.Key.Key_R)
    for _ in range(60):
        qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert region_of(window) == pytest.approx(expected)
    qtbot.keyClick(window, Qt.Key.Key_R)
    for _ in range(60):
        qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    region = region_of(window)
    assert region is not None
    assert (region[1], region[3]) == pytest.approx((0, 0.48))


def test_the_box_of_a_person_is_moved_by_keys(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    view = window.parts.viewer.view
    view.pose_tools.draw_person()
    qtbot.keyClick(view, Qt.Key.Key_Left)
    qtbot.keyClick(view, Qt.Key.Key_Down, SHIFT)
    with qtbot.waitSignal(view.pose_tools.person_drawn) as drawn:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert drawn.args is not None
    expected = (0.40 * 64, 0.25 * 48, 0.56 * 64, 0.77 * 48)
    assert drawn.args[0] == pytest.approx(expected)
