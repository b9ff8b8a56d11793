"""An int8 form of an ONNX file: static, one scale a channel, ranges from real pictures."""

import logging
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from core.model.engines.runtimes import import_onnxruntime
from core.part_file import make_folder, whole_file

quantization = import_onnxruntime(".quantization")

# Parts of names of what stays in float32 in a network that refines.
_FINE = (".refinement.", ".fpn.", ".backbone.stem")


class _Pictures(quantization.CalibrationDataReader):  # type: ignore[name-defined, misc]
    def __init__(self, pictures: Iterable[NDArray[np.uint8]]) -> None:
        self._feeds: Iterator[dict[str, Any]] = ({"pictures": p[None]} for p in pictures)

    def get_next(self) -> dict[str, Any] | None:
        return next(self._feeds, None)


def write_int8(source: Path, target: Path, pictures: Iterable[NDArray[np.uint8]]) -> None:
    """Quantise a file of raw branches with the ranges seen on `pictures` (H, W, 3).

    The last convolution of every branch stays in float32: its outputs are fractions of a cell, too
    fine for 256 steps. So do, in a network that refines, the first convolution and all that leads
    from the trunk to the heatmaps: places of peaks are lost first.

    Raises OutputError.
    """
    make_folder(target.parent)
    # The library recommends its own pre-processing, which our graph does not need.
    logging.getLogger().addFilter(_no_advice)
    try:
        with warnings.catch_warnings(), whole_file(target) as part:
            warnings.simplefilter("ignore")
            quantization.quantize_static(
                str(source),
                str(part),
                _Pictures(pictures),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                # Both signed: unsigned times signed overflows on processors without VNNI.
                activation_type=quantization.QuantType.QInt8,
                weight_type=quantization.QuantType.QInt8,
                calibrate_method=quantization.CalibrationMethod.MinMax,
                nodes_to_exclude=_kept_in_float32(source),
            )
    finally:
        logging.getLogger().removeFilter(_no_advice)


def _no_advice(record: logging.LogRecord) -> bool:
    return "pre-process" not in record.getMessage()


def _kept_in_float32(source: Path) -> list[str]:
    nodes = onnx.load(source, load_external_data=False).graph.node
    ends = {name for node in nodes if node.op_type == "Identity" for name in node.input}
    fine = {node.output[0] for node in nodes if any(part in node.name for part in _FINE)}
    return [
        node.name
        for node in nodes
        if node.output[0] in ends | fine
        or (node.op_type in ("Add", "Resize") and not fine.isdisjoint(node.input))
        or (node.op_type == "Sub" and fine)
    ]
