"""The window with recorded clips: exact frames, playing, analysis, corrections."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from burnt import burnt_clip
from file_window import PATIENCE_MS, burnt_number, new_window, opened, press
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot
from window_engine import WindowEngine

from ui.window.main_window import MainWindow

COUNT = 120


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return burnt_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", COUNT, gop=50)


def calls(window: MainWindow) -> int:
    engine = window.engine
    assert isinstance(engine, WindowEngine)
    return sum(finder.calls for finder in engine.loaded)


def test_a_hundred_random_frames_match_their_burnt_numbers(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    session = opened(qtbot, window, clip)
    assert len(session) == COUNT
    for number in np.random.default_rng(1).integers(0, COUNT, 100).tolist():
        session.seek(number)
        qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
        assert (session.number, burnt_number(window)) == (number, number)
        assert window.people.shown() == [1]


def test_keys_step_jump_and_mark(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    session = opened(qtbot, window, clip)
    keys = (
        (Qt.Key.Key_Right, False, 1),
        (Qt.Key.Key_Right, True, 11),
        (Qt.Key.Key_Left, False, 10),
        (Qt.Key.Key_End, False, COUNT - 1),
        (Qt.Key.Key_Left, True, COUNT - 11),
        (Qt.Key.Key_Home, False, 0),
        (Qt.Key.Key_Left, False, 0),
    )
    for key, shift, expected in keys:
        press(qtbot, window, key, shift)
        qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
        assert (session.number, burnt_number(window)) == (expected, expected)
    for number, key in ((20, Qt.Key.Key_I), (60, Qt.Key.Key_O)):
        session.seek(number)
        qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
        press(qtbot, window, key)
    assert session.marks == (20, 60)
    press(qtbot, window, Qt.Key.Key_U)
    assert session.marks == (0, COUNT - 1)


def test_playing_shows_frames_in_order_and_ends_at_the_mark(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    session = opened(qtbot, window, clip)
    numbers: list[int] = []
    view = window.parts.viewer.view
    view.on_painted = lambda shown, _: numbers.append(shown.result.frame.index)
    session.mark(10, 40)
    window.parts.controls.transport.step_speed(2)
    assert session.speed == 4.0
    press(qtbot, window, Qt.Key.Key_Space)
    assert session.playing
    qtbot.waitUntil(lambda: not session.playing, timeout=PATIENCE_MS)
    assert session.number == 40
    played = numbers[numbers.index(10) :]
    assert played == sorted(played)
    assert set(played) <= set(range(10, 41))


def test_a_loop_comes_back_and_a_pause_holds_the_frame(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    session = opened(qtbot, window, clip)
    session.mark(30, 36)
    press(qtbot, window, Qt.Key.Key_L)
    session.seek(35)
    press(qtbot, window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.number in (36, 30), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: session.number in (31, 32), timeout=PATIENCE_MS)
    press(qtbot, window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
    assert not session.playing
    assert burnt_number(window) == session.number


def test_tracker_and_threshold_never_run_the_network_again(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    session = opened(qtbot, window, clip)
    assert calls(window) == COUNT
    settings = window.showing.settings
    for changed, people in (
        (replace(settings, tracker=replace(settings.tracker, max_lost_s=0.5)), [1]),
        (replace(settings, estimator=replace(settings.estimator, confidence=0.95)), []),
        (settings, [1]),
    ):
        known = session.knowledge.known
        window.showing.use_settings(changed)
        qtbot.waitUntil(
            lambda known=known: session.knowledge.known is not known and not session.analysing,
            timeout=PATIENCE_MS,
        )
        qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
        assert window.people.shown() == people
    assert calls(window) == COUNT


def test_results_and_edits_are_kept_for_the_next_start(
    qtbot: QtBot, tmp_path: Path, clip: Path
) -> None:
    first = new_window(qtbot, tmp_path)
    session = opened(qtbot, first, clip)
    first.editing.select(1)
    first.editing.rename("Anna")
    qtbot.waitUntil(lambda: not first.jobs.titled("Edits"), timeout=PATIENCE_MS)
    first.close()
    second = new_window(qtbot, tmp_path)
    session = opened(qtbot, second, clip)
    assert calls(second) == 0
    assert second.editing.names == {1: "Anna"}
    assert len(session.knowledge.log.made) == 1
    second.close()


def test_edits_are_made_undone_and_refused(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    session = opened(qtbot, window, clip)
    editing = window.editing
    session.seek(50)
    qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
    editing.select(1)
    editing.split()

    def people(number: int) -> list[int]:
        session.seek(number)
        qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
        return window.people.shown()

    assert (people(49), people(50)) == ([1], [2])
    lanes = window.parts.controls.timeline
    qtbot.waitUntil(lambda: lanes.lanes.ids.tolist() == [1, 2], timeout=PATIENCE_MS)
    assert (lanes.lanes.first.tolist(), lanes.lanes.last.tolist()) == ([0, 50], [49, COUNT - 1])
    editing.undo()
    assert people(50) == [1]
    editing.redo()
    assert people(50) == [2]
    editing.merge(1)
    assert window.parts.viewer.messages.text == "person 1 cannot be joined or exchanged with itself"
    editing.select(2)
    editing.merge(1)
    assert (people(0), people(119)) == ([2], [2])
    editing.toggle_hidden()
    assert editing.hidden == {2}
    for _ in range(3):
        editing.undo()
    assert session.knowledge.log.edits == ()
    assert people(100) == [1]


def test_cancel_keeps_what_was_found_and_goes_on_later(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    window.showing.open_text(str(clip))
    session = window.showing.file
    assert session is not None
    qtbot.waitUntil(lambda: session.progress is not None, timeout=PATIENCE_MS)
    session.cancel()
    assert not session.analysing
    session.analyse()
    qtbot.waitUntil(
        lambda: session.progress is not None and session.progress.done == COUNT,
        timeout=PATIENCE_MS,
    )
    assert calls(window) <= COUNT + 1


def test_the_timeline_seeks_and_selects(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    session = opened(qtbot, window, clip)
    timeline = window.parts.controls.timeline
    qtbot.waitUntil(
        lambda: timeline.lanes.ids.tolist() == [1] and bool(timeline.lanes.coverage.min() == 1),
        timeout=PATIENCE_MS,
    )
    for number in (0, 60, COUNT - 1):
        assert timeline.frame_at(timeline.x_of(number)) == number
    at = QPointF(timeline.x_of(77), timeline.height() - 4).toPoint()
    at.setY(30)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: session.settled and session.number == 77, timeout=PATIENCE_MS)
    assert window.editing.selected == 1
    assert burnt_number(window) == 77


def test_a_file_is_dropped_and_a_broken_one_is_one_message(
    qtbot: QtBot, window: MainWindow, clip: Path, tmp_path: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clip))])
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.parts.viewer.view.dropEvent(event)
    qtbot.waitUntil(
        lambda: window.showing.file is not None and window.showing.file.settled, timeout=PATIENCE_MS
    )
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all")
    window.showing.open_text(str(broken))
    messages = window.parts.viewer.messages
    qtbot.waitUntil(lambda: "broken.mp4" in messages.text, timeout=PATIENCE_MS)
    assert "is not a video that can be read" in messages.text
    opened(qtbot, window, clip)
    assert messages.text == ""
