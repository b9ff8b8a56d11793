"""Without a display the program says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.display import check_display
from core.errors import UserError

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have a desktop")
@pytest.mark.parametrize("words", [[], ["live", "app/sample/sample.mp4"]])
def test_the_program_says_what_runs_without_a_window(words: list[str]) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no display for the window")
    assert len(done.stderr.splitlines()) == 1
    assert "--no-window" in done.stderr


def test_any_kind_of_display_will_do() -> None:
    check_display({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    check_display({"QT_QPA_PLATFORM": "offscreen"}, "linux")
    check_display({}, "darwin")
    with pytest.raises(UserError, match="no display"):
        check_display({"DISPLAY": ""}, "linux")
