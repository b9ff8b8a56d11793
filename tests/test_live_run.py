"""Live runs without a window, as processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from test_foreign import graph

from app.__main__ import main
from app.bundled import sample_clip
from core.tracks.csv_long import read_track_csv
from core.video.capture import read_frames

ROOT = Path(__file__).resolve().parents[1]


def live(weights: str, *more: str) -> list[str]:
    quick = ["--model", weights, "--set", "estimator.size=128"]
    return [
        "live",
        str(sample_clip()),
        "--no-window",
        *quick,
        "--set",
        "estimator.engine=onnxruntime",
        *more,
    ]


def test_a_run_for_a_time_writes_table_video_and_messages(tmp_path: Path, weights: str) -> None:
    lines = tmp_path / "messages.jsonl"
    out = tmp_path / "out"
    wishes = ["--output", str(out), "--video", "--send", str(lines), "--duration-s", "3"]
    assert main(live(weights, *wishes)) in (0, 3)  # 3 where the disk was too slow
    (table,) = out.glob("*.live.csv")
    (video,) = out.glob("*.mp4")
    frames = sorted(set(read_track_csv(table).frames.tolist()))
    sent = [json.loads(line)["frame"] for line in lines.read_text().splitlines()]
    assert sent
    assert set(sent) <= set(frames)
    times = video.with_suffix(".times.csv").read_text().splitlines()
    assert len(times) - 1 == len(list(read_frames(str(video))))
    assert not list(out.glob("*.part"))


def test_the_licence_of_another_makers_network_is_named_and_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = np.zeros((1, 300, 57), np.float32)
    facts = {"kpt_shape": "[17, 3]", "end2end": "True", "license": "AGPL-3.0"}
    path = graph(tmp_path / "theirs.onnx", {"output0": rows}, [1, 3, 128, 128], facts=facts)
    out = tmp_path / "out"
    words = ["live", str(sample_clip()), "--no-window", "--model", str(path)]
    assert main([*words, "--output", str(out), "--duration-s", "2"]) in (0, 3)
    assert "onnxruntime float32, licence AGPL-3.0" in capsys.readouterr().err
    (record,) = out.glob("*.live.meta.json")
    assert json.loads(record.read_text())["model"]["licence"] == "AGPL-3.0"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_with_whole_files(
    tmp_path: Path, weights: str, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "app", *live(weights, "--output", str(tmp_path / "out"))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        deadline = time.monotonic() + 60
        while not any(p.stat().st_size > 2000 for p in (tmp_path / "out").glob("*.part")):
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.05)
        run.send_signal(number)
        run.communicate(timeout=60)
    assert run.returncode == 130
    table, record = sorted((tmp_path / "out").iterdir())
    assert table.name.endswith(".live.csv")
    assert len(read_track_csv(table)) > 0
    told = json.loads(record.read_text())
    assert record.name == f"{table.stem}.meta.json"
    assert told["results"] == [table.name]
    assert told["frames"]["captured"] >= told["frames"]["analysed"] > 0
    assert told["settings"]["estimator"]["size"] == 128


def test_a_dead_source_does_not_stop_the_other(tmp_path: Path, weights: str) -> None:
    arguments = live(weights, "--output", str(tmp_path / "out"), "--duration-s", "3")
    arguments.insert(1, "/dev/video99")
    assert main([*arguments, "--send", str(tmp_path / "both.jsonl")]) == 3
    messages = [json.loads(line) for line in (tmp_path / "both.jsonl").read_text().splitlines()]
    assert {message["source"] for message in messages} == {"sample.mp4"}
    (table,) = (p for p in (tmp_path / "out").glob("*.live.csv") if p.stat().st_size > 2000)
    assert len(read_track_csv(table)) > 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--duration-s", "-1"], "--duration-s"),
        (["--video"], "--output"),
        (["--send", "http://127.0.0.1:1"], "osc://"),
    ],
)
def test_wrong_wishes_say_so(
    weights: str, more: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(live(weights, *more)) == 2
    assert said in capsys.readouterr().err


def test_a_source_that_is_not_there_is_code_2(
    weights: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = live(weights)
    arguments[1] = "/dev/video99"
    assert main(arguments) == 2
    assert "/dev/video99" in capsys.readouterr().err
