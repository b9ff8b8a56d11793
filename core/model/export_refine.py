"""Keypoints to peaks as nodes of an ONNX graph; the outcome is that of `core.model.refine`."""

import numpy as np

from core.model.onnx_graph import OnnxGraph
from core.model.refine import DOUBT_REACH, FLOOR, FLOOR_LOGIT, REACH
from core.model.settings import HEATMAP_STRIDE


def add_refinement(
    graph: OnnxGraph,
    people: tuple[str, str, str],
    maps: tuple[str, str],
    keypoints: int,
    cells: tuple[int, int],
) -> tuple[str, str]:
    """Boxes (N, 4), keypoints (N, K, 2), scores (N, K), logits and shifts -> both refined.

    `cells` are columns and rows of the maps, of which there is one each.
    """
    boxes, places, seen = people
    joint, peaks, heights = _peaks(graph, maps, cells)
    spread = _spread(graph, boxes, seen)
    own_spread = graph.add("Gather", [spread, joint], "own_spread", axis=1)
    guesses = (places, _displaced(graph, boxes, maps[1], keypoints, cells))
    both = [_near(graph, guess, joint, peaks, own_spread) for guess in guesses]
    near = graph.add("Mul", [graph.add("Add", both, "both_near"), graph.number(0.5)], "near")
    worth = graph.add("Mul", [heights, near], "worth")
    # A peak is worth something to the keypoint of its own kind alone: (1, K, M).
    kinds = graph.constant(np.arange(keypoints, dtype=np.int64)[None, :, None], "kinds")
    own = graph.add("Equal", [joint, kinds], "own")
    wide = graph.add("Unsqueeze", [worth, graph.integers(1)], "worth_wide")
    table = graph.add("Where", [own, wide, graph.number(0.0)], "worth_own")
    best = graph.add("ArgMax", [table], "best", axis=2, keepdims=0)
    most = graph.add("ReduceMax", [table, graph.integers(2)], "most", keepdims=0)
    found = graph.add("Greater", [most, graph.number(FLOOR)], "found")
    moved = graph.add("Gather", [peaks, best], "moved", axis=0)
    found_place = graph.add("Unsqueeze", [found, graph.integers(2)], "found_place")
    refined = graph.add("Where", [found_place, moved, places], "refined")
    high = graph.add("Gather", [heights, best], "high", axis=0)
    height = graph.add("Where", [found, high, graph.number(FLOOR)], "height")
    product = graph.add("Mul", [seen, height], "seen_height")
    return refined, graph.add("Sqrt", [product], "refined_score")


def _peaks(graph: OnnxGraph, maps: tuple[str, str], cells: tuple[int, int]) -> tuple[str, str, str]:
    """All cells that no neighbour exceeds: joint (M,), place (M, 2) px, height (M,).

    The last one is nothing: no height, so that there always is one.
    """
    heatmaps, shifts = maps
    columns, area = graph.integers(cells[0]), graph.integers(cells[0] * cells[1])
    pooled = graph.add("MaxPool", [heatmaps], "highest", kernel_shape=[3, 3], pads=[1] * 4)
    equal = graph.add("GreaterOrEqual", [heatmaps, pooled], "no_lower")
    above = graph.add("Greater", [heatmaps, graph.number(FLOOR_LOGIT)], "above")
    both = graph.add("And", [equal, above], "is_peak")
    flat = graph.add("Reshape", [both, graph.integers(-1)], "is_peak_flat")
    found = graph.add("NonZero", [flat], "peak_columns")
    index = graph.add("Reshape", [found, graph.integers(-1)], "peak")
    joint = graph.add("Div", [index, area], "joint")
    before = graph.add("Mul", [joint, area], "cells_before")
    cell = graph.add("Sub", [index, before], "peak_cell")
    row = graph.add("Div", [cell, columns], "peak_row")
    column = graph.add("Mod", [cell, columns], "peak_column")
    every = graph.add("Reshape", [shifts, graph.integers(-1)], "every_offset")
    first = graph.add("Add", [index, before], "offset_x_index")
    second = graph.add("Add", [first, area], "offset_y_index")
    sides = []
    for name, where, at in (("x", column, first), ("y", row, second)):
        shift = graph.add("Gather", [every, at], f"offset_{name}")
        whole = graph.add("Cast", [where], f"cell_{name}", to=1)
        place = graph.add("Add", [whole, shift], f"shifted_{name}")
        scaled = graph.add("Mul", [place, graph.number(HEATMAP_STRIDE)], f"peak_{name}")
        sides.append(graph.add("Unsqueeze", [scaled, graph.integers(1)], f"peak_{name}_wide"))
    place = graph.add("Concat", sides, "peak_place", axis=1)
    logits = graph.add("Reshape", [heatmaps, graph.integers(-1)], "logits_flat")
    height = graph.add("Sigmoid", [graph.add("Gather", [logits, index], "logits")], "heights")
    nothing = (
        (joint, np.zeros(1, np.int64)),
        (place, np.zeros((1, 2), np.float32)),
        (height, np.zeros(1, np.float32)),
    )
    joint, place, height = (
        graph.add("Concat", [value, graph.constant(last, "nothing")], f"{value}.ended", axis=0)
        for value, last in nothing
    )
    return joint, place, height


