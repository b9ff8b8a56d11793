"""The running network as an ONNX graph, node for node."""

import operator
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from onnx import TensorProto
from torch import fx, nn
from torch.nn.functional import interpolate

from core.model.onnx_graph import OnnxGraph

_TRACING = threading.Lock()  # torch.fx patches modules for all threads while it traces one


def trace(network: nn.Module, graph: OnnxGraph, *inputs: str) -> list[str]:
    """Append the network's nodes; returns the names of its outputs."""
    with _TRACING:
        traced = fx.symbolic_trace(network.eval().float().cpu())
    values: dict[fx.Node, Any] = {}
    names = iter(inputs)
    for node in traced.graph.nodes:
        arguments = fx.map_arg(node.args, values.__getitem__)
        if node.op == "placeholder":
            values[node] = next(names, "")  # what a module can do without
        elif node.op == "output":
            return list(arguments[0])
        elif node.op == "get_attr":
            owner, _, own = node.target.rpartition(".")
            constant = getattr(traced.get_submodule(owner), own)
            values[node] = graph.constant(constant.detach().numpy(), node.name)
        elif node.op == "call_module":
            layer = traced.get_submodule(node.target)
            if isinstance(layer, nn.ZeroPad2d):  # the convolution after it pads by itself
                values[node] = _Padded(arguments[0], tuple(layer.padding))
            else:
                values[node] = _module(graph, layer, arguments[0], node.target)
        else:
            values[node] = _CALLS[node.target](graph, node.name, *arguments, **node.kwargs)
    raise AssertionError("a traced network has an output")


class _Padded(NamedTuple):
    """A map with zeros around it that no node has laid there yet."""

    value: str
    padding: tuple[int, ...]  # left, right, top, bottom


def _module(graph: OnnxGraph, layer: nn.Module, x: str | _Padded, name: str) -> str:
    if isinstance(x, _Padded):
        assert isinstance(layer, nn.Conv2d), f"{name}: only convolutions read padded maps"
        return _convolution(graph, layer, x, name)
    match layer:
        case nn.Conv2d():
            down, right = (int(pad) for pad in layer.padding)
            return _convolution(graph, layer, _Padded(x, (right, right, down, down)), name)
        case nn.SiLU():
            return graph.add("Mul", [x, graph.add("Sigmoid", [x], f"{name}.sigmoid")], name)
        case nn.ReLU6():
            low, high = (
                graph.constant(np.array(limit, np.float32), f"{name}.limit") for limit in (0, 6)
            )
            return graph.add("Clip", [x, low, high], name)
        case nn.ReLU():
            return graph.add("Relu", [x], name)
        case nn.MaxPool2d():
            size, pad = layer.kernel_size, layer.padding
            return graph.add("MaxPool", [x], name, kernel_shape=[size] * 2, pads=[pad] * 4)
        case nn.AvgPool2d():
            size = layer.kernel_size
            return graph.add("AveragePool", [x], name, kernel_shape=[size] * 2, strides=[size] * 2)
        case nn.ConstantPad2d():
            left, right, top, bottom = layer.padding
            pads = graph.integers(0, 0, top, left, 0, 0, bottom, right)
            value = graph.constant(np.array(layer.value, np.float32), f"{name}.value")
            return graph.add("Pad", [x, pads, value], name)
        case nn.Linear():
            turned = graph.constant(layer.weight.detach().numpy().T, f"{name}.weight")
            bias = graph.constant(layer.bias.detach().numpy(), f"{name}.bias")
            return graph.add(
                "Add", [graph.add("MatMul", [x, turned], f"{name}.product"), bias], name
            )
        case nn.LayerNorm():
            weights = [
                graph.constant(tensor.detach().numpy(), f"{name}.{kind}")
                for kind, tensor in (("weight", layer.weight), ("bias", layer.bias))
            ]
            return graph.add(
                "LayerNormalization", [x, *weights], name, axis=-1, epsilon=float(layer.eps)
            )
        case nn.Identity():
            return x
        case _:
            raise AssertionError(f"{name}: no ONNX operation is known for {type(layer).__name__}")


def _convolution(graph: OnnxGraph, layer: nn.Conv2d, x: _Padded, name: str) -> str:
    weights = [
        graph.constant(tensor.detach().numpy(), f"{name}.{kind}")
        for kind, tensor in (("weight", layer.weight), ("bias", layer.bias))
        if tensor is not None
    ]
    left, right, top, bottom = x.padding
    return graph.add(
        "Conv",
        [x.value, *weights],
        name,
        kernel_shape=list(layer.kernel_size),
        strides=list(layer.stride),
        pads=[top, left, bottom, right],
        group=layer.groups,
    )


