"""The names for Python programs, and the example of the README."""

import doctest
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import core.geometry
import core.skeleton
import yolopose
from app.bundled import SAMPLE
from core.errors import UserError
from core.skeleton import COCO_17
from core.tracks.csv_long import csv_header

ROOT = Path(__file__).parent.parent


def test_every_name_is_there_and_says_what_it_is() -> None:
    for name in yolopose.__all__:
        thing = getattr(yolopose, name)
        assert name == "COCO_17" or thing.__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = yolopose.nothing
    assert set(yolopose.__all__) <= set(dir(yolopose))


def test_paths_may_be_texts_and_texts_paths(tmp_path: Path) -> None:
    clip, path = SAMPLE / "sample.mp4", tmp_path / "one.csv"
    first = next(yolopose.read_frames(clip))
    assert (first.rgb == next(yolopose.read_frames(str(clip))).rgb).all()
    path.write_text(f"{csv_header(COCO_17)}\n0,0.0{',' * 57}\n", encoding="utf-8")
    assert len(yolopose.read_track_csv(str(path))) == len(yolopose.read_track_csv(path)) == 1


def test_importing_it_loads_neither_torch_nor_qt() -> None:
    program = "import sys, yolopose; print({'torch', 'PyQt6', 'core'} & set(sys.modules))"
    done = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True)
    assert done.strip() == "set()"


def test_the_example_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "clip.mp4").symlink_to(SAMPLE / "sample.mp4")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {})
    assert "[1 2 3 4]" in capsys.readouterr().out
    assert (tmp_path / "clip.csv").is_file()
    assert list(tmp_path.glob("clip*.json"))


@pytest.mark.parametrize("module", [core.skeleton, core.geometry])
def test_examples_in_docstrings_are_true(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_an_unknown_format_is_named(tmp_path: Path) -> None:
    header = csv_header(COCO_17)
    (tmp_path / "one.csv").write_text(f"{header}\n0,0.0{',' * (header.count(',') - 1)}\n")
    table = yolopose.read_track_csv(tmp_path / "one.csv")
    with pytest.raises(UserError, match="bvhh: unknown format; known are c3d"):
        yolopose.write_as(table, "bvhh", tmp_path, "clip")
