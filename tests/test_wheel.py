"""The wheel, installed beside another package called `trackers`, is one package."""

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheel; what else it needs is found in that of the tests."""

    python: Path
    site: Path

    def install(self, *what: str) -> subprocess.CompletedProcess[str]:
        """By pip, without what they ask for."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--no-deps"]
        return subprocess.run([*pip, *what], capture_output=True, text=True)

    def run(self, *words: str | Path) -> str:
        """What a command prints; it must succeed."""
        environment = os.environ | {"PYTHONPATH": ""}
        done = subprocess.run(words, cwd=self.site, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    python = next(folder.glob("[bS]*/python*"))
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-c", asked], text=True).strip())
    made = Installed(python, site)
    assert made.install("--no-index", str(wheel)).returncode == 0
    assert {path.name for path in site.iterdir() if not path.name.endswith("dist-info")} == {
        "yolopose"
    }
    (site / "others.pth").write_text(
        f"import sys; sys.path.append({sysconfig.get_path('purelib')!r})\n"
    )
    return made


PROGRAM = (
    "import sys, trackers, yolopose; from yolopose import PoseTracker, load_estimator\n"
    "ours = {name.split('.')[0] for name in sys.modules} & {'app', 'core', 'ui', 'configs'}\n"
    "print(trackers.NAME, PoseTracker.__module__, sorted(ours))"
)


@pytest.mark.slow
def test_the_program_lives_beside_another_package_called_trackers(
    tmp_path: Path, installed: Installed
) -> None:
    weights = write_random_weights(tmp_path / "weights.safetensors")
    (command,) = installed.python.parent.glob("yolopose*")
    theirs = installed.site / "trackers.py"
    theirs.write_text("NAME = 'of another maker'\n")
    clip = write_video(tmp_path / "clip.mp4", [corners(seed=i) for i in range(3)])
    more = ["--model", str(weights), "--output", str(tmp_path / "out"), "--workers", "2"]
    other = write_video(tmp_path / "other.mp4", [corners(seed=i) for i in range(3)])
    installed.run(command, "process", str(clip), str(other), "--set", "estimator.size=128", *more)
    assert (tmp_path / "out" / "clip.csv").is_file()
    assert installed.run(installed.python, "-m", "yolopose", "--version").startswith("yolopose ")
    said = installed.run(installed.python, "-c", PROGRAM).strip()
    assert said == "of another maker yolopose.trackers.pose_tracker []"
    theirs.unlink()


@pytest.mark.slow
def test_the_program_lives_beside_roboflows_trackers(tmp_path: Path, installed: Installed) -> None:
    done = installed.install("trackers==2.6.1", "supervision", "pydeprecate", "defusedxml")
    if done.returncode:
        pytest.skip(f"the package index cannot be asked: {done.stderr[-200:]}")
    (command,) = installed.python.parent.glob("yolopose*")
    program = PROGRAM.replace("trackers.NAME", "trackers.ByteTrackTracker.__module__")
    said = installed.run(installed.python, "-c", program).strip()
    assert said == "trackers.core.bytetrack.tracker yolopose.trackers.pose_tracker []"
    out = tmp_path / "demo"
    said = installed.run(command, "demo", "--output", out, "--set", "estimator.size=128")
    assert "against the truth: " in said
    assert (out / "sample.csv").is_file()
