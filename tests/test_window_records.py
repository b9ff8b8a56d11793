"""Recordings and exports of the window say what made them, and of which clip they are."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from burnt import burnt_clip
from file_window import analysed
from live_source import Gate, numbered
from PyQt6.QtCore import QSettings
from pytestqt.qtbot import QtBot
from test_foreign import graph
from window_engine import WindowEngine, WindowSettings

import ui.session.live_session
from app.__main__ import main
from app.live.engine import AppEngine
from app.results.clip_results import recorded_clip, recorded_size, recorded_source
from app.results.source_digest import source_sha256
from app.settings import AppSettings
from core.model.checkpoint import file_sha256
from core.model.estimator_settings import EstimatorSettings
from core.run.stages import Estimator
from core.tracks.csv_long import read_track_csv
from core.types import Frame, PoseBatch
from core.video.camera import CameraSettings
from core.video.paced import paced
from ui.session.export import Part
from ui.session.live_session import LiveSession
from ui.session.source import Source
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

PATIENCE_MS = 30_000
COUNT = 12
SIZE = (160, 96)
Windows = Callable[[Any], MainWindow]


@pytest.fixture
def windows(qtbot: QtBot, tmp_path: Path) -> Iterator[Windows]:
    made: list[MainWindow] = []

    def window_with(engine: Any) -> MainWindow:
        store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
        recordings = tmp_path / "recordings"
        made.append(MainWindow(engine, Preferences(store), tmp_path / "results", None, recordings))
        qtbot.addWidget(made[-1])
        made[-1].show()
        return made[-1]

    yield window_with
    for window in made:
        window.close()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    return burnt_clip(tmp_path / "clips" / "clip.mp4", COUNT, size=SIZE)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Another maker's network under the AGPL, which finds one person."""
    rows = np.zeros((1, 300, 57), np.float32)
    joints = np.column_stack([np.linspace(30, 90, 17), np.linspace(40, 80, 17), np.full(17, 0.9)])
    rows[0, 0] = [28, 38, 92, 82, 0.9, 0, *joints.ravel()]
    facts = {"kpt_shape": "[17, 3]", "end2end": "True", "license": "AGPL-3.0"}
    return graph(tmp_path / "theirs.onnx", {"output0": rows}, [1, 3, 128, 128], facts=facts)


def engine_of(network: Path) -> AppEngine:
    return AppEngine(AppSettings(network, estimator=EstimatorSettings(device="cpu", size=128)))


def written(qtbot: QtBot, path: Path, kind: str = "csv") -> dict[str, Any]:
    """The record of a kind of export, once it is there."""

    def record() -> dict[str, Any]:
        return dict(json.loads(path.read_text())) if path.exists() else {}

    qtbot.waitUntil(lambda: record().get("export", {}).get("kind") == kind, timeout=PATIENCE_MS)
    return record()


def said(qtbot: QtBot, window: MainWindow, text: str) -> None:
    messages = window.parts.viewer.messages
    qtbot.waitUntil(lambda: text in messages.text, timeout=PATIENCE_MS)


def test_an_exported_table_names_clip_network_and_licence(
    qtbot: QtBot, windows: Windows, clip: Path, theirs: Path, tmp_path: Path
) -> None:
    window = windows(engine_of(theirs))
    analysed(qtbot, window, clip)
    window.editing.select(1)
    window.editing.rename("Ada")
    folder = tmp_path / "out"
    folder.mkdir()
    table = folder / "mine.csv"
    window.output.export_csv(Part(0, COUNT - 1), table)
    record = written(qtbot, folder / "mine.meta.json")
    assert record["format"] == "yolopose tracks, long CSV"
    model = record["model"]
    assert (model["name"], model["licence"]) == ("theirs", "AGPL-3.0")
    assert model["sha256"] == file_sha256(theirs)
    assert model["engine"] == "cpu onnxruntime float32, licence AGPL-3.0"
    assert record["settings"]["estimator"]["size"] == 128
    assert record["skeleton"] == "coco-17"
    assert "yolopose" in record["versions"]
    assert record["frames"] == {"first": 0, "last": COUNT - 1}
    assert (record["person"], record["corrections"]) == (None, 1)
    assert record["results"] == ["mine.csv", "mine.meta.json"]
    assert Path(recorded_clip(table, "")).samefile(clip)
    assert recorded_size(table) == SIZE
    assert main(["label", str(table), "--count", "2"]) == 0
    assert main(["measure", str(table)]) == 0
    assert main(["convert", str(table), "--format", "coco"]) == 0
    assert len(list((folder / "mine.labels").glob("*.jpg"))) == 2
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("out", "clips"):
        shutil.move(tmp_path / name, elsewhere / name)
    moved = elsewhere / "clips" / "clip.mp4"
    assert Path(recorded_source(elsewhere / "out" / "mine.csv")).samefile(moved)


