"""An ONNX graph as it grows: nodes, and constants that are stored once."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

OPSET = 18
IR_VERSION = 9  # of onnx 1.15: older runtimes read it as well


class OnnxGraph:
    """Collects nodes and constants. Names of values are those of the layers that made them."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._names: set[str] = set()
        self._stored: dict[tuple[str, str, tuple[int, ...], bytes], str] = {}

    def add(self, operation: str, inputs: list[str], name: str, **attributes: Any) -> str:
        """Append a node with one output; returns the name of that."""
        output = self._unused(name)
        self.nodes.append(helper.make_node(operation, inputs, [output], output, **attributes))
        return output

    def add_several(
        self, operation: str, inputs: list[str], names: tuple[str, ...], **attributes: Any
    ) -> list[str]:
        """Append a node with several outputs; returns their names."""
        outputs = [self._unused(name) for name in names]
        self.nodes.append(helper.make_node(operation, inputs, outputs, outputs[0], **attributes))
        return outputs

    def constant(self, array: NDArray[Any], name: str) -> str:
        """Store an array; returns its name. A network that is traced twice has its weights once."""
        content = (name, str(array.dtype), array.shape, array.tobytes())
        if content not in self._stored:
            self._stored[content] = stored = self._unused(name)
            self.constants.append(numpy_helper.from_array(array.copy(order="C"), stored))
        return self._stored[content]

    def integers(self, *numbers: int) -> str:
        """Store a list of whole numbers; returns its name."""
        return self.constant(np.array(numbers, np.int64), "numbers")

    def number(self, number: float) -> str:
        """Store one number as a list; returns its name."""
        return self.constant(np.array([number], np.float32), "number")

    def split(self, value: str, sizes: list[int], name: str, axis: int = 1) -> list[str]:
        """Append nodes that part a value along an axis; returns the parts' names."""
        ends = np.cumsum(sizes).tolist()
        return [
            self.add(
                "Slice",
                [value, *(self.integers(number) for number in (end - size, end, axis))],
                f"{name}_{index}",
            )
            for index, (size, end) in enumerate(zip(sizes, ends, strict=True))
        ]

    def _unused(self, name: str) -> str:
        unused, number = name, 1
        while unused in self._names:
            unused, number = f"{name}.{number}", number + 1
        self._names.add(unused)
        return unused
