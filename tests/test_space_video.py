"""Skeletons in space drawn over the clips, and `process` with a calibration."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from space_scene import CAMERAS, Filming, filmed, truth

from app.__main__ import main
from core.space.calibration_files.own_toml import read_calibration, write_calibration
from core.space.people.moments import Moments
from core.space.resample import ClockMap
from core.space.skeleton_files.csv_table import read_tracks3d
from core.space.sync.sync_file import write_sync
from core.tracks.csv_long import write_track_csv
from core.video.capture import read_frames
from core.video.encode import VideoWriter
from core.video.probe import probe

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "threed"
LATE_S = 0.31


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two cameras, one with a clock of its own; their clips are grey."""
    for number, camera in enumerate(CAMERAS.cameras[:2]):
        clock = ClockMap(LATE_S) if number else ClockMap()
        table = filmed(camera, Filming(30.0, clock), 1.2, number)
        write_track_csv(tmp_path / f"{camera.name}.csv", table)
        clip = tmp_path / "clips" / f"{camera.name}.mp4"
        clip.parent.mkdir(exist_ok=True)
        # The clip's own time starts at 0, as that of the other camera's tracks would.
        with VideoWriter(clip, camera.size, 30) as writer:
            for frame in range(12):
                writer.write(np.full((720, 1280, 3), 90, np.uint8), frame / 30)
        record = {"source": {"source": str(clip), "size": [1280, 720], "time_scale": 1.0}}
        (tmp_path / f"{camera.name}.meta.json").write_text(json.dumps(record))
    two = CAMERAS.only(["north", "east"])
    write_calibration(tmp_path / "cameras.toml", two)
    write_sync(tmp_path / "sync.toml", ["north", "east"], [ClockMap(), ClockMap(LATE_S)])
    return tmp_path


def command(folder: Path) -> list[str]:
    views = [str(folder / "north.csv"), str(folder / "east.csv")]
    return ["reconstruct", *views, "--calibration", str(folder / "cameras.toml"),
            "--sync", str(folder / "sync.toml"), "--video", "--output", str(folder)]  # fmt: skip


def test_skeletons_are_drawn_where_the_people_are_at_each_frames_own_time(folder: Path) -> None:
    assert main(command(folder)) == 0
    tracks = read_tracks3d(folder / "people.3d.csv")
    for camera, offset_s in zip(CAMERAS.cameras[:2], (0.0, LATE_S), strict=True):
        frames = list(read_frames(str(folder / f"people.{camera.name}.mp4")))
        assert len(frames) == 12
        for frame in (frames[3], frames[10]):
            changed = np.abs(frame.rgb.astype(int) - 90).max(axis=2) > 40
            joints = camera.project(truth(np.array([frame.time_s + offset_s])))[0]
            for x, y in joints[:, 5:].reshape(-1, 2).round().astype(int).tolist():
                around = changed[max(y - 9, 0) : y + 10, max(x - 9, 0) : x + 10]
                assert around.any(), (camera.name, frame.index, x, y)
            assert changed.mean() < 0.1
    assert set(Moments(tracks).at(0.5)) == {1, 2}
    assert Moments(tracks).at(30.0) == {}


@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_videos_are_compressed_as_the_settings_say(codec: str, folder: Path) -> None:
    assert main([*command(folder), "--set", f"encode.codec={codec}"]) == 0
    assert probe(str(folder / "people.north.mp4")).codec == codec


def test_process_hands_on_how_videos_are_compressed(
    folder: Path, weights: str, capsys: pytest.CaptureFixture
) -> None:
    """Nobody is found in grey pictures: what is asked of `reconstruct` is what counts."""
    (folder / "as.yaml").write_text("encode:\n  codec: h264\n")
    clips = [str(folder / "clips" / f"{name}.mp4") for name in ("north", "east")]
    settings = ["--settings", str(folder / "as.yaml"), "--set", "estimator.size=64",
                "--set", "encode.codec=vp9"]  # fmt: skip
    geometry = ["--calibration", str(folder / "cameras.toml"), "--sync", str(folder / "sync.toml")]
    output = folder / "made"
    main(["process", *clips, *geometry, *settings, "--model", weights, "--video",
          "--output", str(output)])  # fmt: skip
    asked = f"--video --settings {folder / 'as.yaml'} --set encode.codec=vp9"
    assert asked in capsys.readouterr().out


def test_tracks_without_a_known_clip_are_said_before_anything_is_made(
    folder: Path, capsys: pytest.CaptureFixture
) -> None:
    (folder / "east.meta.json").unlink()
    assert main(command(folder)) == 2
    assert "names no clip" in capsys.readouterr().err
    assert not list(folder.glob("people.*"))


@pytest.mark.parametrize(
    ("clips", "said"),
    [
        (["north.mp4"], "one camera shows no depth"),
        (["north.mp4", "east.mp4", "other.mp4"], "which camera is which"),
        (["north.mp4", "small/east.mp4"], "the pictures are 640 x 360 px"),
    ],
)
def test_a_calibration_of_other_clips_is_refused_before_they_are_processed(
    clips: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture
) -> None:
    small = folder / "clips" / "small" / "east.mp4"
    small.parent.mkdir()
    for path, size in ((small, (640, 360)), (folder / "clips" / "other.mp4", (1280, 720))):
        with VideoWriter(path, size, 30) as writer:
            writer.write(np.zeros((*size[::-1], 3), np.uint8), 0.0)
    sources = [str(folder / "clips" / clip) for clip in clips]
    output = folder / "made"
    assert main(["process", *sources, "--calibration", str(folder / "cameras.toml"),
                 "--output", str(output)]) == 2  # fmt: skip
    assert said in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="needs the recordings")
def test_process_goes_from_clips_to_skeletons_in_space(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    every = read_calibration(SHARED / "pose2sim" / "Calib_qualisys.toml")
    chosen = every.only(["cam_03", "cam_04"]).cameras
    named = tuple(replace(c, name=c.name.replace("_", "")) for c in chosen)
    write_calibration(tmp_path / "cameras.toml", replace(every, cameras=named))
    write_sync(tmp_path / "sync.toml", ["cam03", "cam04"], [ClockMap(), ClockMap()])
    (tmp_path / "clips").mkdir()
    for camera in named:
        clip = SHARED / "pose2sim" / f"{camera.name}.mp4"
        with VideoWriter(tmp_path / "clips" / clip.name, camera.size, 60) as writer:
            for frame in islice(read_frames(str(clip)), 16):
                writer.write(frame.rgb, frame.time_s)
    geometry = ["--calibration", str(tmp_path / "cameras.toml"), "--sync",
                str(tmp_path / "sync.toml")]  # fmt: skip
    output = tmp_path / "take"
    assert main(["process", str(tmp_path / "clips"), *geometry, "--output", str(output)]) == 0
    assert "python -m app reconstruct" in capsys.readouterr().out
    tracks = read_tracks3d(output / "people.3d.csv")
    assert tracks.camera_names == ("cam03", "cam04")
    assert 1.4 < np.nanmedian(tracks.points[:, 0, 2]) < 1.9  # a nose


def test_another_clip_under_a_recorded_name_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "east.meta.json"
    record = json.loads(path.read_text())
    record["source"]["sha256"] = "0" * 64
    path.write_text(json.dumps(record))
    assert main(command(folder)) == 2
    said = capsys.readouterr().err
    assert "has another content than the recording that" in said
    assert "east.csv was made of; put that one in its place, or leave out --video" in said
    assert not (folder / "people.3d.csv").exists()
