"""The window shows the skeleton that a network brings: an animal with as many joints as a body."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from file_window import PATIENCE_MS, opened
from live_source import numbered, one_person
from PyQt6.QtCore import QSettings
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot
from tiny_video import write_video
from window_engine import WindowEngine, WindowSettings

from app.__main__ import main
from core.run.recorded import Analysis
from core.run.stages import Estimator
from core.skeleton import COCO_17, Skeleton, skeleton_named
from core.types import FrameResult, PoseBatch, Tracks
from ui.session.export import Part, paint_over
from ui.session.proposing import measured
from ui.session.series import LiveSeries
from ui.view.overlay import OverlayStyle, Scene, scene_of_result
from ui.view.picture import picture_of
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

SIZE = (640, 480)
ANIMAL = skeleton_named([f"joint_{i}" for i in range(17)], limbs=[("joint_0", "joint_1")])
BLACK = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)


class Animals(WindowEngine):
    """Finds what `WindowEngine` finds, and calls it an animal."""

    def skeleton(self, estimator: Estimator) -> Skeleton:
        return ANIMAL

    def analysis(self, source: str, settings: WindowSettings, estimator: Estimator) -> Analysis:
        return replace(super().analysis(source, settings, estimator), skeleton=ANIMAL)


def result_of(named: Skeleton | None, count: int = 17) -> FrameResult:
    frame = replace(numbered(0, SIZE), picture=BLACK)
    found = one_person(frame)
    poses = PoseBatch(
        found.boxes, found.scores, found.keypoints[:, :count], found.keypoint_scores[:, :count]
    )
    tracks = Tracks(np.array([1]), poses, np.ones(1, np.bool_))
    return FrameResult(frame, poses, tracks, named=named)


def limbs_in(rgb: np.ndarray, count: int = 17) -> list[tuple[int, int]]:
    """Neighbours on the diagonal of joints between which there is a line."""
    points = one_person(numbered(0, SIZE)).keypoints[0]
    middles = (points[: count - 1] + points[1:count]) / 2
    return [
        (joint, joint + 1)
        for joint, (x, y) in enumerate(middles.round().astype(int).tolist())
        if rgb[y, x].max() > 60
    ]


def drawn(scene: Scene) -> np.ndarray:
    return paint_over(picture_of(result_of(None).frame), scene, OverlayStyle(ids=False))


def test_limbs_are_those_of_the_network(qtbot: QtBot) -> None:
    assert limbs_in(drawn(scene_of_result(result_of(ANIMAL)))) == [(0, 1)]
    assert len(limbs_in(drawn(scene_of_result(result_of(None))))) > 10
    three = skeleton_named(["head", "body", "tail"], limbs=[("body", "tail")])
    assert limbs_in(drawn(scene_of_result(result_of(three, 3))), 3) == [(1, 2)]
    # A person whom the network before found is still predicted.
    assert limbs_in(drawn(scene_of_result(result_of(three)))) == limbs_in(
        drawn(scene_of_result(result_of(None)))
    )


def test_the_open_clip_its_kept_poses_and_corrections_have_it(qtbot: QtBot, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.mp4", [BLACK] * 3)
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    for corrected in (False, True):  # the second time from the poses that were kept
        window = MainWindow(Animals(), Preferences(store), tmp_path / "results")
        qtbot.addWidget(window)
        window.show()
        session = opened(qtbot, window, clip)
        picture = window.parts.viewer.view.snapshot()
        assert picture is not None
        assert limbs_in(pixels(picture)) == [(0, 1)]
        assert session.knowledge.skeleton.names == ANIMAL.names
        if corrected:
            window.editing.select(1)
            assert window.correcting.drag(3, 170.0, 100.0)
            assert session.knowledge.tracks_at(0).poses.keypoints[0, 3].tolist() == [170, 100]
            window.output.export_csv(Part(0, 2), tmp_path / "out.csv")
            qtbot.waitUntil((tmp_path / "out.csv").exists, timeout=PATIENCE_MS)
            header, first, *_ = (tmp_path / "out.csv").read_text().splitlines()
            assert ",joint_16_score,corrected" in header
            assert first.endswith(",joint_3")
        window.close()


def test_a_height_makes_no_metres_of_an_animal(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """A C3D file of an animal holds pixels, and would hold them without a word."""
    clip = write_video(tmp_path / "clip.mp4", [BLACK] * 3)
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(Animals(), Preferences(store), tmp_path / "results")
    qtbot.addWidget(window)
    window.show()
    opened(qtbot, window, clip)
    (tmp_path / "out").mkdir()
    window.output.export_format(Part(0, 2), "c3d", tmp_path / "out", 1.8)
    messages, said = window.parts.viewer.messages, "a height needs COCO's joints"
    qtbot.waitUntil(lambda: said in messages.text, timeout=PATIENCE_MS)
    assert not list((tmp_path / "out").iterdir())
    table = tmp_path / "out" / "clip.csv"
    window.output.export_csv(Part(0, 2), table)
    qtbot.waitUntil(table.exists, timeout=PATIENCE_MS)
    window.close()
    assert main(["convert", str(table), "--format", "c3d", "--height-m", "1.8"]) == 2
    assert "a body is needed, and these skeletons have no nose" in capsys.readouterr().err


def test_an_animal_is_not_checked_under_the_names_of_a_body(qtbot: QtBot, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.mp4", [BLACK] * 3)
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(Animals(), Preferences(store), tmp_path / "results")
    qtbot.addWidget(window)
    window.show()
    session = opened(qtbot, window, clip)
    window.parts.actions["frame_right"].trigger()
    assert "this network finds 17 of its own" in window.parts.viewer.messages.text
    assert window.improve.improving.listed == ()
    assert measured(session.knowledge, (), 1.8).error_cm is None
    window.close()


def pixels(picture: QImage) -> np.ndarray:
    made = picture.convertToFormat(QImage.Format.Format_RGB888)
    memory = made.constBits()
    assert memory is not None
    memory.setsize(made.sizeInBytes())
    rows = np.frombuffer(memory, np.uint8).reshape(made.height(), made.bytesPerLine())  # type: ignore[call-overload]
    return rows[:, : 3 * made.width()].reshape(made.height(), made.width(), 3).copy()


def test_an_animal_has_no_angles_of_a_body() -> None:
    series = LiveSeries()
    for step in range(3):
        result = result_of(ANIMAL)
        series.add(replace(result, frame=replace(result.frame, time_s=step / 25)), 1)
    curves = series.series().curves
    assert sorted(curves) == sorted(f"joint_{i} {axis}" for i in range(17) for axis in "xy")
    for step in range(3):  # another skeleton begins anew
        result = result_of(None)
        series.add(replace(result, frame=replace(result.frame, time_s=1 + step / 25)), 1)
    found = series.series()
    assert found.times_s.tolist() == [1.0, 1.04, 1.08]
    assert {"left_knee", f"{COCO_17.names[0]} x"} <= set(found.curves)