def test_files_of_one_name_are_told_apart_in_one_record(
    qtbot: QtBot, windows: Windows, clip: Path, tmp_path: Path
) -> None:
    window = windows(WindowEngine())
    analysed(qtbot, window, clip)
    meta = tmp_path / "out.meta.json"
    window.output.export_csv(Part(0, COUNT - 1), tmp_path / "out.csv")
    table = written(qtbot, meta)
    window.output.export_video(Part(2, 5, only=1), tmp_path / "out.mp4")
    video = written(qtbot, meta, "annotated video")
    assert video["frames"] == {"first": 2, "last": 5}
    assert video["person"] == 1
    assert video["export"]["overlay"]["skeletons"] is True
    assert video["earlier"] == [table]
    assert video["results"] == ["out.csv", "out.meta.json", "out.mp4"]
    assert Path(recorded_source(tmp_path / "out.csv")).samefile(clip)
    window.output.export_csv(Part(0, 3), tmp_path / "out.csv")
    again = written(qtbot, meta)
    assert [record["export"]["kind"] for record in again["earlier"]] == ["annotated video"]
    folder = tmp_path / "others"
    folder.mkdir()
    window.output.export_format(Part(0, 3), "trc-kinovea", folder)
    others = written(qtbot, folder / "clip.meta.json", "trc-kinovea")
    assert any(name.startswith("clip_px_person") for name in others["export"]["files"])
    assert others["source"]["sha256"] == source_sha256(str(clip))


def test_nobodys_file_is_replaced_by_a_record(
    qtbot: QtBot, windows: Windows, clip: Path, tmp_path: Path
) -> None:
    window = windows(WindowEngine())
    session = analysed(qtbot, window, clip)
    meta, table = tmp_path / "out.meta.json", tmp_path / "out.csv"
    meta.write_text('{"results": ["notes.txt"], "mine": true}')
    window.output.export_csv(Part(0, COUNT - 1), table)
    said(qtbot, window, "out.meta.json: is there already")
    assert not table.exists()
    assert json.loads(meta.read_text())["mine"]
    meta.unlink()
    window.output.export_csv(Part(0, COUNT - 1), table)
    first = written(qtbot, meta)
    # Of another clip: refused while a file of the first one stays, and taken over without it.
    other = burnt_clip(clip.with_name("other.mp4"), COUNT + 1, size=SIZE)
    session = analysed(qtbot, window, other)
    assert len(session) == COUNT + 1
    window.output.export_video(Part(0, 3), tmp_path / "out.mp4")
    said(qtbot, window, "is no record of what is made of")
    assert not (tmp_path / "out.mp4").exists()
    assert json.loads(meta.read_text()) == first
    window.output.export_csv(Part(0, COUNT), table)
    qtbot.waitUntil(
        lambda: json.loads(meta.read_text())["frames"]["last"] == COUNT, timeout=PATIENCE_MS
    )
    assert Path(recorded_source(table)).samefile(other)


