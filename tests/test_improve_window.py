"""The loop of proposing, checking and measuring in the window, with the mouse and the keyboard."""

from pathlib import Path

import numpy as np
import pytest
from burnt import burnt_clip
from file_window import PATIENCE_MS, new_window, opened, press
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QListWidget
from pytestqt.qtbot import QtBot

from core.tracks.formats.imported import imported_labels
from core.tracks.improve.truth import load_listed
from ui.look.plain import unbroken
from ui.session.file_session import FileSession
from ui.window.main_window import MainWindow

COUNT = 40


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return burnt_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", COUNT, gop=12)


def click_row(qtbot: QtBot, widget: QListWidget, row: int) -> None:
    item = widget.item(row)
    assert item is not None
    widget.scrollToItem(item)
    at = widget.visualItemRect(item).center()
    qtbot.mouseClick(widget.viewport(), Qt.MouseButton.LeftButton, pos=at)


def proposed(qtbot: QtBot, window: MainWindow, clip: Path) -> FileSession:
    session = opened(qtbot, window, clip)
    press(qtbot, window, Qt.Key.Key_P, control=True)
    improving = window.improve.improving
    qtbot.waitUntil(lambda: len(improving.listed) == 20, timeout=PATIENCE_MS)
    window.showing.report_now()
    return session


def at_frame(qtbot: QtBot, session: FileSession, number: int) -> None:
    qtbot.waitUntil(lambda: session.settled and session.number == number, timeout=PATIENCE_MS)


def test_frames_are_proposed_checked_and_measured(
    qtbot: QtBot, window: MainWindow, clip: Path, tmp_path: Path
) -> None:
    session = proposed(qtbot, window, clip)
    improving, panel = window.improve.improving, window.parts.improve
    assert panel.list.count() == 20
    assert window.parts.viewer.side.currentWidget() is panel
    drawn = [item.frame for item in improving.listed if item.proposal.measures]
    assert len(drawn) == 5
    texts = [panel.list.item(row).text() for row in range(20)]
    assert sum("at random: measures" in text for text in texts) == 5
    assert sum("teaches" in text for text in texts) == 15
    for frame in drawn:
        row = [item.frame for item in improving.listed].index(frame)
        click_row(qtbot, panel.list, row)
        at_frame(qtbot, session, frame)
        if frame == drawn[0]:  # a wrong wrist, and nobody else is to be moved
            press(qtbot, window, Qt.Key.Key_G)
            window.correcting.choose(9)
            window.correcting.nudge(30, 0)
            qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
        press(qtbot, window, Qt.Key.Key_Return, control=True)
    assert len(improving.measuring) == 5
    qtbot.waitUntil(
        lambda: improving.accuracy is not None and improving.accuracy.frames == 5,
        timeout=PATIENCE_MS,
    )
    assert improving.accuracy is not None
    assert improving.accuracy.near is not None
    assert improving.accuracy.near.value == pytest.approx(1 - 1 / 85)
    window.showing.report_now()
    assert panel.figure.text() == unbroken(improving.accuracy.sentence)
    window.parts.actions["accuracy"].trigger()
    dialog = window.improve.figures
    assert dialog is not None
    assert dialog.joints.rowCount() == 17
    assert dialog.joints.item(9, 2).text() == "80 %"
    assert dialog.joints.item(9, 4).text() == ""
    dialog.height_field.setValue(1.8)
    qtbot.waitUntil(lambda: dialog.joints.item(9, 4).text() != "", timeout=PATIENCE_MS)
    dialog.close()
    qtbot.waitUntil(lambda: window.improve.figures is None, timeout=PATIENCE_MS)
    # What is edited after it was checked waits again, and is kept for the next start.
    improving.show(drawn[1])
    at_frame(qtbot, session, drawn[1])
    window.correcting.choose(9)
    window.correcting.nudge(5, 0)
    qtbot.waitUntil(lambda: len(improving.measuring) == 4, timeout=PATIENCE_MS)
    window.parts.actions["more_random"].trigger()
    assert sum(item.proposal.measures for item in improving.listed) == 15
    listed = improving.listed
    (kept,) = (tmp_path / "results").glob("*/")
    qtbot.waitUntil(
        lambda: (
            [i.proposal for i in load_listed(kept / "frames.json")] == [i.proposal for i in listed]
        ),
        timeout=PATIENCE_MS,
    )
    window.close()
    again = new_window(qtbot, tmp_path)
    opened(qtbot, again, clip)
    qtbot.waitUntil(lambda: len(again.improve.improving.listed) == len(listed), timeout=PATIENCE_MS)
    assert len(again.improve.improving.measuring) == 4
    again.close()


def test_what_a_person_corrects_unasked_teaches_too(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    session = opened(qtbot, window, clip)
    improving, messages = window.improve.improving, window.parts.viewer.messages
    session.seek(7)
    at_frame(qtbot, session, 7)
    press(qtbot, window, Qt.Key.Key_Return, control=True)
    assert [(i.frame, i.proposal.why) for i in improving.teaching] == [(7, "chosen")]
    truth = improving.teaching[0].truth
    shown = window.parts.viewer.view.shown
    assert truth is not None
    assert shown is not None
    np.testing.assert_array_equal(truth.keypoints, shown.result.tracks.poses.keypoints)
    window.parts.actions["more_random"].trigger()
    drawn = next(item.frame for item in improving.listed if item.proposal.measures)
    improving.show(drawn)
    at_frame(qtbot, session, drawn)
    window.parts.actions["forget_frame"].trigger()
    assert "Frames drawn at random stay" in messages.text
    session.seek(7)
    at_frame(qtbot, session, 7)
    window.parts.actions["forget_frame"].trigger()
    assert improving.teaching == ()


def test_checked_frames_are_exported_as_labels(
    qtbot: QtBot, window: MainWindow, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(qtbot, window, clip)
    improving, messages = window.improve.improving, window.parts.viewer.messages
    export = window.parts.actions["export_labels"]
    export.trigger()
    assert "Labels are those of checked frames, and none is" in messages.text
    for number in (7, 12):
        session.seek(number)
        at_frame(qtbot, session, number)
        press(qtbot, window, Qt.Key.Key_Return, control=True)
    truths = {item.frame: item.truth for item in improving.checked}
    assert sorted(truths) == [7, 12]
    folder, form = tmp_path, ""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: (form, True))
    for form, name in (("coco", "people.json"), ("yolo", "data.yaml")):
        folder = tmp_path / form
        export.trigger()
        qtbot.waitUntil(lambda at=folder: messages.text == f"Saved {at}", timeout=PATIENCE_MS)
        labels = imported_labels(folder / name, len(session), session.picture_size)
        assert sorted(labels.truths) == [7, 12]
        for frame, truth in labels.truths.items():
            expected = truths[frame]
            assert expected is not None
            seen = expected.flags > 0
            assert seen.any()
            np.testing.assert_array_equal(truth.flags > 0, seen)
            np.testing.assert_allclose(truth.keypoints[seen], expected.keypoints[seen], atol=0.02)
        assert len([path for path in folder.iterdir() if path.suffix == ".jpg"]) == 2
        assert not [path for path in folder.iterdir() if path.is_dir()]
    assert not (folder / "people.json").exists()
    export.trigger()
    qtbot.waitUntil(
        lambda: "is there already; choose another" in messages.text, timeout=PATIENCE_MS
    )
