"""Keypoints are corrected in the window: with the mouse, with the keyboard, and in its tables."""

import math
from pathlib import Path

import numpy as np
import pytest
from burnt import burnt_clip
from file_window import PATIENCE_MS, new_window, opened, press
from live_source import one_person
from PyQt6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from app.__main__ import main
from core.model.estimator import EstimatorSettings
from core.skeleton import COCO_17
from core.tracks.csv_long import read_track_csv
from core.tracks.edits.file import load_edits
from core.types import FloatArray, Frame, PoseBatch
from ui.session.export import Part
from ui.session.file_session import FileSession
from ui.window.main_window import MainWindow

COUNT = 24
NAMES = COCO_17.names
LEFT = Qt.MouseButton.LeftButton
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return burnt_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", COUNT, gop=12)


def go_to(qtbot: QtBot, session: FileSession, number: int) -> None:
    session.seek(number)
    qtbot.waitUntil(lambda: session.settled and session.number == number, timeout=PATIENCE_MS)


def at(window: MainWindow, x: float, y: float) -> QPoint:
    """The pixel of the view over a place of the picture."""
    place = window.parts.viewer.view.viewport_now.to_widget(np.array([x, y]))
    return QPointF(*place).toPoint()


def pose(window: MainWindow, track_id: int = 1) -> tuple[FloatArray, FloatArray]:
    """Keypoints and their scores of a person on the screen."""
    shown = window.parts.viewer.view.shown
    assert shown is not None
    tracks = shown.result.tracks
    row = tracks.ids.tolist().index(track_id)
    return tracks.poses.keypoints[row], tracks.poses.keypoint_scores[row]


def select(qtbot: QtBot, window: MainWindow) -> None:
    """Click the person in the picture, away from every keypoint."""
    shown = window.parts.viewer.view.shown
    assert shown is not None
    x1, y1, x2, y2 = shown.result.tracks.poses.boxes[0].tolist()
    view = window.parts.viewer.view
    qtbot.mouseClick(view, LEFT, pos=at(window, 0.9 * x1 + 0.1 * x2, 0.1 * y1 + 0.9 * y2))
    assert window.editing.selected == 1


def drag(qtbot: QtBot, window: MainWindow, start: QPoint, end: QPoint) -> None:
    view = window.parts.viewer.view
    qtbot.mousePress(view, LEFT, pos=start)
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(view, start + (end - start) * share)
    qtbot.mouseRelease(view, LEFT, pos=end)


def key(qtbot: QtBot, window: MainWindow, code: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    """A key in the picture, and what follows from it on the screen."""
    together = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        together |= modifier
    qtbot.keyClick(window.parts.viewer.view, code, together)
    session = window.showing.file
    assert session is not None
    qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)


def exported(qtbot: QtBot, window: MainWindow, path: Path) -> list[list[str]]:
    path.unlink(missing_ok=True)
    window.output.export_csv(Part(0, COUNT - 1), path)
    qtbot.waitUntil(path.exists, timeout=PATIENCE_MS)
    return [line.split(",") for line in path.read_text().splitlines()]


class SameFinder:
    """Finds for `process` whom the engine of the window under test finds."""

    device, skeleton, settings = "cpu", COCO_17, EstimatorSettings(threads=1)

    def __call__(self, frame: Frame) -> PoseBatch:
        return one_person(frame)


