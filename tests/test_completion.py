"""The shell is told how a line goes on, by the real protocol of argcomplete."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("yolopose con", {"convert"}),
        ("yolopose train", {"train", "train-chooser"}),
        ("yolopose process a.mp4 --engi", {"--engine"}),
        ("yolopose live --renderer ", {"auto", "opengl", "raster"}),
        ("yolopose models ", {"list", "download"}),
    ],
)
def test_completions(line: str, offered: set[str], tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    subprocess.run([sys.executable, "-m", "app"], cwd=ROOT, env=os.environ | asked, check=True)
    found = {word.strip() for word in answer.read_text().split("\n")}
    assert offered <= found
    assert {word for word in found if word.startswith(line.split()[-1])} <= offered | {""}
