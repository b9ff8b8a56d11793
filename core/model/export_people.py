"""An ONNX file from a picture to people: all that follows the network is in the graph."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from onnx import TensorProto

from core.model.candidate_layer import CandidateLayer
from core.model.decode import AGREEING_IOU
from core.model.export_onnx import Shape, described_pictures, save_graph
from core.model.grids import anchor_grids
from core.model.network import PoseNetwork
from core.model.onnx_graph import OnnxGraph
from core.model.onnx_trace import trace
from core.model.pyramid_layer import HalvedPictures
from core.model.rewrite import RunningNetwork
from core.model.settings import BOX_VALUES, HEATMAP_STRIDE, ModelSettings
from core.model.twin_layer import TwinLayer

_PEAKS = 1024  # of one keypoint in a picture: the lower ones of a larger crowd are passed over


def write_people(
    path: Path,
    network: PoseNetwork,
    facts: Mapping[str, str],
    size: tuple[int, int],
    confidence: float,
    iou: float,
    most: int,
    pyramid: bool = False,
) -> None:
    """Write the network from one picture (1, H, W, 3) uint8 of `size` (width, height) to people.

    The outputs, best person first, in pixels of the picture: `boxes` (N, 4) x1, y1, x2, y2,
    `scores` (N,), `keypoints` (N, K, 3) x, y, score. They are what a `PoseEstimator` finds:
    suppressed, averaged over the candidates that agree, and refined where the network does so.
    With a `pyramid`, for networks that refine alone, the network looks at the halved picture as
    well. Takes the network over.
    """
    settings = network.settings
    graph = OnnxGraph()
    running = RunningNetwork(network)
    looks = [trace(running, graph, "pictures")]
    if pyramid:
        halves = HalvedPictures(size, settings.strides[-1])
        looks.append(trace(running, graph, *trace(halves, graph, "pictures")))
    corner, score, points = _candidates(graph, looks, settings, size, confidence)
    chosen = _suppressed(graph, corner, score, confidence, iou, most)
    boxes, points, scores = _averaged(graph, corner, score, points, chosen)
    shape = graph.integers(-1, settings.keypoints, 3)
    place, seen = graph.split(
        graph.add("Reshape", [points, shape], "mean_points"), [2, 1], "mean_parts", axis=2
    )
    if network.chooser is not None:
        flat_seen = graph.add("Squeeze", [seen, graph.integers(2)], "mean_seen")
        cells = (size[0] // HEATMAP_STRIDE, size[1] // HEATMAP_STRIDE)
        people = (boxes, scores, place, flat_seen, _overlap(graph, boxes, boxes))
        layer = CandidateLayer(settings.keypoints, cells, _PEAKS, pyramid)
        maps = [name for look in looks for name in look[-2:]]
        found = trace(layer, graph, *people, graph.number(confidence), *maps)
        place, right = trace(network.chooser, graph, *found[:-1])
        right = graph.add("Sigmoid", [right], "right_share")
        seen = graph.add("Unsqueeze", [right, graph.integers(2)], "refined_seen")
        (once,) = trace(TwinLayer(settings.skeleton.sigmas), graph, boxes, scores, place)
        rows = graph.add("Reshape", [once, graph.integers(-1)], "once_each")
        mask = graph.add("Cast", [rows], "once_each_mask", to=TensorProto.BOOL)
        boxes, scores, place, seen = (
            graph.add("Compress", [value, mask], f"{value}_once", axis=0)
            for value in (boxes, scores, place, seen)
        )
    graph.add("Identity", [boxes], "boxes")
    graph.add("Reshape", [scores, graph.integers(-1)], "scores")
    graph.add("Concat", [place, seen], "keypoints", axis=2)
    outputs: dict[str, Shape] = {
        "boxes": ["people", 4],
        "scores": ["people"],
        "keypoints": ["people", settings.keypoints, 3],
    }
    pictures = described_pictures([1, size[1], size[0], 3])
    save_graph(path, graph, pictures, outputs, settings, facts)


def _candidates(
    graph: OnnxGraph,
    looks: list[list[str]],
    settings: ModelSettings,
    size: tuple[int, int],
    confidence: float,
) -> tuple[str, str, str]:
    """Anchors above the confidence: corners (C, 4), scores (C, 1), keypoints (C, 3K)."""
    boxes, keypoints = _rows(graph, looks, settings)
    both = graph.split(boxes, [4, 1, 1], "raw_parts")[1:]
    objectness, person = (graph.add("Sigmoid", [part], f"{part}_sigmoid") for part in both)
    score = graph.add("Mul", [objectness, person], "every_score")
    above = graph.add("Greater", [score, graph.number(confidence)], "above_confidence")
    mask = graph.add("Reshape", [above, graph.integers(-1)], "candidate_mask")
    found = graph.add("NonZero", [mask], "candidate_columns")
    rows = graph.add("Reshape", [found, graph.integers(-1)], "candidates")

    def of_candidates(value: str, name: str) -> str:
        return graph.add("Gather", [value, rows], name, axis=0)

    cell, step, anchor, least_area = (
        of_candidates(graph.constant(grid, f"every_{name}"), name)
        for name, grid in anchor_grids(settings, size, len(looks) > 1)._asdict().items()
    )
    box = graph.add("Sigmoid", [of_candidates(boxes, "raw_boxes")], "box_values")
    centre, side, _ = graph.split(box, [2, 2, 2], "box_parts")
    middle = _placed(graph, centre, cell, step, "centre")
    doubled = graph.add("Mul", [side, graph.number(2.0)], "side")
    area = graph.add("Mul", [doubled, doubled], "side_squared")
    whole = graph.add("Mul", [area, anchor], "whole")
    half = graph.add("Mul", [whole, graph.number(0.5)], "half")
    corners = [graph.add(kind, [middle, half], kind.lower()) for kind in ("Sub", "Add")]
    corner = graph.add("Concat", corners, "corners", axis=1)
    shape = graph.integers(-1, settings.keypoints, 3)
    points = graph.add("Reshape", [of_candidates(keypoints, "raw_points"), shape], "points")
    place, seen = graph.split(points, [2, 1], "point_parts", axis=2)
    near = [
        graph.add("Unsqueeze", [value, graph.integers(1)], f"{value}_wide")
        for value in (cell, step)
    ]
    placed = _placed(graph, place, near[0], near[1], "point")
    confidences = graph.add("Sigmoid", [seen], "point_score")
    joined = graph.add("Concat", [placed, confidences], "placed_points", axis=2)
    every = graph.add("Reshape", [joined, graph.integers(-1, 3 * settings.keypoints)], "every")
    size_px2 = graph.add("ReduceProd", [whole, graph.integers(1)], "size_px2")
    enough = graph.add("Greater", [size_px2, least_area], "large_enough")
    scores = graph.add(
        "Where", [enough, of_candidates(score, "score"), graph.number(0.0)], "scored"
    )
    return corner, scores, every


def _averaged(
    graph: OnnxGraph, corners: str, scores: str, points: str, chosen: str
) -> tuple[str, str, str]:
    """Boxes (N, 4), keypoints (N, 3K) and scores (N, 1) as `core.model.decode.average_agreeing`."""
    kept = graph.add("Gather", [corners, chosen], "kept_corners", axis=0)
    overlap = _overlap(graph, kept, corners)
    agree = graph.add("Greater", [overlap, graph.number(AGREEING_IOU)], "agree")
    weight = graph.add("Transpose", [graph.add("Mul", [scores, scores], "squared")], "weight")
    weights = graph.add("Where", [agree, weight, graph.number(0.0)], "weights")
    total = graph.add("ReduceSum", [weights, graph.integers(1)], "total")
    # Only a box without an area agrees with nobody, not even with itself.
    real = graph.add("Greater", [total, graph.number(0.0)], "agreed")
    mask = graph.add("Reshape", [real, graph.integers(-1)], "agreed_mask")
    least = graph.add("Max", [total, graph.number(1e-12)], "total_at_least")
    shares = graph.add("Div", [weights, least], "shares")
    means = [graph.add("MatMul", [shares, value], f"{value}_mean") for value in (corners, points)]
    best = graph.add("Gather", [scores, chosen], "kept_scores", axis=0)
    boxes, keypoints, score = (
        graph.add("Compress", [value, mask], f"{value}_agreed", axis=0) for value in (*means, best)
    )
    return boxes, keypoints, score


def _overlap(graph: OnnxGraph, kept: str, every: str) -> str:
    """Intersection over union of (N, 4) and (C, 4) corners -> (N, C)."""
    parts = [
        [
            graph.add("Unsqueeze", [part, graph.integers(axis)], f"{part}_wide")
            for part in graph.split(value, [2, 2], name)
        ]
        for value, name, axis in ((kept, "kept_parts", 1), (every, "every_parts", 0))
    ]
    low = graph.add("Max", [part[0] for part in parts], "overlap_low")
    high = graph.add("Min", [part[1] for part in parts], "overlap_high")
    shared = _area(graph, low, high, "shared")
    areas = [_area(graph, part[0], part[1], f"area_{part[0]}") for part in parts]
    union = graph.add("Sub", [graph.add("Add", areas, "areas"), shared], "union")
    least = graph.add("Max", [union, graph.number(1e-9)], "union_at_least")
    return graph.add("Div", [shared, least], "overlap")


def _area(graph: OnnxGraph, low: str, high: str, name: str) -> str:
    sides = graph.add("Sub", [high, low], f"{name}_sides")
    sides = graph.add("Max", [sides, graph.number(0.0)], f"{name}_positive")
    return graph.add("ReduceProd", [sides, graph.integers(2)], name, keepdims=0)


def _rows(graph: OnnxGraph, looks: list[list[str]], settings: ModelSettings) -> tuple[str, str]:
    """Flat branches -> one row an anchor: (N, 6) and (N, 3K)."""
    joined: tuple[list[str], list[str]] = ([], [])
    values = (BOX_VALUES, 3 * settings.keypoints)
    pairs = [
        (level, len(sizes), flat[2 * level : 2 * level + 2])
        for flat in looks
        for level, sizes in enumerate(settings.anchors)
    ]
    for level, anchors, parts in pairs:
        shapes = [graph.integers(anchors, count, -1) for count in values]
        if settings.layout == "joined":
            both = graph.add("Concat", parts, f"level{level}", axis=1)
            together = graph.integers(anchors, sum(values), -1)
            both = graph.add("Reshape", [both, together], f"level{level}_anchors")
            parts = graph.split(both, list(values), f"level{level}_parts")
        for part, shape, count, rows in zip(parts, shapes, values, joined, strict=True):
            name = f"rows{level}_{count}"
            by_anchor = graph.add("Reshape", [part, shape], f"{name}_anchors")
            last = graph.add("Transpose", [by_anchor], f"{name}_last", perm=[0, 2, 1])
            rows.append(graph.add("Reshape", [last, graph.integers(-1, count)], name))
    boxes, keypoints = (
        graph.add("Concat", rows, f"all_{count}", axis=0)
        for rows, count in zip(joined, values, strict=True)
    )
    return boxes, keypoints


def _placed(graph: OnnxGraph, value: str, cells: str, strides: str, name: str) -> str:
    """(2 value - 0.5 + cell) stride."""
    twice = graph.add("Mul", [value, graph.number(2.0)], f"{name}_twice")
    shifted = graph.add("Sub", [twice, graph.number(0.5)], f"{name}_shifted")
    moved = graph.add("Add", [shifted, cells], f"{name}_moved")
    return graph.add("Mul", [moved, strides], f"{name}_placed")


def _suppressed(
    graph: OnnxGraph, corners: str, scores: str, confidence: float, iou: float, most: int
) -> str:
    """The rows that non-maximum suppression keeps, best first."""
    batch = graph.add("Unsqueeze", [corners, graph.integers(0)], "corner_batch")
    wide = graph.add("Reshape", [scores, graph.integers(1, 1, -1)], "score_batch")
    limits = [graph.integers(most), graph.number(iou), graph.number(confidence)]
    kept = graph.add("NonMaxSuppression", [batch, wide, *limits], "kept")
    column = graph.constant(np.array(2, np.int64), "column")
    return graph.add("Gather", [kept, column], "chosen", axis=1)
