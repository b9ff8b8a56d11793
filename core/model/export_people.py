"""An ONNX file from a picture to people: decoding and suppression are in the graph."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.model.export_onnx import Shape, save_graph
from core.model.grids import anchor_grids
from core.model.network import PoseNetwork
from core.model.onnx_graph import OnnxGraph, trace
from core.model.rewrite import RunningNetwork
from core.model.settings import BOX_VALUES, ModelSettings


def write_people(
    path: Path,
    network: PoseNetwork,
    facts: Mapping[str, str],
    size: tuple[int, int],
    confidence: float,
    iou: float,
    most: int,
) -> None:
    """Write the network from one picture (1, H, W, 3) uint8 of `size` (width, height) to people.

    The outputs, best person first, in pixels of the picture: `boxes` (N, 4) x1, y1, x2, y2,
    `scores` (N,), `keypoints` (N, K, 3) x, y, score. Takes the network over.
    """
    settings = network.settings
    graph = OnnxGraph()
    flat = trace(RunningNetwork(network), graph, "pictures")
    boxes, keypoints = _rows(graph, flat, settings)
    cell, stride, anchor = anchor_grids(settings, size)
    step = graph.constant(stride, "strides")
    cells = graph.constant(cell, "cells")
    box = graph.add("Sigmoid", [boxes], "box_values")
    centre, side, objectness, person = _split(graph, box, [2, 2, 1, 1], "box_parts")
    middle = _placed(graph, centre, cells, step, "centre")
    doubled = graph.add("Mul", [side, _number(graph, 2.0)], "side")
    area = graph.add("Mul", [doubled, doubled], "side_squared")
    half = graph.add("Mul", [area, graph.constant(anchor / 2, "half_anchors")], "half")
    corners = [graph.add(kind, [middle, half], kind.lower()) for kind in ("Sub", "Add")]
    corner = graph.add("Concat", corners, "corners", axis=1)
    score = graph.add("Mul", [objectness, person], "score")
    chosen = _suppressed(graph, corner, score, confidence, iou, most)

    def of_chosen(value: str, name: str) -> str:
        return graph.add("Gather", [value, chosen], name, axis=0)

    graph.add("Identity", [of_chosen(corner, "chosen_corners")], "boxes")
    graph.add("Reshape", [of_chosen(score, "chosen_score"), _shape(graph, -1)], "scores")
    shape = _shape(graph, -1, settings.keypoints, 3)
    points = graph.add("Reshape", [of_chosen(keypoints, "chosen_points"), shape], "points")
    place, seen = _split(graph, points, [2, 1], "point_parts", axis=2)
    near = [
        graph.add("Unsqueeze", [of_chosen(value, f"{name}_chosen"), _shape(graph, 1)], name)
        for value, name in ((cells, "point_cells"), (step, "point_strides"))
    ]
    placed = _placed(graph, place, near[0], near[1], "point")
    confidences = graph.add("Sigmoid", [seen], "point_score")
    graph.add("Concat", [placed, confidences], "keypoints", axis=2)
    outputs: dict[str, Shape] = {
        "boxes": ["people", 4],
        "scores": ["people"],
        "keypoints": ["people", settings.keypoints, 3],
    }
    save_graph(path, graph, [1, size[1], size[0], 3], outputs, settings, facts)


def _rows(graph: OnnxGraph, flat: list[str], settings: ModelSettings) -> tuple[str, str]:
    """Flat branches -> one row an anchor: (N, 6) and (N, 3K)."""
    joined: tuple[list[str], list[str]] = ([], [])
    values = (BOX_VALUES, 3 * settings.keypoints)
    for level, sizes in enumerate(settings.anchors):
        anchors = len(sizes)
        parts = flat[2 * level : 2 * level + 2]
        shapes = [_shape(graph, anchors, count, -1) for count in values]
        if settings.layout == "joined":
            both = graph.add("Concat", parts, f"level{level}", axis=1)
            together = _shape(graph, anchors, sum(values), -1)
            both = graph.add("Reshape", [both, together], f"level{level}_anchors")
            parts = _split(graph, both, list(values), f"level{level}_parts")
        for part, shape, count, rows in zip(parts, shapes, values, joined, strict=True):
            name = f"rows{level}_{count}"
            by_anchor = graph.add("Reshape", [part, shape], f"{name}_anchors")
            last = graph.add("Transpose", [by_anchor], f"{name}_last", perm=[0, 2, 1])
            rows.append(graph.add("Reshape", [last, _shape(graph, -1, count)], name))
    boxes, keypoints = (
        graph.add("Concat", rows, f"all_{count}", axis=0)
        for rows, count in zip(joined, values, strict=True)
    )
    return boxes, keypoints


def _placed(graph: OnnxGraph, value: str, cells: str, strides: str, name: str) -> str:
    """(2 value - 0.5 + cell) stride."""
    twice = graph.add("Mul", [value, _number(graph, 2.0)], f"{name}_twice")
    shifted = graph.add("Sub", [twice, _number(graph, 0.5)], f"{name}_shifted")
    moved = graph.add("Add", [shifted, cells], f"{name}_moved")
    return graph.add("Mul", [moved, strides], f"{name}_placed")


def _suppressed(
    graph: OnnxGraph, corners: str, scores: str, confidence: float, iou: float, most: int
) -> str:
    """The rows that non-maximum suppression keeps, best first."""
    batch = graph.add("Unsqueeze", [corners, _shape(graph, 0)], "corner_batch")
    wide = graph.add("Reshape", [scores, _shape(graph, 1, 1, -1)], "score_batch")
    limits = [_shape(graph, most), _number(graph, iou), _number(graph, confidence)]
    kept = graph.add("NonMaxSuppression", [batch, wide, *limits], "kept")
    column = graph.constant(np.array(2, np.int64), "column")
    return graph.add("Gather", [kept, column], "chosen", axis=1)


def _split(graph: OnnxGraph, value: str, sizes: list[int], name: str, axis: int = 1) -> list[str]:
    ends = np.cumsum(sizes).tolist()
    return [
        graph.add(
            "Slice",
            [value, *(_shape(graph, number) for number in (end - size, end, axis))],
            f"{name}_{index}",
        )
        for index, (size, end) in enumerate(zip(sizes, ends, strict=True))
    ]


def _shape(graph: OnnxGraph, *numbers: int) -> str:
    return graph.constant(np.array(numbers, np.int64), "numbers")


def _number(graph: OnnxGraph, number: float) -> str:
    return graph.constant(np.array([number], np.float32), "number")
