"""The same clip with the same settings gives the same table, whichever way it is made."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import QSettings
from pytestqt.qtbot import QtBot
from tiny_video import write_video

from app.__main__ import main
from app.bundled import sample_clip
from app.live.engine import AppEngine
from app.settings import AppSettings, settings_of
from core.run.pose_file import PoseFile
from core.tracks.by_frame import tracks_of
from core.tracks.csv_long import read_track_csv
from core.tracks.edits.file import save_edits
from core.tracks.edits.log import ABSENT, Anchor, Edit
from core.tracks.edits.make import added_in, between, moved, removed, scored, with_other_sides
from core.types import Tracks
from core.video.capture import read_frames
from ui.session.clip_analysis import results_of
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
    "geometry": ["tracker.clothes=false"],
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


def corrections(people: list[Tracks]) -> list[Edit]:
    """Of everything a little, each with the place of its person."""
    one, two = people[0].ids.tolist()[:2]

    def at(edit: Edit, track_id: int, frame: int) -> Edit:
        tracks = people[frame]
        box = tracks.poses.boxes[tracks.ids == track_id][0].tolist()
        return replace(edit, anchors=(Anchor(frame, tuple(box)),))

    new = max(int(tracks.ids.max()) for tracks in people) + 1
    return [
        at(moved(people[3], one, 3, 9, (123.25, 77.5)), one, 3),
        at(scored(people[3], one, 3, 10, ABSENT), one, 3),
        at(with_other_sides(two, 8, None, ("left_wrist",)), two, 8),
        at(removed(two, 5), two, 5),
        at(between(one, (6, people[6]), (9, people[9]), ["nose"]), one, 6),
        added_in(people[4], new, 4, (10.0, 20.0, 60.0, 140.0)),
        at(Edit("split", (one, new + 1), 12), one, 12),
        at(Edit("hide", (one,)), one, 1),
        at(Edit("show", (one,)), one, 1),
        at(Edit("hide", (two,)), two, 1),
    ]


def exported(qtbot: QtBot, folder: Path, clip: Path, way: str) -> tuple[bytes, Path]:
    """The window's table of a clip, and the poses that it keeps."""
    store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(AppEngine(settings(way)), Preferences(store), folder / "results")
    qtbot.addWidget(window)
    window.showing.open_text(str(clip))
    session = window.showing.file
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
    moves = [item.sight.camera for item in kept.frames() if item.sight.camera is not None]
    assert kept.knows_looks == (way != "geometry")
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


def test_kept_motion_and_clothes_need_no_clip_and_say_so_where_they_were_not_kept(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "process"
    copy = tmp_path / "gone.mp4"
    copy.write_bytes(clip.read_bytes())
    way = options("geometry")
    assert main(["process", str(copy), "--output", str(out), "--keep-poses", *way]) == 0
    copy.unlink()
    replay = ["replay", str(out / "gone.poses"), "--output", str(tmp_path / "again"), *way]
    assert main(replay) == 0
    assert (tmp_path / "again" / "gone.csv").read_bytes() == (out / "gone.csv").read_bytes()
    capsys.readouterr()
    clothes = [*replay, "--set", "tracker.clothes=true"]
    assert main(clothes) == 2
    error = capsys.readouterr().err
    assert "tracker.clothes has to look at the clip itself" in error
    assert error.count("\n") == 1
    (out / "gone.mp4").write_bytes(clip.read_bytes())
    assert main(clothes) == 0


def test_corrections_give_the_same_bytes_by_every_road(
    qtbot: QtBot, tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, log = tmp_path / "process", tmp_path / "pan.edits.json"
    plain = ["process", str(clip), "--output", str(out), *options("defaults")]
    assert main(plain) == 0
    table = read_track_csv(out / "pan.csv")
    edits = corrections(tracks_of(table, COUNT))
    one, two, new = edits[0].ids[0], edits[3].ids[0], edits[5].ids[0]
    save_edits(log, edits)
    assert main([*plain, "--keep-poses", "--edits", str(log)]) == 0
    assert "corrections are about" not in capsys.readouterr().err
    expected = (out / "pan.csv").read_bytes()
    corrected = read_track_csv(out / "pan.csv")
    assert set(corrected.track_ids.tolist()) == ({*table.track_ids.tolist(), new, new + 1} - {two})
    of_one = corrected.of_track(one)
    assert of_one.keypoints[of_one.frames == 3][0, 9].tolist() == [123.25, 77.5]
    assert of_one.keypoint_scores[of_one.frames == 3][0, 9:11].tolist() == [1, 0]
    assert of_one.frames.max() == 11
    assert corrected.of_track(new).frames.tolist() == [4]
    lines = [line.split(",") for line in expected.decode().splitlines()]
    marks = {(line[0], line[2]): line[-1] for line in lines if line[-1]}
    assert marks == {
        ("frame", "track_id"): "corrected",
        ("3", str(one)): "left_wrist right_wrist",
        ("4", str(new)): "all",
        ("7", str(one)): "nose",
        ("8", str(one)): "nose",
    }
    record = json.loads((out / "pan.meta.json").read_text())
    assert record["edits"]["file"] == str(log)
    assert record["track_ids"] == corrected.track_ids.tolist()
    again = ["replay", str(out / "pan.poses"), "--output", str(tmp_path / "again")]
    assert main([*again, *options("defaults"), "--edits", str(log)]) == 0
    assert (tmp_path / "again" / "pan.csv").read_bytes() == expected
    kept = results_of(tmp_path / "results", str(clip))
    kept.mkdir(parents=True)
    save_edits(kept / "edits.json", edits)
    assert exported(qtbot, tmp_path, clip, "defaults")[0] == expected


def test_corrections_that_cannot_be_used_are_one_sentence(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.json"
    base = ["process", str(clip), "--output", str(tmp_path / "out"), *options("defaults")]
    assert main([*base, "--edits", str(log)]) == 2
    assert capsys.readouterr().err.endswith(
        "log.json: cannot be read (No such file or directory)\n"
    )
    save_edits(log, [Edit("hide", (1,), anchors=(Anchor(2, (9000, 0, 9010, 20)),))])
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.read_bytes())
    assert main(["process", str(other), *base[1:], "--edits", str(log)]) == 2
    assert "is about one clip; 2 are given" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([*base, "--edits", str(log)]) == 0
    assert "1 of 1 corrections are about people who are not found" in capsys.readouterr().err
