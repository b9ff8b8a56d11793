"""A process whose threads are still in a library when it ends does not abort."""

import subprocess
import sys
from pathlib import Path

import onnxruntime

ROOT = Path(__file__).resolve().parents[1]
GRAPH = Path(onnxruntime.__file__).parent / "datasets" / "mul_1.onnx"
# A thread goes in and out of ONNX Runtime, whose way back to Python ends the process where Python
# has ended meanwhile.
_PROGRAM = f"""
import sys
import numpy as np
import onnxruntime
from core.run.background import background, end_of_process, wait_for_threads

session = onnxruntime.InferenceSession({str(GRAPH)!r})

def work():
    while True:
        session.run(None, {{"X": np.zeros((3, 2), np.float32)}})
        yield 1

steps = background(work())
assert next(iter(steps)) == 1
print("shown", end="")
if sys.argv[1] == "closed":
    steps.close(discard=True)
    wait_for_threads(60)
sys.exit(end_of_process(7))
"""


def code_of(*words: str) -> int:
    command = [sys.executable, "-c", _PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert (done.stdout, done.stderr) == ("shown", "")
    return done.returncode


def test_it_ends_at_once_with_its_code_and_what_it_printed() -> None:
    assert code_of("open") == 7


def test_python_ends_it_where_nothing_works_any_more() -> None:
    assert code_of("closed") == 7
