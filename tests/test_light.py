"""What most people do needs no torch: it is neither loaded nor missed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_video import corners, write_video

ROOT = Path(__file__).resolve().parents[1]

# A finder in front of all others, for which torch is not installed.
WITHOUT_TORCH = """
import importlib.util, sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name="torch")

sys.meta_path.insert(0, NoTorch())
there = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "torch" else there(name, *more)
"""
COMMAND = """
from app.__main__ import main
code = main(sys.argv[1:])
print("torch" in sys.modules)
sys.exit(code)
"""
START = """
from app.bench.start import look
import json, time
print(json.dumps(look(sys.argv[1], time.time())))
"""


def without_torch(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH + code, *words],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip


def test_a_clip_is_processed(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.mp4", [corners(seed=i) for i in range(3)])
    done = without_torch(
        COMMAND, "process", str(clip), "--output", str(tmp_path / "out"), "--video"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "False"
    assert (tmp_path / "out" / "clip.csv").is_file()
    assert (tmp_path / "out" / "clip.mp4").is_file()


def test_the_window_finds_people() -> None:
    done = without_torch(START, "window")
    assert done.returncode == 0, done.stderr
    marks = json.loads(done.stdout.splitlines()[-1])
    assert list(marks) == ["window is there", "window shows people"]
    assert all(mark["torch_loaded"] == 0 for mark in marks.values())


def test_torch_is_not_loaded_where_it_is_installed(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.mp4", [corners(seed=i) for i in range(3)])
    words = ["process", str(clip), "--output", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", "import sys" + COMMAND, *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    "words",
    [
        ["train", "configs/train/mobile.yaml", "--data", "people.json"],
        ["import-weights", "weights.pt"],
        ["export", "--people", "--output", "out"],
    ],
    ids=lambda words: words[0],
)
def test_what_needs_it_says_how_to_get_it(words: list[str]) -> None:
    done = without_torch(COMMAND, *words)
    assert done.returncode == 2
    (sentence,) = done.stderr.splitlines()
    assert "needs PyTorch" in sentence
    assert "pip install 'yolopose[train]'" in sentence