def _cast(kind: int) -> Callable[..., str]:
    return lambda graph, name, x, *_: graph.add("Cast", [x], name, to=kind)


def _permute(graph: OnnxGraph, name: str, x: str, *axes: int) -> str:
    return graph.add("Transpose", [x], name, perm=list(axes))


def _concat(graph: OnnxGraph, name: str, values: list[str], axis: int) -> str:
    return graph.add("Concat", list(values), name, axis=axis)


def _double(graph: OnnxGraph, name: str, x: str, *, mode: str, **_: object) -> str:
    scales = graph.constant(np.array([1, 1, 2, 2], np.float32), f"{name}.scales")
    if mode == "bilinear":
        return graph.add("Resize", [x, "", scales], name, mode="linear")
    return graph.add(
        "Resize",
        [x, "", scales],
        name,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def _pairwise(operation: str) -> Callable[..., str]:
    def add(graph: OnnxGraph, name: str, *both: str | float) -> str:
        values = [value if isinstance(value, str) else _number(graph, value) for value in both]
        return graph.add(operation, values, name)

    return add


def _number(graph: OnnxGraph, value: float) -> str:
    """A Python number as PyTorch takes it: a whole one goes with whole numbers."""
    return graph.constant(np.array(value, np.int64 if isinstance(value, int) else np.float32), "x")


def _each(operation: str) -> Callable[..., str]:
    return lambda graph, name, x: graph.add(operation, [x], name)


def _reduced(operation: str) -> Callable[..., str]:
    def add(graph: OnnxGraph, name: str, x: str, axis: int, keepdim: bool = False) -> str:
        return graph.add(operation, [x, graph.integers(axis)], name, keepdims=int(keepdim))

    return add


def _softmax(graph: OnnxGraph, name: str, x: str, axis: int) -> str:
    return graph.add("Softmax", [x], name, axis=axis)


def _reshape(graph: OnnxGraph, name: str, x: str, *shape: int) -> str:
    return graph.add("Reshape", [x, graph.integers(*shape)], name)


def _top(graph: OnnxGraph, name: str, x: str, count: int, axis: int) -> list[str]:
    inputs = [x, graph.integers(count)]
    return graph.add_several("TopK", inputs, (name, f"{name}.index"), axis=axis)


def _along(operation: str) -> Callable[..., str]:
    return lambda graph, name, x, axis, index: graph.add(operation, [x, index], name, axis=axis)


def _unsqueeze(graph: OnnxGraph, name: str, x: str, axis: int) -> str:
    return graph.add("Unsqueeze", [x, graph.integers(axis)], name)


def _narrow(graph: OnnxGraph, name: str, x: str, axis: int, start: int, length: int) -> str:
    limits = [graph.integers(number) for number in (start, start + length, axis)]
    return graph.add("Slice", [x, *limits], name)


def _clamp(graph: OnnxGraph, name: str, x: str, **limits: float) -> str:
    """`min`, or `min` and then `max`."""
    return graph.add("Clip", [x, *(_number(graph, limit) for limit in limits.values())], name)


_CALLS: dict[Any, Callable[..., Any]] = {
    operator.add: _pairwise("Add"),
    operator.sub: _pairwise("Sub"),
    operator.mul: _pairwise("Mul"),
    operator.truediv: _pairwise("Div"),
    operator.mod: _pairwise("Mod"),
    operator.floordiv: _pairwise("Div"),  # of whole numbers that are not negative
    operator.gt: _pairwise("Greater"),
    operator.ge: _pairwise("GreaterOrEqual"),
    operator.lt: _pairwise("Less"),
    operator.le: _pairwise("LessOrEqual"),
    operator.and_: _pairwise("And"),
    operator.or_: _pairwise("Or"),
    torch.matmul: _pairwise("MatMul"),
    torch.minimum: _pairwise("Min"),
    torch.where: _pairwise("Where"),
    torch.softmax: _softmax,
    torch.topk: _top,
    torch.gather: _along("GatherElements"),
    torch.index_select: _along("Gather"),
    "exp": _each("Exp"),
    "log": _each("Log"),
    "sqrt": _each("Sqrt"),
    "floor": _each("Floor"),
    "sigmoid": _each("Sigmoid"),
    "reshape": _reshape,
    "sum": _reduced("ReduceSum"),
    "amax": _reduced("ReduceMax"),
    "unsqueeze": _unsqueeze,
    "narrow": _narrow,
    "clamp": _clamp,
    operator.getitem: lambda graph, name, values, index: values[index],
    torch.cat: _concat,
    interpolate: _double,
    "permute": _permute,
    "to": _cast(TensorProto.FLOAT),
    "float": _cast(TensorProto.FLOAT),
    "long": _cast(TensorProto.INT64),
}
