"""OpenVINO: the fastest for bfloat16 on processors that compute in it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.machine import core_count
from core.model.engines.engine import Branches, EngineName, Precision, paired
from core.model.engines.runtimes import import_openvino
from core.model.engines.signal_stack import own_signal_stack

openvino = import_openvino()


class OpenVinoEngine:
    """The ONNX file of raw branches, compiled for each shape of pictures that comes."""

    name: EngineName = "openvino"
    device = "cpu"

    def __init__(self, path: Path, precision: Precision, threads: int = 0) -> None:
        self.precision = precision
        self._core = openvino.Core()
        self._model = self._core.read_model(str(path))
        self._options = {
            "INFERENCE_NUM_THREADS": core_count(),
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
            # As many pictures at once as there are callers with so many threads each.
            "NUM_STREAMS": max(1, core_count() // threads) if threads else 1,
            "ENABLE_CPU_PINNING": False,  # other stages share the cores
        }
        self._compiled: dict[tuple[int, ...], Any] = {}

    def __call__(self, pictures: NDArray[np.uint8]) -> Branches:
        """Pictures -> raw branches; see `Engine`."""
        compiled = self._compiled.get(pictures.shape) or self._compile(pictures.shape)
        results = compiled.create_infer_request().infer([pictures], share_inputs=True)
        return paired([results[index] for index in range(len(compiled.outputs))])

    def _compile(self, shape: tuple[int, ...]) -> Any:
        model = self._model.clone()
        model.reshape(list(shape))
        with own_signal_stack():
            compiled = self._core.compile_model(model, "CPU", self._options)
        return self._compiled.setdefault(shape, compiled)  # another thread may have been first


def computes_bfloat16() -> bool:
    """Whether this processor has instructions for bfloat16."""
    with own_signal_stack():
        return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
