"""ONNX Runtime: the processor's default, and NVIDIA GPUs where its GPU build is installed."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.machine import core_count, return_freed_memory
from core.model.engines.engine import Branches, EngineName, Precision, paired
from core.model.engines.runtimes import import_onnxruntime

onnxruntime = import_onnxruntime()
_state = import_onnxruntime(".capi.onnxruntime_pybind11_state")
# All that ONNX Runtime raises for files and inputs that it cannot use.
ONNX_ERRORS: tuple[type[Exception], ...] = (
    UnicodeDecodeError,  # of names that are no text
    *(k for k in vars(_state).values() if isinstance(k, type) and issubclass(k, Exception)),
)


class OnnxEngine:
    """A session on an ONNX file of raw branches."""

    name: EngineName = "onnxruntime"

    def __init__(
        self, path: Path, precision: Precision, threads: int = 0, device: str = "cpu"
    ) -> None:
        self.precision = precision
        self.device = device
        self._session = open_session(path, threads, device)

    def __call__(self, pictures: NDArray[np.uint8]) -> Branches:
        """Pictures -> raw branches; see `Engine`."""
        return paired(self._session.run(None, {"pictures": pictures}))


def open_session(path: Path, threads: int = 0, device: str = "cpu") -> Any:
    """A session on any ONNX file; 0 threads are all cores. Raises ModelError."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or core_count()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Planned blocks are taken beside those of the first run: 10 MB a caller for no time.
    options.enable_mem_pattern = False
    # Threads that spin while they wait take the processor from decoder and encoder.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    if device == "cuda":
        if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
            raise ModelError(
                "device cuda: this ONNX Runtime has no CUDA; install onnxruntime-gpu "
                "or use --engine torch"
            )
        providers.insert(0, "CUDAExecutionProvider")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except ONNX_ERRORS as error:
        raise ModelError(f"{path}: is not an ONNX file that can be read") from error
    return_freed_memory()
    return session
