"""What this computer has, what is really used, how fast it is, and what would make it faster."""

import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec

import av
import numpy as np

from app.settings import AppSettings
from core.errors import ModelError
from core.model.estimator import load_estimator
from core.types import Frame
from core.video.camera import can_capture_screen, linux_cameras

TEST_S = 10.0
TEST_SIZE = (1280, 720)


def diagnose(settings: AppSettings, seconds: float = TEST_S) -> Iterator[str]:
    """The report, line by line as it becomes known."""
    yield f"System        {platform.platform()}, Python {platform.python_version()}"
    yield f"Tried         {tried(sys.platform)}"
    yield f"Processor     {processor_name()}, {os.cpu_count()} threads"
    yield from _accelerators()
    yield from _cameras()
    yield f"Decoders      FFmpeg in PyAV {metadata.version('av')}: {', '.join(_decoders())}"
    yield f"Window        {_window()}"
    yield from _network(settings, seconds)


def tried(system: str) -> str:
    """What the program's tests ran on, for the system of that name."""
    if system == "linux":
        return "the program's tests ran on Linux, on processors; never on a GPU"
    return "the program was never run on this system, only on Linux; please report what fails"


def processor_name() -> str:
    """As the system calls it."""
    if sys.platform == "linux":
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _accelerators() -> Iterator[str]:
    if find_spec("torch") is None:
        yield "PyTorch       not installed; training and GPUs need it: `pip install torch`"
    else:
        yield from _torch()
    for name, package in (("OpenVINO", "openvino"), ("ONNX Runtime", "onnxruntime")):
        if find_spec(package) is None:
            yield f"{name:<14}not installed; `pip install {package}` can speed up a processor"
        else:
            yield f"{name:<14}{metadata.version(package)}"


def _torch() -> Iterator[str]:
    import torch

    yield f"PyTorch       {torch.__version__}, {torch.get_num_threads()} threads"
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            yield f"GPU           {torch.cuda.get_device_name(number)} (CUDA {torch.version.cuda})"
    elif torch.backends.mps.is_available():
        yield "GPU           Apple (Metal)"
    else:
        yield "GPU           none that PyTorch can use; the processor does all the work"


def _cameras() -> Iterator[str]:
    if sys.platform != "linux":
        yield "Cameras       listed in the window"
    else:
        cameras = linux_cameras()
        for camera in cameras:
            yield f"Camera        {camera.name} ({camera.device}, {camera.stable_id})"
        if not cameras:
            yield "Cameras       none found"
    screen = can_capture_screen(os.environ.get("DISPLAY", ""))
    yield f"Screen        {'can be captured' if screen else 'cannot be captured here'}"


def _decoders() -> list[str]:
    wanted = ("h264", "hevc", "vp9", "av1", "libdav1d", "mjpeg", "mpeg4", "prores")
    return [name for name in wanted if name in av.codecs_available]


def _window() -> str:
    if find_spec("PyQt6") is None:
        return "PyQt6 is not installed; `pip install pyqt6 pyqtgraph` gives the window"
    from PyQt6.QtCore import QLoggingCategory

    # Missing sound and video acceleration libraries do not matter for a list of cameras.
    QLoggingCategory.setFilterRules("qt.multimedia.*=false")
    try:
        from PyQt6 import QtMultimedia
    except ImportError as error:
        return f"PyQt6 {metadata.version('PyQt6')}; cameras without Qt's names ({error})"
    return f"PyQt6 {metadata.version('PyQt6')}, cameras by {QtMultimedia.__name__}"


def _network(settings: AppSettings, seconds: float) -> Iterator[str]:
    started = time.perf_counter()
    try:
        estimator = load_estimator(settings.weights, settings.estimator)
    except ModelError as error:
        yield f"Network       {error}"
        return
    loaded_ms = 1e3 * (time.perf_counter() - started)
    yield f"Network       {estimator.how}, ready in {loaded_ms:.0f} ms"
    if seconds <= 0:
        return
    rgb = np.random.default_rng(0).integers(0, 255, (*TEST_SIZE[::-1], 3), np.uint8)
    times_ms: list[float] = []
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline or len(times_ms) < 2:
        started = time.perf_counter()
        estimator(Frame(len(times_ms), 0.0, time.monotonic_ns(), rgb))
        times_ms.append(1e3 * (time.perf_counter() - started))
    middle = float(np.median(times_ms[1:]))
    late = float(np.percentile(times_ms[1:], 95))
    size = f"{TEST_SIZE[0]}x{TEST_SIZE[1]} px, input {settings.estimator.size} px"
    yield (
        f"Speed         {1e3 / middle:.1f} frames a second: median {middle:.1f} ms, "
        f"p95 {late:.1f} ms, {size}, {len(times_ms)} frames"
    )
