"""The wheel, installed beside another package called `trackers`, is one package."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from random_weights import write_random_weights
from tiny_video import corners, write_video

from hatch_build import copy_inside, moved

ROOT = Path(__file__).parent.parent


def test_imports_of_our_packages_are_moved_and_nothing_else() -> None:
    source = (
        "import app.live.engine as engine\n"
        "from core.types import Frame\n"
        "from coreutils import core\n"
        "ä = 1; from trackers import motion\n"
        "if ä:\n"
        "    import os, ui.look.theme as theme\n"
        'TEXT = "from core import nothing; `python -m app demo`, `python -m app.x`"\n'
    )
    assert moved(source) == (
        "import yolopose.app.live.engine as engine\n"
        "from yolopose.core.types import Frame\n"
        "from coreutils import core\n"
        "ä = 1; from yolopose.trackers import motion\n"
        "if ä:\n"
        "    import os, yolopose.ui.look.theme as theme\n"
        'TEXT = "from core import nothing; `yolopose demo`, `python -m app.x`"\n'
    )
    with pytest.raises(ValueError, match="import core"):
        moved("import core.types\n")


def test_the_manuals_inside_name_the_installed_command(tmp_path: Path) -> None:
    pages = {path.name: path.read_text() for path in copy_inside(ROOT, tmp_path).glob("docs/*.md")}
    assert "`yolopose doctor` reports" in pages["window.md"]
    assert "/.venv/bin/yolopose live rtsp://" in pages["live.md"]
    assert [name for name, text in pages.items() if "python -m app " in text] == []


@pytest.mark.slow
def test_the_program_lives_beside_another_package_called_trackers(
    tmp_path: Path,
) -> None:
    weights = write_random_weights(tmp_path / "weights.safetensors")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    python = next((tmp_path / "venv").glob("[bS]*/python*"))
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-c", asked], text=True).strip())
    install = ["-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps"]
    subprocess.run([sys.executable, *install, str(wheel)], check=True, capture_output=True)
    (command,) = python.parent.glob("yolopose*")
    assert {path.name for path in site.iterdir() if not path.name.endswith("dist-info")} == {
        "yolopose"
    }
    (site / "trackers.py").write_text("NAME = 'of another maker'\n")
    # What it needs is found in the tests' own environment, behind its own.
    (site / "others.pth").write_text(
        f"import sys; sys.path.append({sysconfig.get_path('purelib')!r})\n"
    )
    clip = write_video(tmp_path / "clip.mp4", [corners(seed=i) for i in range(3)])
    more = ["--model", str(weights), "--output", str(tmp_path / "out"), "--workers", "2"]
    other = write_video(tmp_path / "other.mp4", [corners(seed=i) for i in range(3)])

    def run(*words: str | Path) -> str:
        environment = os.environ | {"PYTHONPATH": ""}
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(command, "process", str(clip), str(other), "--set", "estimator.size=128", *more)
    assert (tmp_path / "out" / "clip.csv").is_file()
    program = (
        "import sys, trackers, yolopose; from yolopose import PoseTracker, load_estimator\n"
        "ours = {name.split('.')[0] for name in sys.modules} & {'app', 'core', 'ui', 'configs'}\n"
        "print(trackers.NAME, PoseTracker.__module__, sorted(ours))"
    )
    assert run(python, "-m", "yolopose", "--version").startswith("yolopose ")
    assert (
        run(python, "-c", program).strip() == "of another maker yolopose.trackers.pose_tracker []"
    )
