"""`python -m app process`: results, resuming after a kill, and bad input."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_video import CLOCKWISE_90, corners, set_display_matrix, write_audio, write_video

from app.__main__ import main
from app.clips.batch import RunSettings, make_run
from app.results.clip_results import ClipResults
from app.settings import AppSettings
from core.tracks.csv_long import read_track_csv
from core.tracks.table import NOBODY
from core.video.capture import read_frames
from core.video.probe import SourceInfo, probe

ROOT = Path(__file__).resolve().parents[1]
FAST = ["--set", "estimator.size=64", "--set", "estimator.most=3"]


@pytest.fixture
def clip(tmp_path) -> Path:
    ticks = [0, 20, 40, 61, 90, 300, 320, 340, 360, 1200]
    images = [corners(seed=index) for index in range(10)]
    return write_video(tmp_path / "clip.mp4", images, ticks=ticks)


def process(*arguments: object) -> int:
    return main(["process", *map(str, arguments), *FAST])


def test_results(tmp_path, weights, clip, capsys) -> None:
    out = tmp_path / "out"
    assert process(clip, "--output", out, "--model", weights, "--video") == 0
    assert sorted(path.name for path in out.iterdir()) == ["clip.csv", "clip.meta.json", "clip.mp4"]
    frames = list(read_frames(str(clip)))
    table = read_track_csv(out / "clip.csv")
    assert sorted(set(table.frames.tolist())) == list(range(10))
    assert (table.ids != NOBODY).any()
    times_s = [table.times_s[table.frames == frame.index][0] for frame in frames]
    np.testing.assert_allclose(times_s, [frame.time_s for frame in frames], rtol=0, atol=5.1e-7)
    drawn = list(read_frames(str(out / "clip.mp4")))
    np.testing.assert_allclose([f.time_s for f in drawn], times_s, atol=1e-5)
    meta = json.loads((out / "clip.meta.json").read_text())
    assert meta["frames"] == {"decoded": 10, "lost": 0, "warning": None}
    assert meta["rate"]["variable"] is True
    assert meta["rate"]["measured_hz"] == pytest.approx(9 / 2.0)
    assert len(meta["source"]["sha256"]) == len(meta["model"]["sha256"]) == 64
    assert meta["settings"]["estimator"]["size"] == 64
    assert "10 frames" in capsys.readouterr().out


def test_videos_are_compressed_as_the_settings_say(tmp_path, weights, clip) -> None:
    """Also those of the second pass, which draws when all rows are known."""
    for name, more in (("at_the_end", ()), ("online", ("--online",))):
        out = tmp_path / name
        as_vp9 = ("--video", "--set", "encode.codec=vp9", *more)
        assert process(clip, "--output", out, "--model", weights, *as_vp9) == 0
        assert probe(str(out / "clip.mp4")).codec == "vp9"


def test_a_rotated_clip_is_described_and_drawn_upright(tmp_path, weights, clip) -> None:
    set_display_matrix(clip, CLOCKWISE_90)
    out = tmp_path / "out"
    assert process(clip, "--output", out, "--model", weights, "--video") == 0
    meta = json.loads((out / "clip.meta.json").read_text())
    assert meta["source"]["rotation_deg"] == 90
    assert meta["source"]["size"] == [48, 64]
    assert probe(str(out / "clip.mp4")).size == (48, 64)


def test_several_clips_and_folders_of_images(tmp_path, weights, clip) -> None:
    (tmp_path / "clip").mkdir()
    for index in range(3):
        cv2.imwrite(str(tmp_path / "clip" / f"{index}.png"), corners(seed=index))
    out = tmp_path / "out"
    assert process(clip, tmp_path / "clip", "--output", out, "--model", weights) == 0
    assert len(set(read_track_csv(out / "clip.csv").frames.tolist())) == 10
    assert len(set(read_track_csv(out / "clip-2.csv").frames.tolist())) == 3


def test_a_table_has_its_name_once_its_tracks_are_joined(tmp_path, weights, clip) -> None:
    """Stopped while it is joined, what there is of it is a `.part`, and the run goes on."""

    def stop_there(info: SourceInfo, making: str, frames: int) -> None:
        assert not (tmp_path / "stopped/clip.csv").exists()
        if making == "joined table":
            raise KeyboardInterrupt

    small = replace(AppSettings().estimator, size=64)
    how = RunSettings(replace(AppSettings(), weights=str(weights), estimator=small))
    plan = ClipResults(str(clip), "clip", tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        make_run(how, 1).process(plan, stop_there)
    names = sorted(path.name for path in plan.folder.iterdir())
    assert names == ["clip.csv.part", "clip.meta.json.part", "clip.poses.part"]
    make_run(replace(how, resume=True), 1).process(plan, lambda *_: None)
    whole = replace(plan, folder=tmp_path / "whole")
    make_run(how, 1).process(whole, lambda *_: None)
    assert plan.csv.read_bytes() == whole.csv.read_bytes()
    assert not list(plan.folder.glob("*.part"))


def test_confidence_leaves_people_out(tmp_path, weights, clip) -> None:
    counts = []
    for confidence in (0.05, 0.99):
        out = tmp_path / str(confidence)
        options = ("--model", weights, "--confidence", confidence)
        assert process(clip, "--output", out, *options) == 0
        table = read_track_csv(out / "clip.csv")
        counts.append(int((table.ids != NOBODY).sum()))
        assert not (table.scores < confidence).any()
    assert counts[0] > 0 == counts[1]


def test_killed_and_resumed_it_is_the_same_file(tmp_path, weights) -> None:
    images = [corners(seed=index) for index in range(120)]
    clip = write_video(tmp_path / "clip.mp4", images)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert process(clip, "--output", whole, "--model", weights) == 0
    command = [sys.executable, "-m", "app", "process", clip, "--output", killed, "--video"]
    part = killed / "clip.csv.part"
    with subprocess.Popen(
        [*map(str, command), "--model", weights, *FAST], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as program:
        deadline = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size > 3000):
            assert program.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
        program.send_signal(signal.SIGKILL)
    expected = (whole / "clip.csv").read_bytes()
    left = part.read_bytes()
    assert 3000 < len(left) < len(expected)
    assert expected.startswith(left)
    assert not (killed / "clip.csv").exists()
    assert process(clip, "--output", killed, "--model", weights, "--video", "--resume") == 0
    assert (killed / "clip.csv").read_bytes() == expected
    assert len(list(read_frames(str(killed / "clip.mp4")))) == 120
    assert not list(killed.glob("*.part"))


def test_resume_skips_what_is_done(tmp_path, weights, clip, capsys) -> None:
    arguments = (clip, "--output", tmp_path / "out", "--model", weights, "--resume")
    assert process(*arguments) == 0
    written = (tmp_path / "out" / "clip.csv").stat().st_mtime_ns
    capsys.readouterr()
    assert process(*arguments) == 0
    assert "is done already" in capsys.readouterr().out
    assert (tmp_path / "out" / "clip.csv").stat().st_mtime_ns == written
    assert process(*arguments, "--set", "record.keypoint_threshold=0.9") == 0
    assert "is done already" not in capsys.readouterr().out


def test_a_cut_clip_gives_its_good_part(tmp_path, weights, capsys) -> None:
    whole = write_video(
        tmp_path / "whole.mp4",
        [corners(320, 240, seed=index) for index in range(40)],
        options={"crf": "1", "g": "5"},
        container_options={"movflags": "faststart"},
    )
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    out = tmp_path / "out"
    assert process(cut, "--output", out, "--model", weights, "--video") == 3
    good = len(set(read_track_csv(out / "cut.csv").frames.tolist()))
    assert 5 < good < 40
    assert len(list(read_frames(str(out / "cut.mp4")))) == good
    meta = json.loads((out / "cut.meta.json").read_text())
    assert meta["frames"]["decoded"] + meta["frames"]["lost"] == 40
    assert "warning: " in capsys.readouterr().err


def test_one_bad_clip_leaves_the_others_alone(tmp_path, weights, clip, capsys) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"words" * 100)
    out = tmp_path / "out"
    assert process(tmp_path / "bad.mp4", clip, "--output", out, "--model", weights) == 3
    assert "error: " in capsys.readouterr().err
    assert sorted(path.name for path in out.iterdir()) == ["clip.csv", "clip.meta.json"]


BAD_SOURCES = {
    "absent.mp4": "no such file",
    "empty.mp4": "0 bytes",
    "words.mp4": "is not a video",
    "sound.mp4": "no video, only audio",
    "folder": "holds no images",
    "*.mkv": "no file matches",
}


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_sources(tmp_path, weights, capsys, name) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "words.mp4").write_text("words " * 200)
    write_audio(tmp_path / "sound.mp4")
    (tmp_path / "folder").mkdir()
    assert process(tmp_path / name, "--output", tmp_path / "out", "--model", weights) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert BAD_SOURCES[name] in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--set", "tracker.max_lots_s=2"], "did you mean 'max_lost_s'"),
        (["--set", "draw=3"], "expected a section"),
        (["--settings", "absent.yaml"], "cannot be read"),
        (["--model", "absent.pt"], "no such weights file"),
        (["--device", "toaster"], "expected one of"),
        (["--confidence", "2"], "confidence must be in"),
    ],
)
def test_bad_options(tmp_path, weights, clip, capsys, options, sentence) -> None:
    arguments = (clip, "--output", tmp_path / "out", "--model", weights, *options)
    assert process(*arguments) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_an_unknown_key_in_a_settings_file(tmp_path, weights, clip, capsys) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("capture:\n  treads: 2\n")
    arguments = (clip, "--output", tmp_path / "out", "--model", weights, "--settings", file)
    assert process(*arguments) == 2
    assert "capture.treads: unknown setting; did you mean 'threads'?" in capsys.readouterr().err


@pytest.mark.parametrize("full", ["clip.csv", "clip.mp4", "clip.poses", "clip.meta.json"])
def test_a_full_disk_is_one_sentence(tmp_path, weights, clip, capsys, full) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    out = tmp_path / "out"
    out.mkdir()
    (out / f"{full}.part").symlink_to("/dev/full")
    assert process(clip, "--output", out, "--model", weights, "--video") == 2
    error = capsys.readouterr().err
    assert f"{full}" in error
    assert "No space left on device" in error


def test_an_output_that_cannot_be_a_folder(tmp_path, weights, clip, capsys) -> None:
    (tmp_path / "file").touch()
    assert process(clip, "--output", tmp_path / "file" / "out", "--model", weights) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_no_write_permission(tmp_path, weights, clip, capsys) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    if os.access(out, os.W_OK):
        pytest.skip("this user may write everywhere")
    assert process(clip, "--output", out, "--model", weights) == 2
    assert "Permission denied" in capsys.readouterr().err


def test_the_second_pass_is_recorded_and_can_be_left_out(tmp_path, weights, clip) -> None:
    ids = {}
    for name, extra in (("joined", []), ("live", ["--online"])):
        out = tmp_path / name
        assert process(clip, "--output", out, "--model", weights, *extra) == 0
        meta = json.loads((out / "clip.meta.json").read_text())
        assert meta["second_pass"] is (name == "joined")
        table = read_track_csv(out / "clip.csv")
        assert sorted(set(table.frames.tolist())) == list(range(10))
        ids[name] = set(table.track_ids.tolist())
        assert sorted(ids[name]) == meta["track_ids"]
    assert ids["joined"] <= ids["live"]