def test_process_replaces_no_export_unasked(
    qtbot: QtBot,
    windows: Windows,
    clip: Path,
    theirs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    window = windows(engine_of(theirs))
    analysed(qtbot, window, clip)
    table = clip.with_suffix(".csv")
    window.output.export_csv(Part(0, 3), table)
    written(qtbot, clip.with_suffix(".meta.json"))
    exported = table.read_bytes()
    words = ["process", str(clip), "--output", str(clip.parent), "--model", str(theirs)]
    words += ["--set", "estimator.size=128"]
    for more in ([], ["--resume"]):
        assert main([*words, *more]) == 2
        assert "was exported from the window" in capsys.readouterr().err
        assert table.read_bytes() == exported
    assert main([*words, "--overwrite"]) == 0
    assert len(read_track_csv(table)) == COUNT
    assert main(words) == 0  # a run's own now


class WaitingEngine(WindowEngine):
    """Its network looks once it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.looking, self.let = Event(), Event()

    def load(self, settings: WindowSettings) -> Estimator:
        find = super().load(settings)

        def look(frame: Frame) -> PoseBatch:
            self.looking.set()
            self.let.wait(PATIENCE_MS / 1000)
            return find(frame)

        return look


def test_a_frame_that_is_analysed_when_recording_starts_counts_as_captured(
    qtbot: QtBot, windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, end = WaitingEngine(), Gate()

    def until_one_is_looked_at(source: Source, camera: CameraSettings) -> Iterator[Frame]:
        for frame in camera_frames(source, camera):
            if engine.looking.is_set():
                break
            yield frame
        end.wait()

    monkeypatch.setattr(ui.session.live_session, "open_live", until_one_is_looked_at)
    window = windows(engine)
    window.showing.open(Source("camera", "test", "Test camera"))
    session, actions = window.showing.session, window.parts.actions
    assert isinstance(session, LiveSession)
    pipeline = session.pipeline
    qtbot.waitUntil(end.reached.is_set, timeout=PATIENCE_MS)
    analysed = pipeline.analysed
    assert pipeline.captured > analysed + pipeline.dropped
    if actions["record_camera"].isChecked():
        actions["record_camera"].trigger()
    actions["record"].trigger()
    engine.let.set()
    qtbot.waitUntil(
        lambda: pipeline.captured == pipeline.analysed + pipeline.dropped, timeout=PATIENCE_MS
    )
    actions["record"].trigger()
    qtbot.waitUntil(lambda: not window.output.recorder.writing, timeout=PATIENCE_MS)
    (meta,) = (tmp_path / "recordings").glob("*.meta.json")
    frames = json.loads(meta.read_text())["frames"]
    assert frames["captured"] == frames["analysed"] == pipeline.analysed - analysed
    end.open.set()


def camera_frames(source: Source, camera: CameraSettings) -> Iterator[Frame]:
    return paced(lambda: (numbered(index, (128, 128)) for index in range(2000)))


@pytest.mark.parametrize("what", ["both", "annotated"])
def test_recordings_name_network_and_licence(
    qtbot: QtBot,
    windows: Windows,
    theirs: Path,
    tmp_path: Path,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ui.session.live_session, "open_live", camera_frames)
    window = windows(engine_of(theirs))
    window.showing.open(Source("camera", "test", "Test camera"))
    session, actions = window.showing.session, window.parts.actions
    assert isinstance(session, LiveSession)
    if actions["record_camera"].isChecked() != (what == "both"):
        actions["record_camera"].trigger()
    assert actions["record_annotated"].isChecked()
    qtbot.waitUntil(lambda: window.people.shown() == [1], timeout=PATIENCE_MS)
    actions["record"].trigger()
    before = session.pipeline.analysed
    qtbot.waitUntil(lambda: session.pipeline.analysed > before + 10, timeout=PATIENCE_MS)
    actions["record"].trigger()
    qtbot.waitUntil(lambda: not window.output.recorder.writing, timeout=PATIENCE_MS)
    (meta,) = (tmp_path / "recordings").glob("*.meta.json")
    record = json.loads(meta.read_text())
    assert record["model"]["licence"] == "AGPL-3.0"
    assert record["model"]["sha256"] == file_sha256(theirs)
    assert record["settings"]["estimator"]["size"] == 128
    assert record["source"] == {"kind": "camera", "address": "test"}
    assert record["frames"]["captured"] >= record["frames"]["analysed"] > 9
    there = {path.name for path in meta.parent.iterdir()} - {meta.name}
    assert set(record["results"]) == there
    assert len(there) == (4 if what == "both" else 1)
    ending = ".live.meta.json" if what == "both" else " annotated.meta.json"
    assert meta.name.endswith(ending)