def test_joints_are_dragged_a_person_is_added_and_the_table_has_it(
    qtbot: QtBot, window: MainWindow, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(qtbot, window, clip)
    size = window.parts.viewer.view.viewport_now.picture
    wanted: dict[tuple[int, str], tuple[float, float]] = {}
    for number, name, share in ((3, "left_wrist", 0.8), (7, "nose", 0.15), (11, "left_wrist", 0.6)):
        go_to(qtbot, session, number)
        if window.editing.selected is None:
            select(qtbot, window)
        joint = NAMES.index(name)
        old, _ = pose(window)
        end = at(window, size.width() * share, size.height() * 0.3)
        drag(qtbot, window, at(window, *old[joint]), end)
        qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
        assert window.correcting.joint == joint
        wanted[number, name] = window.parts.viewer.view.viewport_now.to_picture(QPointF(end))
        assert pose(window)[0][joint] == pytest.approx(wanted[number, name], abs=0.02)
        assert pose(window)[1][joint] == 1
    assert len(session.knowledge.log.edits) == 3
    go_to(qtbot, session, 9)
    press(qtbot, window, Qt.Key.Key_A)
    corner, opposite = at(window, 2, 2), at(window, size.width() * 0.2, size.height() * 0.7)
    drag(qtbot, window, corner, opposite)
    qtbot.waitUntil(lambda: window.people.shown() == [1, 2], timeout=PATIENCE_MS)
    assert window.editing.selected == 2
    lanes = window.parts.controls.timeline
    qtbot.waitUntil(lambda: lanes.lanes.ids.tolist() == [1, 2], timeout=PATIENCE_MS)
    marked = np.flatnonzero(lanes.lanes.corrected[0]).tolist()
    assert marked == sorted(
        {number * lanes.lanes.corrected.shape[1] // COUNT for number in (3, 7, 11)}
    )
    key(qtbot, window, Qt.Key.Key_Delete, SHIFT)
    assert window.people.shown() == [1]
    window.parts.actions["undo"].trigger()
    qtbot.waitUntil(lambda: window.people.shown() == [1, 2], timeout=PATIENCE_MS)

    def check(path: Path) -> None:
        header, *rows = exported(qtbot, window, path)
        assert header[-1] == "corrected"
        marks = {(int(row[0]), int(row[2])): row[-1] for row in rows if row[-1]}
        assert marks == {(3, 1): "left_wrist", (7, 1): "nose", (9, 2): "all", (11, 1): "left_wrist"}
        table = read_track_csv(path)
        for (number, name), place in wanted.items():
            row = np.flatnonzero((table.frames == number) & (table.ids == 1))[0]
            joint = NAMES.index(name)
            assert table.keypoints[row, joint] == pytest.approx(place, abs=0.02)

    check(tmp_path / "clip.csv")
    known = session.knowledge.known
    settings = window.showing.settings
    window.showing.use_settings(
        settings.__class__(tracker=settings.tracker.__class__(max_lost_s=0.5, second_pass=False))
    )
    qtbot.waitUntil(
        lambda: session.knowledge.known is not known and not session.analysing, timeout=PATIENCE_MS
    )
    check(tmp_path / "again.csv")
    log = tmp_path / "clip.edits.json"
    window.output.save_edits(log)
    qtbot.waitUntil(log.exists, timeout=PATIENCE_MS)
    assert load_edits(log) == list(session.knowledge.log.made)
    monkeypatch.setattr("app.clips.batch.load_estimator", lambda *_: SameFinder())
    again = ["tracker.max_lost_s=0.5", "tracker.second_pass=false"]
    for name, changed in (("clip", []), ("again", again)):
        # The finder of the window under test looks at no picture but for its size.
        settings_given = ["tracker.camera_flow=false", "tracker.clothes=false", *changed]
        options = [word for text in settings_given for word in ("--set", text)]
        out = tmp_path / f"process-{name}"
        process = ["process", str(clip), "--output", str(out), "--edits", str(log), *options]
        assert main(process) == 0
        assert (out / "clip.csv").read_bytes() == (tmp_path / f"{name}.csv").read_bytes()


def test_everything_goes_by_the_keyboard(
    qtbot: QtBot, window: MainWindow, clip: Path, tmp_path: Path
) -> None:
    session = opened(qtbot, window, clip)
    go_to(qtbot, session, 5)
    press(qtbot, window, Qt.Key.Key_G)
    assert (window.editing.selected, window.correcting.joint) == (1, None)
    for _ in range(2):
        key(qtbot, window, Qt.Key.Key_Tab)
    key(qtbot, window, Qt.Key.Key_Backtab)
    key(qtbot, window, Qt.Key.Key_Tab)
    assert window.correcting.joint == 1
    old, _ = pose(window)
    old = old.copy()
    for code, modifiers in (
        (Qt.Key.Key_Right, ()),
        (Qt.Key.Key_Right, ()),
        (Qt.Key.Key_Down, (SHIFT,)),
    ):
        key(qtbot, window, code, *modifiers)
    assert session.number == 5
    assert (pose(window)[0][1] - old[1]).tolist() == [2, 10]
    assert len(session.knowledge.log.edits) == 1  # steps that follow each other are one
    key(qtbot, window, Qt.Key.Key_V)
    assert pose(window)[1][1] == 0.5
    key(qtbot, window, Qt.Key.Key_Delete)
    assert pose(window)[1][1] == 0
    key(qtbot, window, Qt.Key.Key_V)
    assert pose(window)[1][1] == 1
    key(qtbot, window, Qt.Key.Key_Q)
    assert (pose(window)[0][2] - old[1]).tolist() == [2, 10]
    key(qtbot, window, Qt.Key.Key_Q, SHIFT, ALT)
    assert (pose(window)[0][1] - old[1]).tolist() == [2, 10]
    go_to(qtbot, session, 6)
    assert np.array_equal(pose(window)[0], old[COCO_17.flip])
    key(qtbot, window, Qt.Key.Key_D)
    assert (pose(window)[0][1] - old[1]).tolist() == [2, 10]
    go_to(qtbot, session, 10)
    key(qtbot, window, Qt.Key.Key_Left, ALT)
    assert pose(window)[0][0, 0] == old[0, 0] - 1
    key(qtbot, window, Qt.Key.Key_K)
    go_to(qtbot, session, 8)
    assert pose(window)[0][0, 0] == pytest.approx(old[0, 0] - 0.5, abs=0.01)
    press(qtbot, window, Qt.Key.Key_Escape)
    assert (window.correcting.joint, window.editing.selected) == (None, 1)
    key(qtbot, window, Qt.Key.Key_Delete, SHIFT)
    assert window.people.shown() == []
    key(qtbot, window, Qt.Key.Key_A)  # the nearest frame with them
    assert window.people.shown() == [1]
    key(qtbot, window, Qt.Key.Key_A)
    key(qtbot, window, Qt.Key.Key_Return)  # a box in the middle
    assert window.people.shown() == [1, 2]
    made = len(session.knowledge.log.edits)
    for _ in range(made):
        window.parts.actions["undo"].trigger()
    qtbot.waitUntil(lambda: session.settled and window.people.shown() == [1], timeout=PATIENCE_MS)
    assert np.array_equal(pose(window)[0], old)
    assert exported(qtbot, window, tmp_path / "clip.csv")[0][-1] == "right_ankle_score"
    for _ in range(made):
        window.parts.actions["redo"].trigger()
    assert len(session.knowledge.log.edits) == made


def test_what_cannot_be_corrected_is_said(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    session = opened(qtbot, window, clip)
    actions, messages = window.parts.actions, window.parts.viewer.messages
    go_to(qtbot, session, 5)
    assert not actions["remove_person"].isEnabled()
    select(qtbot, window)
    assert actions["remove_person"].isEnabled()
    assert not actions["joint_absent"].isEnabled()
    key(qtbot, window, Qt.Key.Key_K)
    assert messages.text == "person 1 has no corrected frame before this one"
    key(qtbot, window, Qt.Key.Key_Tab)
    key(qtbot, window, Qt.Key.Key_Q)
    assert "in the middle of the body there is no other side" in messages.text
    session.toggle()
    qtbot.waitUntil(lambda: not actions["remove_person"].isEnabled(), timeout=PATIENCE_MS)
    assert session.knowledge.log.edits == ()


def test_a_corrected_clip_is_kept_for_the_next_start(
    qtbot: QtBot, tmp_path: Path, clip: Path
) -> None:
    first = new_window(qtbot, tmp_path)
    session = opened(qtbot, first, clip)
    go_to(qtbot, session, 4)
    select(qtbot, first)
    key(qtbot, first, Qt.Key.Key_Tab)
    for _ in range(12):
        key(qtbot, first, Qt.Key.Key_Right)
    expected = pose(first)[0].copy()
    first.close()
    second = new_window(qtbot, tmp_path)
    session = opened(qtbot, second, clip)
    go_to(qtbot, session, 4)
    assert np.array_equal(pose(second)[0], expected)
    assert math.isclose(float(pose(second)[1][0]), 1)
    second.close()
