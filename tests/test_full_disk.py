"""A full disk is one sentence for every writer, and nothing that is cut has a final name."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.tracks.formats.registry import WITHOUT_SCALE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sets Linux's limits")
OF_SMALL_FILES = "openpose"  # a file a frame: all fit


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What every writer said and left, by name."""
    script = Path(__file__).with_name("writers_on_small_disk.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path_factory.mktemp("disk"))],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("name", [*WITHOUT_SCALE, "table", "cache", "unpack", "pack"])
def test_every_writer(results: dict[str, dict[str, Any]], name: str) -> None:
    told = results[name]
    if name == OF_SMALL_FILES:
        assert told["said"] == ""
        assert told["whole"]
        return
    assert told["said"].startswith(("OutputError: ", "DatasetError: "))
    assert "cannot be written" in told["said"]
    assert told["whole"] == []


def test_the_reason_is_told(results: dict[str, dict[str, Any]]) -> None:
    assert "File too large" in results["table"]["said"]
