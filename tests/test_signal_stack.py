"""A library that computes does not decide where signals are handled."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.model.checkpoint import find_weights
from core.model.onnx_store import make_onnx

ROOT = Path(__file__).resolve().parents[1]
# The network is made in the main thread, which handles Ctrl-C, and freed in another.
_PROGRAM = """
import signal, sys
from pathlib import Path
from threading import Thread
import numpy as np
from core.model.engines.openvino_engine import OpenVinoEngine, computes_bfloat16

computes_bfloat16()
engines = [OpenVinoEngine(Path(sys.argv[1]), "float32")]
engines[0](np.zeros((1, 64, 64, 3), np.uint8))
freeing = Thread(target=engines.clear)
freeing.start()
freeing.join()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a thread where it handles signals")
def test_ctrl_c_is_heard_once_a_network_of_openvino_is_gone() -> None:
    pytest.importorskip("openvino")
    command = [sys.executable, "-c", _PROGRAM, str(make_onnx(find_weights(None)))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert (done.returncode, done.stdout) == (0, "stopped\n"), done.stderr
