"""Two runs of `train` in one folder, as real processes: one learns, the other is told."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stick_people import write_dataset

from app.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 300


@pytest.mark.skipif(sys.platform == "win32", reason="no signal ends a process gently there")
def test_a_second_run_is_refused_and_the_first_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = write_dataset(tmp_path / "data", count=4), tmp_path / "run"
    tiny = {"model": "n6", "epochs": 100_000, "steps": 1, "batch": 2, "sizes": [64], "workers": 0}
    recipe = tmp_path / "long.yaml"
    recipe.write_text(json.dumps(tiny | {"validation_size": 64, "precision": "float32"}))
    command = ["train", str(recipe), "--output", str(run), "--cache", str(tmp_path / "cache")]
    command += ["--data", str(data), "--validation", str(data)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    first = subprocess.Popen([sys.executable, "-m", "app", *command], cwd=ROOT, text=True, **pipes)
    try:
        deadline_s = time.monotonic() + PATIENCE_S
        while not (run / "state.pt").is_file():
            assert first.poll() is None, first.communicate()
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
        for more in ([], ["--resume"], ["--overwrite"]):
            assert main([*command, *more]) == 2
            said = capsys.readouterr().err
            assert said.count("\n") == 1
            assert f"{run}: is being written by another run of this program" in said
        first.send_signal(signal.SIGINT)
        out, said = first.communicate(timeout=PATIENCE_S)
    finally:
        first.kill()
    assert first.returncode == 130, said
    assert "stopped and saved; go on with --resume" in out
    with (run / "metrics.csv").open(newline="") as file:
        steps = [int(row["step"]) for row in csv.DictReader(file)]
    assert len(steps) > 1
    assert steps == sorted(set(steps))
    assert (run / "last.safetensors").is_file()
