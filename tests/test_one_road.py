"""The same clip with the same settings gives the same table, whichever way it is made."""

import argparse
from pathlib import Path

import pytest
from PyQt6.QtCore import QSettings
from pytestqt.qtbot import QtBot
from tiny_video import write_video

from app.__main__ import main
from app.bundled import sample_clip
from app.engine import AppEngine
from app.settings import AppSettings, settings_of
from core.run.pose_file import PoseFile
from core.tracks.csv_long import read_track_csv
from core.video.capture import read_frames
from ui.session.export import Part
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

PATIENCE_MS = 120_000
COUNT = 16
FAST = ["estimator.size=320", "estimator.engine=onnxruntime"]
# Keypoints that are blanked, a threshold of its own, clothes, a still view, no second pass.
WAYS = {
    "defaults": [],
    "thresholds": ["record.keypoint_threshold=0.4", "estimator.confidence=0.45"],
    "clothes": ["tracker.reidentify=true", "tracker.camera_flow=false"],
    "online": ["tracker.second_pass=false"],
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera that pans over one picture of people, 8 px a frame."""
    sample = sample_clip()
    assert sample is not None
    first = next(read_frames(str(sample))).rgb
    height, width = first.shape[0] // 4 * 4, first.shape[1] - 8 * COUNT
    pan = [first[:height, 8 * k : 8 * k + width // 4 * 4] for k in range(COUNT)]
    return write_video(tmp_path_factory.mktemp("clips") / "pan.mp4", pan)


def options(way: str) -> list[str]:
    return [text for item in (*FAST, *WAYS[way]) for text in ("--set", item)]


def settings(way: str) -> AppSettings:
    return settings_of(argparse.Namespace(settings=None, set=[*FAST, *WAYS[way]]))


def exported(qtbot: QtBot, folder: Path, clip: Path, way: str) -> tuple[bytes, Path]:
    """The window's table of a clip, and the poses that it keeps."""
    store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(AppEngine(settings(way)), Preferences(store), folder / "results")
    qtbot.addWidget(window)
    window.open_text(str(clip))
    session = window.file
    assert session is not None
    qtbot.waitUntil(
        lambda: (
            session.progress is not None
            and session.progress.done == COUNT
            and session.settled
            and not session.analysing
        ),
        timeout=PATIENCE_MS,
    )
    table = folder / "window.csv"
    window.output.export_csv(Part(0, COUNT - 1), table)
    qtbot.waitUntil(table.exists, timeout=PATIENCE_MS)
    (poses,) = (folder / "results").glob("*/*.poses")
    window.close()
    return table.read_bytes(), poses


@pytest.mark.parametrize("way", WAYS)
def test_process_replay_and_window_give_the_same_bytes(
    qtbot: QtBot, tmp_path: Path, clip: Path, way: str
) -> None:
    out = tmp_path / "process"
    assert main(["process", str(clip), "--output", str(out), "--keep-poses", *options(way)]) == 0
    expected = (out / "pan.csv").read_bytes()
    assert len(read_track_csv(out / "pan.csv").track_ids) >= 2
    kept = PoseFile.open(out / "pan.poses")
    moves = [item.camera for item in kept.frames() if item.camera is not None]
    if way != "clothes":
        moved = [camera.warp[0, 2] for camera in moves if camera.warp is not None]
        assert moved == pytest.approx([-8.0] * (COUNT - 1), abs=0.5)
    else:
        assert moves == []
    table, poses = exported(qtbot, tmp_path, clip, way)
    assert table == expected
    for name, path in (("process", out / "pan.poses"), ("window", poses)):
        again = tmp_path / f"again-{name}"
        assert main(["replay", str(path), "--output", str(again), *options(way)]) == 0
        assert (again / f"{path.stem}.csv").read_bytes() == expected


def test_kept_motion_needs_no_clip_and_clothes_say_that_they_do(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "process"
    copy = tmp_path / "gone.mp4"
    copy.write_bytes(clip.read_bytes())
    way = options("defaults")
    assert main(["process", str(copy), "--output", str(out), "--keep-poses", *way]) == 0
    copy.unlink()
    replay = ["replay", str(out / "gone.poses"), "--output", str(tmp_path / "again"), *way]
    assert main(replay) == 0
    assert (tmp_path / "again" / "gone.csv").read_bytes() == (out / "gone.csv").read_bytes()
    capsys.readouterr()
    assert main([*replay, "--set", "tracker.reidentify=true"]) == 2
    error = capsys.readouterr().err
    assert "tracker.reidentify has to look at the clip itself" in error
    assert error.count("\n") == 1
    (out / "gone.mp4").write_bytes(clip.read_bytes())
    assert main([*replay, "--set", "tracker.reidentify=true"]) == 0
