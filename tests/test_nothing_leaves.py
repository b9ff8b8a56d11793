"""A run leaves files in our own folders alone, and asks nobody on the network."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from random_weights import write_random_weights

ROOT = Path(__file__).resolve().parents[1]

RUN = """
import socket, sys, time

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print("NETWORK", event, arguments)

sys.addaudithook(refuse)
import numpy as np
from core.model.estimator import load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.types import Frame

settings = EstimatorSettings(size=64, device="cpu", engine=sys.argv[1], threads=1)
estimate = load_estimator(sys.argv[2], settings)
estimate(Frame(0, 0.0, 0, np.zeros((48, 64, 3), np.uint8)))
time.sleep(1.0)  # reports are sent in the background
"""


@pytest.mark.parametrize("engine", ["torch", "onnxruntime", "openvino"])
def test_one_frame(tmp_path, engine) -> None:
    if find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    weights = write_random_weights(tmp_path / "random.safetensors")
    home = tmp_path / "home"
    home.mkdir()
    own = {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(home),
        "PYTHONPATH": str(ROOT),
    }
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        own[f"XDG_{name}_HOME"] = str(home / name.lower())
    own["LOCALAPPDATA"] = own["APPDATA"] = str(home / "cache")
    trace = tmp_path / "trace"
    tracer = shutil.which("strace")
    guard = [tracer, "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect", "-o", str(trace)]
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ORT_"))}
    done = subprocess.run(
        [*(guard if tracer else []), sys.executable, "-c", RUN, engine, str(weights)],
        cwd=tmp_path,
        env=plain | own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "NETWORK" not in done.stdout
    if tracer:
        calls = trace.read_text().splitlines()
        assert [call for call in calls if "AF_INET" in call] == []
    files = [path.relative_to(home) for path in home.rglob("*") if path.is_file()]
    assert [path for path in files if path.parts[:2] != ("cache", "yolopose")] == []
