"""The report on this computer."""

import os
import platform
from importlib import metadata

import pytest
import torch

from app.__main__ import main
from app.diagnosis import tried


def test_the_report_says_what_is_true_of_this_computer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--seconds", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = {line[:13].strip(): line[14:] for line in lines}
    assert told["System"] == f"{platform.platform()}, Python {platform.python_version()}"
    assert told["Tried"] == tried("linux" if platform.system() == "Linux" else "other")
    assert told["Processor"].endswith(f", {os.cpu_count()} threads")
    assert told["PyTorch"] == f"{torch.__version__}, {torch.get_num_threads()} threads"
    assert told["GPU"].startswith("none") == (
        not (torch.cuda.is_available() or torch.backends.mps.is_available())
    )
    assert told["ONNX Runtime"] == metadata.version("onnxruntime")
    assert f"FFmpeg in PyAV {metadata.version('av')}: h264" in told["Decoders"]
    assert told["Window"].startswith(f"PyQt6 {metadata.version('PyQt6')}")
    assert told["Network"].startswith("engine ")


def test_a_system_on_which_nothing_was_tried_is_told_so() -> None:
    assert "never run on this system" in tried("win32")
    assert "never on a GPU" in tried("linux")
