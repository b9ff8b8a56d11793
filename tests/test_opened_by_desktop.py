"""A file that is opened from the Finder comes as an event of the running program."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from burnt import burnt_clip

SCRIPT = Path(__file__).with_name("opened_by_desktop.py")
SPEC = find_spec("PyQt6")
LIBRARY = Path(str(SPEC and SPEC.origin)).parent / "Qt6" / "lib" / "libQt6Gui.so.6"


@pytest.mark.skipif(not LIBRARY.is_file(), reason="needs the Qt that PyQt6 brings on Linux")
def test_a_file_that_the_desktop_opens_is_shown(tmp_path: Path) -> None:
    clip = burnt_clip(tmp_path / "Übung 1.mp4", 5)
    folders = {name: str(tmp_path / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    environment = os.environ | folders | {"QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(clip)],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=120,
    )
    assert done.stdout.splitlines() == [str(clip)], done.stderr
    assert done.returncode == 0


def test_other_events_are_left_to_qt() -> None:
    code = (
        "from PyQt6.QtCore import QEvent\n"
        "from ui.window.application import Application\n"
        "made = Application(['x'])\n"
        "made.show_files_with(print)\n"
        "print(Application.sendEvent(made, QEvent(QEvent.Type.LanguageChange)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=SCRIPT.parents[1],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
