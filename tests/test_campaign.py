"""What of the campaign runs in under a minute; its long form is `python tests/campaign`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from campaign.kills import _judged
from campaign.mutants import KINDS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, with Linux's limits")

SHARES = {
    "videos": 33,
    "images": 20,
    "tables": 16,
    "archives": 30,
    "boards": 6,
    "sleap": 4,
    "deeplabcut h5": 6,
}  # others: 12
TOGETHER = (  # in one process, which loads what they need once
    ("calibrations", "clocks", "skeletons", "boards"),
    ("cvat", "label studio", "yolo", "deeplabcut", "sleap", "lessons", "windows"),
)
ALONE = tuple((name,) for name in KINDS if not any(name in names for names in TOGETHER))
NEVER_REFUSED = ("windows",)  # what it cannot read it forgets


def test_a_child_tells_what_became_of_its_work() -> None:
    script = Path(__file__).with_name("outcomes_of_children.py")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert outcomes["good"] == ["good", ""]
    assert outcomes["refused"] == ["refused", "no"]
    parts = {
        "no sentence": "no sentence",
        "error": "ZeroDivisionError",
        "disagreement": "two counts",
        "memory": "MemoryError",
        "crash": "SIGSEGV",
        "sleep": "nothing within",
    }
    for name, part in parts.items():
        assert outcomes[name][0] == "found"
        assert part in outcomes[name][1]


def test_what_a_killed_training_left_is_judged(tmp_path: Path, weights: str) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    for folder, row in ((whole, "1"), (out, "2")):
        folder.mkdir()
        shutil.copy(weights, folder / "last.safetensors")
        (folder / "metrics.csv").write_text(row)
    assert _judged(whole, out, {"last.safetensors"}) == ""
    assert _judged(whole, out, {"last.safetensors", "metrics.csv"}).startswith("metrics.csv has")
    (out / "last.safetensors").write_bytes(b"cut")
    assert "last.safetensors" in _judged(whole, out, {"last.safetensors"})


# In a process of its own: a fork of one whose libraries run threads may hang.
RUN = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from campaign.mutants import run_kind
for name, count in json.loads(sys.argv[2]).items():
    tally = run_kind(name, count, Path(sys.argv[3]), first=1_000_000)
    print(json.dumps([name, tally.found, tally.counts]))
"""


@pytest.mark.parametrize("names", [*ALONE, *TOGETHER], ids=" ".join)
def test_damaged_files_are_read_or_refused(names: tuple[str, ...], tmp_path: Path) -> None:
    tests = Path(__file__).parent
    counts = json.dumps({name: SHARES.get(name, 12) for name in names})
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tests), counts, str(tmp_path)],
        cwd=tests.parent,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        name, found, outcomes = json.loads(line)
        assert found == {}
        assert outcomes["good"] > 0
        assert outcomes.get("refused", 0) > 0 or name in NEVER_REFUSED
