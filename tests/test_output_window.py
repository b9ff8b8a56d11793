"""Recording, processing again, exporting and plotting in the window."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from burnt import burnt, burnt_clip, read_burnt
from file_window import analysed
from live_source import numbered
from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot
from window_engine import WindowEngine

import ui.session.live_session
from app.__main__ import main
from core.tracks.csv_long import read_track_csv
from core.tracks.formats.registry import FORMATS
from core.tracks.measure.scale import SHORTEST_M, TALLEST_M
from core.tracks.seen_ids import frame_times, live_table
from core.types import Frame
from core.video.camera import CameraSettings
from core.video.capture import read_frames
from core.video.encode import EncodeSettings
from core.video.paced import paced
from core.video.probe import probe
from ui.session.export import Part, formats
from ui.session.live_session import LiveSession
from ui.session.source import Source
from ui.view.overlay import OverlayStyle
from ui.window.export_dialog import ExportDialog
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

PATIENCE_MS = 30_000
COUNT = 40


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    recordings = tmp_path / "recordings"
    made = MainWindow(
        WindowEngine(), Preferences(store), tmp_path / "results", recordings=recordings
    )
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def camera_frames(source: Source, camera: CameraSettings) -> Iterator[Frame]:
    def frames() -> Iterator[Frame]:
        for index in range(900):
            made = numbered(index)
            yield Frame(index, index / 25, made.captured_ns, burnt(index, (160, 96)))

    return paced(frames)


def test_a_recording_has_every_frame_true_times_and_keeps_the_ids(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ui.session.live_session, "open_live", camera_frames)
    window.showing.open(Source("camera", "test", "Test camera"))
    session = window.showing.session
    assert isinstance(session, LiveSession)
    qtbot.waitUntil(lambda: window.people.shown() == [1], timeout=PATIENCE_MS)
    window.parts.actions["record"].trigger()
    before = session.pipeline.captured
    qtbot.waitUntil(lambda: session.pipeline.captured > before + 20, timeout=PATIENCE_MS)
    window.parts.actions["record"].trigger()
    assert not window.parts.actions["record"].isChecked()
    recorder = window.output.recorder
    qtbot.waitUntil(lambda: not recorder.writing, timeout=PATIENCE_MS)
    messages = window.parts.viewer.messages
    assert "Recorded" in messages.text
    camera = next(
        p for p in (window.results.parent / "recordings").glob("*.mp4") if " ann" not in p.name
    )
    annotated = camera.with_name(f"{camera.stem} annotated.mp4")
    numbers = [read_burnt(frame.rgb) for frame in read_frames(str(camera))]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    times = [line.split(",") for line in frame_times(camera).read_text().splitlines()[1:]]
    assert [int(row[1]) for row in times] == numbers
    recorded = [frame.time_s for frame in read_frames(str(camera))]
    assert recorded == pytest.approx([float(row[2]) for row in times], abs=1e-3)
    assert len(list(read_frames(str(annotated)))) > 5
    assert set(read_track_csv(live_table(camera)).track_ids.tolist()) == {1}

    text = live_table(camera).read_text().splitlines()
    lines = [",".join([*line.split(",")[:2], "7", *line.split(",")[3:]]) for line in text[1:]]
    live_table(camera).write_text("\n".join([text[0], *lines]) + "\n")
    messages.offer.click()
    qtbot.waitUntil(lambda: window.showing.file is not None, timeout=PATIENCE_MS)
    again = window.showing.file
    assert again is not None
    qtbot.waitUntil(lambda: again.settled and window.people.shown() == [7], timeout=PATIENCE_MS)
    assert len(again) == len(numbers)


def test_what_is_recorded_is_chosen(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ui.session.live_session, "open_live", camera_frames)
    window.showing.open(Source("camera", "test", "Test camera"))
    actions, recorder = window.parts.actions, window.output.recorder
    actions["record_camera"].trigger()
    assert window.output.what == "annotated"
    actions["record_annotated"].trigger()  # something must be recorded
    assert window.output.what == "camera"
    qtbot.waitUntil(lambda: window.people.shown() == [1], timeout=PATIENCE_MS)
    actions["record"].trigger()
    session = window.showing.session
    assert isinstance(session, LiveSession)
    before = session.pipeline.analysed
    qtbot.waitUntil(lambda: session.pipeline.analysed > before + 5, timeout=PATIENCE_MS)
    actions["record"].trigger()
    qtbot.waitUntil(lambda: not recorder.writing, timeout=PATIENCE_MS)
    names = [path.name for path in (window.results.parent / "recordings").glob("*.mp4")]
    assert len(names) == 1
    assert "annotated" not in names[0]


def test_tables_and_videos_are_exported_with_corrections(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    clip = burnt_clip(tmp_path / "clip.mp4", COUNT, size=(160, 96))
    session = analysed(qtbot, window, clip)
    session.seek(20)
    qtbot.waitUntil(lambda: session.settled, timeout=PATIENCE_MS)
    window.editing.select(1)
    window.editing.split()
    table_path, video_path = tmp_path / "out.csv", tmp_path / "out.mp4"
    window.output.export_csv(Part(0, COUNT - 1), table_path)
    qtbot.waitUntil(table_path.exists, timeout=PATIENCE_MS)
    table = read_track_csv(table_path)
    assert table.frames.tolist() == list(range(COUNT))
    assert table.ids.tolist() == [1] * 20 + [2] * 20
    assert table.times_s == pytest.approx(session.times_s, abs=1e-6)
    part_path = tmp_path / "part.csv"
    window.output.export_csv(Part(18, 22, only=2), part_path)
    qtbot.waitUntil(part_path.exists, timeout=PATIENCE_MS)
    assert read_track_csv(part_path).ids.tolist() == [-1, -1, 2, 2, 2]
    window.parts.viewer.view.set_style(OverlayStyle(ids=False))  # labels hide burnt numbers
    window.output.export_video(Part(10, 29), video_path)
    qtbot.waitUntil(video_path.exists, timeout=PATIENCE_MS)
    frames = list(read_frames(str(video_path)))
    assert [read_burnt(frame.rgb) for frame in frames] == list(range(10, 30))
    plain = list(read_frames(str(clip)))[10]
    assert int((np.abs(frames[0].rgb.astype(int) - plain.rgb) > 60).any(axis=2).sum()) > 50
    qtbot.waitUntil(window.parts.job_bar.isHidden, timeout=PATIENCE_MS)


def test_other_programs_get_what_convert_makes_of_the_table(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    analysed(qtbot, window, burnt_clip(tmp_path / "clip.mp4", 20))
    offered = formats()
    assert set(offered) == set(FORMATS)
    dialog = ExportDialog("Export", 20, (0, 19), None, offered)
    qtbot.addWidget(dialog)
    dialog.formats.setCurrentIndex(list(offered).index("sleap-csv"))
    assert (dialog.format_name, dialog.part) == ("sleap-csv", Part(0, 19))
    csv_path, messages = tmp_path / "table" / "clip.csv", window.parts.viewer.messages
    csv_path.parent.mkdir()
    window.output.export_csv(dialog.part, csv_path)
    qtbot.waitUntil(csv_path.exists, timeout=PATIENCE_MS)
    for name, file in (("sleap-csv", "clip.sleap.csv"), ("trc-kinovea", "clip_px_person01.trc")):
        window.output.export_format(dialog.part, name, tmp_path)
        qtbot.waitUntil((tmp_path / file).exists, timeout=PATIENCE_MS)
        assert main(["convert", str(csv_path), "--format", name]) == 0
        assert (tmp_path / file).read_bytes() == (csv_path.parent / file).read_bytes()
    qtbot.waitUntil(lambda: "trc-kinovea does not hold" in messages.text, timeout=PATIENCE_MS)
    for name, file in (("trc-opensim", "clip_person01.trc"), ("c3d", "clip_person01.c3d")):
        window.output.export_format(dialog.part, name, tmp_path, 1.8)
        qtbot.waitUntil((tmp_path / file).exists, timeout=PATIENCE_MS)
        assert main(["convert", str(csv_path), "--format", name, "--height-m", "1.8"]) == 0
        assert (tmp_path / file).read_bytes() == (csv_path.parent / file).read_bytes()
    window.output.export_format(dialog.part, "trc-kinovea", tmp_path)
    qtbot.waitUntil(lambda: "is there already" in messages.text, timeout=PATIENCE_MS)


def test_a_height_is_asked_where_metres_are_written(qtbot: QtBot) -> None:
    offered = formats()
    dialog = ExportDialog("Export", 20, (0, 19), None, offered)
    qtbot.addWidget(dialog)
    dialog.show()
    buttons = dialog.findChild(QDialogButtonBox)
    assert buttons is not None
    save = buttons.button(QDialogButtonBox.StandardButton.Save)
    assert save is not None
    found = {}
    for number, name in enumerate(offered):
        dialog.formats.setCurrentIndex(number)
        dialog.height_box.setValue(0.0)
        before = save.isEnabled()
        assert dialog.height_m is None
        assert dialog.height_box.text() == (
            "needed: metres" if offered[name].needs_height else "not known: pixels"
        )
        dialog.height_box.stepUp()
        assert dialog.height_m is None or SHORTEST_M < dialog.height_m < TALLEST_M
        dialog.height_box.setValue(1.75)
        found[name] = (before, save.isEnabled(), dialog.height_m)
    assert found.pop("trc-opensim") == (False, True, 1.75)
    assert found.pop("c3d") == found.pop("mot-opensim") == (True, True, 1.75)
    assert set(found.values()) == {(True, True, None)}


def test_a_number_sign_of_the_clips_own_name_is_one(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    """Files of other clips do not stand in the way."""
    analysed(qtbot, window, burnt_clip(tmp_path / "take#1.mp4", 5))
    (tmp_path / "take21.sleap.csv").write_text("of another clip")
    window.output.export_format(Part(0, 4), "sleap-csv", tmp_path)
    messages = window.parts.viewer.messages
    qtbot.waitUntil(lambda: f"Saved {tmp_path}" in messages.text, timeout=PATIENCE_MS)
    assert (tmp_path / "take#1.sleap.csv").exists()
    window.output.export_format(Part(0, 4), "sleap-csv", tmp_path)
    qtbot.waitUntil(lambda: "take#1.sleap.csv: is there" in messages.text, timeout=PATIENCE_MS)


def test_an_exported_video_is_compressed_as_the_settings_say(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    analysed(qtbot, window, burnt_clip(tmp_path / "clip.mp4", 5))
    settings = window.showing.settings
    window.showing.use_settings(replace(settings, encode=EncodeSettings(codec="vp9")))
    path = tmp_path / "out.mp4"
    window.output.export_video(Part(0, 4), path)
    qtbot.waitUntil(path.exists, timeout=PATIENCE_MS)
    assert probe(str(path)).codec == "vp9"


def test_a_cancelled_export_leaves_no_finished_file(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    clip = burnt_clip(tmp_path / "clip.mp4", 200)
    analysed(qtbot, window, clip)
    path = tmp_path / "out.mp4"
    window.output.export_video(Part(0, 199), path)
    job = window.jobs.titled("Annotated video")[0]
    job.cancel()
    qtbot.waitUntil(lambda: not window.jobs.titled("Annotated video"), timeout=PATIENCE_MS)
    assert not path.exists()


def test_curves_of_the_selected_person(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    clip = burnt_clip(tmp_path / "clip.mp4", COUNT)
    session = analysed(qtbot, window, clip)
    window.parts.actions["plots"].trigger()
    assert window.parts.plots.isVisible()
    window.editing.select(1)
    plots = window.parts.plots
    plots.choice.setCurrentText("Hips, x and y")
    qtbot.waitUntil(lambda: len(plots.drawn.get("left_hip x", ())) == COUNT, timeout=PATIENCE_MS)
    expected = session.knowledge.tracks_at(0).poses.keypoints[0, 11]
    assert plots.drawn["left_hip x"][0] == pytest.approx(expected[0])
    assert plots.drawn["left_hip y"][0] == pytest.approx(-expected[1])
    assert plots.convention.text() == ""
    plots.choice.setCurrentText("Knee angles")
    assert plots.convention.text().startswith("0 straight, positive flexion")
    plots.choice.setCurrentText("Trunk lean")
    assert len(plots.drawn["trunk_lean"]) == COUNT
    plots.sought.emit(float(session.times_s[25]))
    qtbot.waitUntil(lambda: session.settled and session.number == 25, timeout=PATIENCE_MS)
