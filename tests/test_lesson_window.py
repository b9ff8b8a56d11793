"""The network is taught from the window: in a process of its own, judged, kept, used, removed."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from burnt import burnt_clip
from file_window import PATIENCE_MS, new_window, opened
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_engine import WindowEngine

from app.live.engine import AppEngine
from app.settings import AppSettings
from core.errors import OutputError
from core.model.checkpoint import find_weights
from core.tracks.improve.lesson import WEIGHTS, BeforeAfter, Lesson, load_lesson, save_lesson
from ui.session.own_weights import keep_weights, own_weights
from ui.window.lesson_dialog import LessonDialog
from ui.window.main_window import MainWindow
from ui.window.weights_dialog import WeightsDialog

COUNT = 24
LESSON_MS = 600_000  # on a machine that has other work


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return burnt_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", COUNT, gop=12)


def check(qtbot: QtBot, window: MainWindow, frames: list[int]) -> None:
    session = window.showing.file
    assert session is not None
    for number in frames:
        session.seek(number)
        qtbot.waitUntil(
            lambda n=number: session.settled and session.number == n, timeout=PATIENCE_MS
        )
        window.improve.improving.check()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_lesson_is_cancelled_and_one_that_taught_nothing_is_refused(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    opened(qtbot, window, clip)
    actions, messages = window.parts.actions, window.parts.viewer.messages
    lessons, improving = window.improve.lessons, window.improve.improving
    actions["teach"].trigger()
    assert "there are 0 and 0" in messages.text
    actions["more_random"].trigger()
    drawn = [item.frame for item in improving.listed]
    check(qtbot, window, [*drawn[:2], *[n for n in range(COUNT) if n not in drawn][:3]])
    assert (len(improving.teaching), len(improving.measuring)) == (3, 2)
    actions["teach"].trigger()
    qtbot.waitUntil(lambda: lessons.pupil.process is not None, timeout=PATIENCE_MS)
    process = lessons.pupil.process
    assert process is not None
    actions["teach"].trigger()
    assert messages.text == "The network is learning already."
    window.showing.report_now()
    assert not window.parts.improve.bar.isHidden()
    window.parts.improve.cancelled.emit()
    qtbot.waitUntil(lambda: not alive(process.pid), timeout=LESSON_MS)
    qtbot.waitUntil(lambda: not window.jobs.titled("Lesson"), timeout=PATIENCE_MS)
    window.improve.refresh()
    assert not messages.text  # it learns no more
    assert window.improve.result is None
    actions["teach"].trigger()
    qtbot.waitUntil(lambda: window.improve.result is not None, timeout=LESSON_MS)
    dialog = window.improve.result
    assert dialog is not None
    assert lessons.folder is not None
    lesson = load_lesson(lessons.folder)
    assert not lesson.accepted
    assert (lesson.held_out.pictures, len(lesson.pictures)) == (2, 2)
    assert lesson.ordinary is not None
    assert not dialog.keep_button.isVisible()
    first = dialog.picture.pixmap().toImage()
    dialog.pages[1].click()
    assert dialog.caption.text().startswith("Picture 2 of 2")
    assert dialog.picture.pixmap().toImage() != first
    dialog.discard_button.click()
    assert not (lessons.folder / WEIGHTS).exists()
    assert own_weights(lessons.weights) == []


def test_what_cannot_be_taught_is_said_before_anything_is_checked(
    qtbot: QtBot, tmp_path: Path
) -> None:
    window = new_window(qtbot, tmp_path)
    engine = window.engine
    assert isinstance(engine, WindowEngine)
    engine.why_not = "Teaching needs PyTorch."
    window.parts.actions["close_source"].trigger()
    window.improve.refresh()
    assert window.parts.improve.state.text().endswith("measure. Teaching needs PyTorch.")
    opened(qtbot, window, burnt_clip(tmp_path / "short.mp4", 3))
    window.parts.actions["teach"].trigger()
    assert window.parts.viewer.messages.text == "Teaching needs PyTorch."
    assert window.improve.lessons.folder is None
    window.close()


def test_why_a_network_cannot_be_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = AppEngine(AppSettings())
    monkeypatch.setattr(
        "app.teach.training.find_spec", lambda name: None if name == "torch" else name
    )
    assert "pip install 'yolopose[train]'" in engine.why_not_taught(engine.settings)
    monkeypatch.setattr("app.teach.training.find_spec", lambda name: True)
    assert engine.why_not_taught(engine.settings) == ""
    theirs = replace(engine.settings, weights=Path("rtmo-s.onnx"))
    assert "rtmo-s.onnx is an ONNX network, which cannot be taught" in engine.why_not_taught(theirs)


def test_escape_does_not_discard_what_was_learned(qtbot: QtBot, tmp_path: Path) -> None:
    discarded: list[bool] = []
    lesson = lesson_of(tmp_path)
    for accepted in (True, False):
        dialog = LessonDialog(
            replace(lesson, accepted=accepted),
            tmp_path,
            "name",
            lambda _: None,
            lambda: discarded.append(True),
        )
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        assert dialog.isVisible() == accepted
        assert dialog.problem.isVisible() == accepted
        if accepted:
            assert not discarded
            dialog.discard_button.click()
        assert not dialog.isVisible()
    assert len(discarded) == 2


def lesson_of(folder: Path) -> Lesson:
    """A lesson that helped, with weights that are weights."""
    shutil.copyfile(find_weights(None), folder / WEIGHTS)
    looked = BeforeAfter(5, 0.4, 0.6, 0.8, 0.9)
    lesson = Lesson(True, "the new weights are better", 0.5, looked, looked)
    save_lesson(folder, lesson)
    return load_lesson(folder)


def test_weights_are_kept_by_name_used_in_their_folder_and_removed(
    qtbot: QtBot, window: MainWindow, clip: Path, tmp_path: Path
) -> None:
    elsewhere = burnt_clip(tmp_path / "elsewhere.mp4", 12)
    opened(qtbot, window, clip)
    improve = window.improve
    improve.lessons.folder, improve.lessons.project = tmp_path, clip.parent.resolve()
    improve.show_lesson(lesson_of(tmp_path))
    dialog = improve.result
    assert isinstance(dialog, LessonDialog)
    dialog.name.setText("../cup final")
    dialog.keep_button.click()
    assert "cannot be a name" in dialog.problem.text()
    dialog.name.setText("cup final")
    dialog.keep_button.click()
    (kept,) = own_weights(improve.lessons.weights)
    assert (kept.name, window.showing.settings.weights) == ("cup final", kept.path)
    assert kept.path.read_bytes() == find_weights(None).read_bytes()
    with pytest.raises(OutputError, match="of the name cup final already"):
        keep_weights(find_weights(None), improve.lessons.weights, "cup final")
    window.showing.open_text(str(elsewhere))
    assert window.showing.settings.weights is None
    window.showing.open_text(str(clip))
    assert window.showing.settings.weights == kept.path
    window.close()
    again = new_window(qtbot, tmp_path)
    opened(qtbot, again, clip)
    assert again.showing.settings.weights == kept.path
    again.parts.actions["own_weights"].trigger()
    (listed,) = again.findChildren(WeightsDialog)
    assert [listed.list.item(row).text() for row in range(2)] == [
        "Default weights",
        "cup final   (in use)",
    ]
    assert not listed.use_button.isEnabled()
    listed.remove_button.click()
    assert listed.list.count() == 1
    assert not kept.path.exists()
    assert again.showing.settings.weights is None
    listed.reject()
    again.close()
