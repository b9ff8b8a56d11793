"""A run leaves files in our own folders alone, and asks nobody on the network."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

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

weights, *engines = sys.argv[1:]
for engine in engines:
    print("engine", engine)
    settings = EstimatorSettings(size=64, device="cpu", engine=engine, threads=1)
    estimate = load_estimator(weights, settings)
    estimate(Frame(0, 0.0, 0, np.zeros((48, 64, 3), np.uint8)))
time.sleep(1.0)  # reports are sent in the background
"""


def test_one_frame(tmp_path: Path, weights: str) -> None:
    engines = [name for name in ("torch", "onnxruntime", "openvino") if find_spec(name)]
    own_weights = shutil.copy(weights, tmp_path)
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
        [*(guard if tracer else []), sys.executable, "-c", RUN, own_weights, *engines],
        cwd=tmp_path,
        env=plain | own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "NETWORK" not in done.stdout, done.stdout
    assert done.stdout.split()[1::2] == engines
    if tracer:
        calls = trace.read_text().splitlines()
        assert [call for call in calls if "AF_INET" in call] == []
    files = [path.relative_to(home) for path in home.rglob("*") if path.is_file()]
    assert [path for path in files if path.parts[:2] != ("cache", "yolopose")] == []
