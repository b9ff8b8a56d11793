"""Pictures of the window with the sample clip, in the order in which a person comes to see them."""

import json
import sys
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from taking import save, wait, write

from app.bundled import SAMPLE
from app.sample_truth import load_truth
from app.space.cameras_demo import CAMERAS, run_cameras_demo
from app.teach.ordinary import true_people
from core.skeleton import COCO_17
from core.tracks.formats.labels import category_of
from ui.session.file_session import FileSession
from ui.session.source import source_of
from ui.window.main_window import MainWindow

FRAME = 60
BEFORE = 20  # frames from which trails are seen
TRUTH = "sample_truth.json"


def take_clip(window: MainWindow, folder: Path) -> None:
    """Take them all; `folder` is for files on the way."""
    wait(lambda: window.showing.network.estimator is not None)
    save(window, "help_welcome.png")
    window.parts.actions["open_sample"].trigger()
    session = window.showing.file
    assert session is not None
    wait(lambda: len(session) > 0 and not session.analysing and done(session))
    take_trails(window, session)
    seek(session, FRAME)
    window.parts.viewer.side.setCurrentWidget(window.parts.people)
    window.parts.actions["next_person"].trigger()
    wait(lambda: window.editing.selected is not None)
    save(window, "help_people.jpg")
    for _ in range(8):
        window.parts.actions["next_joint"].trigger()
    save(window, "help_correct.jpg")
    take_corrections(window)
    wait(lambda: session.settled)
    window.parts.actions["next_person"].trigger()
    wait(lambda: window.editing.selected is not None)
    window.parts.actions["plots"].setChecked(True)
    knees = next(text for text in choices(window) if text.startswith("Knee"))
    window.parts.plots.choice.setCurrentText(knees)
    wait(lambda: bool(window.parts.plots.drawn))
    save(window, "help_curves.jpg")
    window.parts.actions["plots"].setChecked(False)
    take_improving(window, session, folder)


def take_trails(window: MainWindow, session: FileSession) -> None:
    """The picture with ids, and where everybody has been in the frames before."""
    window.parts.actions["trails"].setChecked(True)
    seek(session, BEFORE)
    session.toggle()
    wait(lambda: session.number >= FRAME)
    session.toggle()
    wait(lambda: session.settled)
    picture = window.parts.viewer.view.snapshot()
    assert picture is not None
    write(picture, "sample.jpg")
    window.parts.actions["trails"].setChecked(False)


def take_corrections(window: MainWindow) -> None:
    """A joint moved, one hidden and one absent; then the box of somebody who was taken out."""
    correcting = window.correcting
    names = COCO_17.names
    correcting.choose(names.index("right_wrist"))
    correcting.toggle_hidden()
    correcting.choose(names.index("left_hip"))
    correcting.mark_absent()
    correcting.choose(names.index("left_wrist"))
    correcting.nudge(24, -16)
    save(window, "window_correct.jpg")
    for _ in range(3):
        window.editing.undo()
    view = window.parts.viewer.view
    assert view.shown is not None
    tracks = view.shown.result.tracks
    box = tracks.poses.boxes[tracks.ids == window.editing.selected].reshape(2, 2)
    correcting.choose(None)
    correcting.remove()
    window.deselect()
    window.parts.actions["add_person"].trigger()
    begin, end = (QPoint(*map(round, at)) for at in view.viewport_now.to_widget(box).tolist())
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(view, left, pos=begin)
    for share in np.linspace(0.1, 1.0, 10):
        QTest.mouseMove(view, begin + (end - begin) * float(share))
    save(window, "window_add_person.jpg")
    window.deselect()
    QTest.mouseRelease(view, left, pos=end)
    window.editing.undo()


def take_improving(window: MainWindow, session: FileSession, folder: Path) -> None:
    """Twenty proposed frames, put right by labels from the truth of the clip."""
    improving = window.improve.improving
    window.parts.viewer.side.setCurrentWidget(window.parts.improve)
    window.parts.actions["propose"].trigger()
    wait(lambda: len(improving.listed) == 20)
    labels = folder / "people.json"
    labels.write_text(json.dumps(truth_of([item.frame for item in improving.listed])))
    improving.read_labels(labels)
    wait(lambda: improving.accuracy is not None)
    improving.show(improving.listed[10].frame)
    wait(lambda: session.settled)
    save(window, "window_improve.jpg")


def truth_of(frames: list[int]) -> dict[str, object]:
    """COCO labels of frames of the sample clip."""
    truth = load_truth(SAMPLE / TRUTH)["frames"]
    people = [one for frame in frames for one in true_people(frame, truth[frame]["people"])]
    for number, person in enumerate(people, start=1):
        person["id"] = number
    size = {"width": 960, "height": 540}
    images = [{"id": frame, "file_name": f"{frame:06d}.jpg"} | size for frame in frames]
    return {"images": images, "annotations": people, "categories": [category_of(COCO_17)]}


def take_space(window: MainWindow, folder: Path) -> None:
    """The skeletons in space of the sample of four cameras; its clips show boards and no people."""
    made = folder / "cameras"
    if run_cameras_demo(made, overwrite=False):
        sys.exit("the sample of four cameras cannot be reconstructed")
    window.showing.open(source_of(str(CAMERAS / "north.board.mp4")))
    session = window.showing.file
    assert session is not None
    wait(lambda: session.settled)
    seek(session, len(session) // 2)
    window.space.open(made / "people.3d.csv")
    wait(window.parts.space.isVisible)
    save(window.parts.space, "window_space.png")
    window.showing.close_source()


def seek(session: FileSession, frame: int) -> None:
    """Show a frame."""
    session.seek(frame)
    wait(lambda: session.settled and session.number == frame)


def done(session: FileSession) -> bool:
    """Whether the whole clip is analysed."""
    return session.progress is not None and session.progress.done == session.progress.total


def choices(window: MainWindow) -> list[str]:
    """What the curves can show."""
    choice = window.parts.plots.choice
    return [choice.itemText(number) for number in range(choice.count())]