def _near(graph: OnnxGraph, guess: str, joint: str, peaks: str, spread: str) -> str:
    """exp(-d^2 / 2 s^2) between guesses (N, K, 2) and the peaks of their kinds, (N, M)."""
    start = graph.add("Gather", [guess, joint], "start", axis=1)
    way = graph.add("Sub", [start, peaks], "way")
    squared = graph.add("Mul", [way, way], "way_squared")
    away = graph.add("ReduceSum", [squared, graph.integers(2)], "away", keepdims=0)
    ratio = graph.add("Div", [away, spread], "away_ratio")
    return graph.add("Exp", [graph.add("Neg", [ratio], "away_negative")], "near_guess")


def _displaced(
    graph: OnnxGraph, boxes: str, shifts: str, keypoints: int, cells: tuple[int, int]
) -> str:
    """Where the cells at the boxes' centres say that the keypoints are, (N, K, 2) px."""
    low, high = graph.split(boxes, [2, 2], "displaced_corners")
    total = graph.add("Add", [low, high], "corner_sum")
    centre = graph.add("Mul", [total, graph.number(0.5 / HEATMAP_STRIDE)], "centre_cells")
    last = graph.constant(np.array(cells, np.float32) - 1, "last_cell")
    whole = graph.add("Floor", [centre], "centre_floor")
    inside = graph.add("Max", [whole, graph.number(0.0)], "centre_at_least")
    cell = graph.add("Min", [inside, last], "centre_cell")
    steps = graph.constant(np.array([1, cells[0]], np.float32), "cell_steps")
    flat = graph.add("Mul", [cell, steps], "centre_steps")
    summed = graph.add("ReduceSum", [flat, graph.integers(1)], "centre_index", keepdims=0)
    index = graph.add("Cast", [summed], "centre_number", to=7)
    rows = graph.add("Reshape", [shifts, graph.integers(4 * keypoints, -1)], "shift_rows")
    at = graph.add("Transpose", [graph.add("Gather", [rows, index], "at_centre", axis=1)], "at")
    _, own = graph.split(at, [2 * keypoints, 2 * keypoints], "shift_halves", axis=1)
    shift = graph.add("Reshape", [own, graph.integers(-1, keypoints, 2)], "displacement")
    wide = graph.add("Unsqueeze", [cell, graph.integers(1)], "centre_cell_wide")
    moved = graph.add("Add", [wide, shift], "displaced_cells")
    return graph.add("Mul", [moved, graph.number(HEATMAP_STRIDE)], "displaced")


def _spread(graph: OnnxGraph, boxes: str, seen: str) -> str:
    """2 s^2 of every keypoint, (N, K)."""
    low, high = graph.split(boxes, [2, 2], "refined_corners")
    sides = graph.add("Sub", [high, low], "sides")
    sides = graph.add("Max", [sides, graph.number(1.0)], "sides_at_least")
    area = graph.add("ReduceProd", [sides, graph.integers(1)], "box_area")
    doubt = graph.add("Sub", [graph.number(1.0), seen], "doubt")
    more = graph.add("Mul", [doubt, graph.number(DOUBT_REACH)], "doubt_reach")
    reach = graph.add("Add", [more, graph.number(REACH)], "reach")
    squared = graph.add("Mul", [reach, reach], "reach_squared")
    doubled = graph.add("Mul", [squared, graph.number(2.0)], "reach_doubled")
    return graph.add("Mul", [area, doubled], "spread")
