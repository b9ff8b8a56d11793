"""The only place that imports the runtimes of other makers, without their reports of usage.

ONNX Runtime sends usage data from 1.29 on unless told otherwise before it is imported. OpenVINO
does so through a package of its own, and has a stand-in where that one is not installed.
"""

import importlib
import os
import sys
from importlib.util import find_spec
from typing import Any

from core.errors import ModelError


def import_onnxruntime(part: str = "") -> Any:
    """The package `onnxruntime`, or a part of it such as `.quantization`."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return importlib.import_module(f"onnxruntime{part}")


def import_openvino() -> Any:
    """The package `openvino`."""
    if "openvino" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # as if not installed
    return importlib.import_module("openvino")


def check_torch(what: str) -> None:
    """Raises ModelError where PyTorch is not installed; `what` is what needs it, in words."""
    if find_spec("torch") is None:
        raise ModelError(f"{what} needs PyTorch, which is not installed: `pip install torch`")
