"""`bench` runs real clips in processes of their own and says what they cost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.bench.cases import CASES
from app.bench.crowd import walking
from app.bench.peers import calibrate, kept_threshold
from app.bench.people import measure_people
from app.bench.stages import measure_stages

ROOT = Path(__file__).resolve().parents[1]
FRAMES = 4


def test_cases_are_measured_written_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["mobile, 20 people", "mobile live"]
    record = tmp_path / "bench.json"
    how = ["--frames", str(FRAMES), "--rounds", "1"]
    assert main(["bench", *how, "--cases", *names, "--output", str(record)]) == 0
    measured = json.loads(record.read_text())
    assert measured["machine"]["cores"] >= 1
    figures = measured["cases"]
    assert list(figures) == names
    for name in names:
        assert figures[name]["cpu_ms"] > 0
        assert figures[name]["peak_mb"] > 50
        assert figures[name]["torch_loaded"] == 0
    assert figures[names[0]]["frames"] == FRAMES
    assert 0 < figures[names[0]]["people"] <= 20
    live = figures["mobile live"]
    assert 0 < live["latency_ms"] <= live["latency_p95_ms"]
    assert 0 <= live["dropped"] <= 1
    capsys.readouterr()
    compared = ["--cases", names[0], "--compare", str(record)]
    assert main(["bench", *how, *compared]) == 0
    assert " of before" in capsys.readouterr().out


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_told_step_by_step(tmp_path: Path) -> None:
    record = tmp_path / "memory.json"
    command = ["-m", "app", "bench", "--memory", "--frames", str(FRAMES), "--output", str(record)]
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
    steps = json.loads(record.read_text())["memory"]
    resident = [step["resident_mb"] for step in steps.values()]
    assert next(iter(steps)) == "python"
    assert resident[0] < 40  # nothing large was loaded before the first look
    assert steps["frame 1"]["added_mb"] > 6  # two 1080p pictures, at least
    assert steps["peak"]["resident_mb"] == max(resident)


def test_stages_of_the_default_network_are_measured() -> None:
    found = measure_stages(2)
    ours = ["decode", "prepare", "decode maps", "see camera and clothes", "track", "draw", "encode"]
    assert [stage for stage in found if not stage.startswith("infer ")] == ours
    assert any(stage.startswith("infer ") for stage in found)
    assert all(cost["cpu_ms"] >= 0 for cost in found.values())


def test_stages_behind_the_network_are_measured() -> None:
    few, many = measure_people(1, FRAMES), measure_people(20, FRAMES)
    stages = ("choose keypoints", "track", "write rows", "draw", "encode")
    assert list(few) == [f"{stage}, 1 people" for stage in stages]
    assert all(cost["cpu_ms"] > 0 for cost in (*few.values(), *many.values()))


def test_nonsense_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--cases", "s7"]) == 2
    assert "no case begins so; there are s6 float32" in capsys.readouterr().err
    assert main(["bench", "--frames", "1"]) == 2
    assert "at least 2 frames" in capsys.readouterr().err
    assert main(["bench", "--stages", "--model", "theirs.onnx"]) == 2
    assert "--stages measures the default network" in capsys.readouterr().err
    assert main(["bench", "--model", "nowhere.onnx"]) == 2
    assert "nowhere.onnx: there is no such file" in capsys.readouterr().err


def test_only_like_is_compared_with_like() -> None:
    comparable = {case.name for case in CASES if case.comparable}
    assert "s6 int8" in comparable
    assert comparable.isdisjoint({"mobile live", "mobile, 20 people", "reference s6 eager"})


def test_a_crowd_is_the_same_every_time() -> None:
    for people in (1, 20):
        first, again = walking(people), walking(people)
        counts = [len(first(index)) for index in range(60)]
        assert max(counts) == people
        for index in (0, 7, 59):
            assert (first(index).keypoints == again(index).keypoints).all()


def test_live_latency_is_measured_side_by_side(tmp_path: Path) -> None:
    record = tmp_path / "live.json"
    how = ["--frames", "25", "--rounds", "1", "--output", str(record)]
    assert main(["bench", "--live", *how]) == 0
    figures = json.loads(record.read_text())["live"]
    assert len(figures) == 6
    for name, row in figures.items():
        assert 0 < row["p50"] <= row["p95"] <= row["p99"], name
        assert 0 < row["with result"] <= 1


def test_a_threshold_is_found_once(tmp_path: Path) -> None:
    path = tmp_path / "threshold.json"
    assert kept_threshold(path, lambda: [0.1, 0.9, 0.5, 0.7], 3) == 0.5
    assert kept_threshold(path, lambda: [0.0], 3) == 0.5


def test_random_weights_learn_what_their_pictures_are_like() -> None:
    torch = pytest.importorskip("torch")
    norm = torch.nn.BatchNorm2d(3, momentum=0.03).train()
    batch = torch.linspace(0, 8, 3 * 32).reshape(2, 3, 4, 4)
    calibrate(norm, batch)
    left = 0.97**25  # of where the means began
    expected = (1 - left) * batch.mean((0, 2, 3))
    assert torch.allclose(norm.running_mean, expected, atol=1e-4)
