"""ONNX files of a network, with its settings inside."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, helper

from core.model.candidates import CANDIDATES, Features
from core.model.network import PoseNetwork
from core.model.onnx_graph import IR_VERSION, OPSET, OnnxGraph
from core.model.onnx_trace import trace
from core.model.rewrite import RunningNetwork
from core.model.settings import BOX_VALUES, ModelSettings
from core.part_file import whole_file
from core.settings import as_dict

Shape = Sequence[int | str]


def write_branches(path: Path, network: PoseNetwork, facts: Mapping[str, str]) -> None:
    """Write the network from pictures (B, H, W, 3) uint8 to its raw branches, any B, H, W.

    The branches are called box0, keypoints0, box1 ... from the finest level on; networks that
    refine have heatmaps and shifts after them. Takes the network over. `facts` are stored with
    the network's settings in the file's metadata.
    """
    settings = network.settings
    graph = OnnxGraph()
    outputs: dict[str, Shape] = {}
    flat = trace(RunningNetwork(network), graph, "pictures")
    levels = 2 * len(settings.strides)
    for index, value in enumerate(flat[:levels]):
        kind = "keypoints" if index % 2 else "box"
        level = index // 2
        graph.nodes.append(helper.make_node("Identity", [value], [f"{kind}{level}"]))
        values = 3 * settings.keypoints if index % 2 else BOX_VALUES
        channels = len(settings.anchors[level]) * values
        outputs[f"{kind}{level}"] = ["batch", channels, f"height{level}", f"width{level}"]
    for name, value, channels in zip(
        ("heatmaps", "shifts"),
        flat[levels:],
        (settings.keypoints, 4 * settings.keypoints),
        strict=False,
    ):
        graph.nodes.append(helper.make_node("Identity", [value], [name]))
        outputs[name] = ["batch", channels, "fine_height", "fine_width"]
    pictures = described_pictures(["batch", "height", "width", 3])
    save_graph(path, graph, pictures, outputs, settings, facts)


def write_chooser(path: Path, network: PoseNetwork, facts: Mapping[str, str]) -> None:
    """Write the network's chooser from `Features`, each by its name, to `keypoints` and `right`."""
    assert network.chooser is not None
    joints = network.settings.keypoints
    graph = OnnxGraph()
    flat = trace(network.chooser, graph, *Features._fields)
    for value, name in zip(flat, ("keypoints", "right"), strict=True):
        graph.nodes.append(helper.make_node("Identity", [value], [name]))
    outputs: dict[str, Shape] = {"keypoints": ["people", joints, 2], "right": ["people", joints]}
    inputs: dict[str, Shape] = {
        "places": ["people", joints, CANDIDATES, 2],
        "heights": ["people", joints, CANDIDATES, joints],
        "rivals": ["people", joints, CANDIDATES],
        "valid": ["people", joints, CANDIDATES],
        "boxes": ["people", 4],
        "scores": ["people", 1],
        "confidences": ["people", joints],
    }
    described = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in inputs.items()
    ]
    save_graph(path, graph, described, outputs, network.settings, facts)


def described_pictures(shape: Shape) -> list[onnx.ValueInfoProto]:
    """The one input of a network's graph."""
    return [helper.make_tensor_value_info("pictures", TensorProto.UINT8, shape)]


def read_facts(path: Path) -> dict[str, str]:
    """The metadata of an ONNX file; empty for what is none."""
    try:
        model = onnx.load(path, load_external_data=False)
    except (OSError, DecodeError):
        return {}
    return {item.key: item.value for item in model.metadata_props}


def save_graph(
    path: Path,
    graph: OnnxGraph,
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Mapping[str, Shape],
    settings: ModelSettings,
    facts: Mapping[str, str],
) -> None:
    """Check a graph to float32 `outputs` and write it whole or not at all.

    Raises OutputError.
    """
    made = helper.make_graph(
        graph.nodes,
        "yolopose",
        inputs,
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in outputs.items()
        ],
        graph.constants,
    )
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    helper.set_model_props(model, {"model": json.dumps(as_dict(settings)), **facts})
    onnx.checker.check_model(model, full_check=True)
    with whole_file(path) as part:
        onnx.save(model, part)
