"""Candidates of keypoints as nodes of an ONNX graph; those of `core.model.candidates`."""

import numpy as np

from core.model.candidates import (
    FLOOR_LOGIT,
    LEAST_WORTH,
    PEAKS,
    REACH,
    RIVAL_REACH,
    SAME_IOU,
    Features,
)
from core.model.onnx_graph import OnnxGraph
from core.model.settings import HEATMAP_STRIDE


def add_candidates(
    graph: OnnxGraph,
    people: tuple[str, str, str, str],
    overlap: str,
    maps: tuple[str, str],
    keypoints: int,
    cells: tuple[int, int],
) -> Features[str]:
    """Boxes (N, 4), scores (N, 1), keypoints (N, K, 2), confidences (N, K), overlaps (N, N).

    `maps` are logits and shifts, `cells` their columns and rows.
    """
    boxes, scores, places, seen = people
    joint, cell, peaks, heights = _peaks(graph, maps, cells)
    guesses = (places, _displaced(graph, boxes, maps[1], keypoints, cells))
    area = _area(graph, boxes)
    spread = graph.add("Mul", [area, graph.number(2 * REACH**2)], "reach_spread")
    starts = [graph.add("Gather", [guess, joint], "start", axis=1) for guess in guesses]
    near = [_near(graph, start, peaks, spread, 2) for start in starts]
    worth = graph.add("Mul", [heights, graph.add("Max", near, "nearest")], "worth")
    # A peak is worth something to the keypoint of its own kind alone: (1, K, M).
    kinds = graph.constant(np.arange(keypoints, dtype=np.int64)[None, :, None], "kinds")
    own = graph.add("Equal", [joint, kinds], "own")
    wide = graph.add("Unsqueeze", [worth, graph.integers(1)], "worth_wide")
    table = graph.add("Where", [own, wide, graph.number(-1.0)], "worth_own")
    most, best = graph.add_several("TopK", [table, graph.integers(PEAKS)], ("most", "best"), axis=2)
    real = graph.add("Greater", [most, graph.number(LEAST_WORTH)], "real")
    real = graph.add("Cast", [real], "real_number", to=1)
    every = [_wide(graph, guess) for guess in guesses]
    place = graph.add("Gather", [peaks, best], "peak_of_person", axis=0)
    place = graph.add("Concat", [*every, place], "candidate_place", axis=2)
    under = [_wide(graph, _cells_of(graph, guess, cells)) for guess in guesses]
    at = graph.add("Gather", [cell, best], "cell_of_person", axis=0)
    at = graph.add("Concat", [*under, at], "candidate_cell", axis=2)
    sure = graph.add("Cast", [under[0]], "guess_cell", to=1)
    sure = graph.add("Mul", [sure, graph.number(0.0)], "guess_zero")
    sure = graph.add("Add", [sure, graph.number(1.0)], "guess_real")
    valid = graph.add("Concat", [sure, sure, real], "candidate_real", axis=2)
    rows = graph.add("Reshape", [maps[0], graph.integers(keypoints, -1)], "heatmap_rows")
    under_all = graph.add("Gather", [rows, at], "candidate_logits", axis=1)
    under_all = graph.add("Transpose", [under_all], "candidate_logits_last", perm=[1, 2, 3, 0])
    high = graph.add("Sigmoid", [under_all], "candidate_heights")
    rivals = _rivals(graph, (scores, overlap, area), guesses, place)
    return Features(place, high, rivals, valid, boxes, scores, seen)


def _rivals(
    graph: OnnxGraph, people: tuple[str, str, str], guesses: tuple[str, str], place: str
) -> str:
    """How near each candidate is to a guess of another person, by their share of both scores."""
    scores, overlap, area = people
    across = graph.add("Transpose", [scores], "scores_across", perm=[1, 0])
    both = graph.add("Add", [scores, across], "both_scores")
    both = graph.add("Max", [both, graph.number(1e-6)], "both_scores_at_least")
    share = graph.add("Div", [across, both], "share")
    other = graph.add("Less", [overlap, graph.number(SAME_IOU)], "other")
    share = graph.add("Where", [other, share, graph.number(0.0)], "share_of_others")
    share = graph.add("Unsqueeze", [share, graph.integers(2, 3)], "share_wide")
    spread = graph.add("Mul", [area, graph.number(2 * RIVAL_REACH**2)], "rival_spread")
    spread = graph.add("Unsqueeze", [spread, graph.integers(0, 3)], "rival_spread_wide")
    mine = graph.add("Unsqueeze", [place, graph.integers(1)], "place_wide")
    theirs = [
        graph.add("Unsqueeze", [guess, graph.integers(0, 3)], "guess_of_others")
        for guess in guesses
    ]
    near = [_near(graph, guess, mine, spread, 4) for guess in theirs]
    near_share = graph.add("Mul", [graph.add("Max", near, "rival_near"), share], "rival_share")
    # Nobody's share, so that there is a largest one also where there are no people.
    nobody = graph.add("ReduceSum", [mine, graph.integers(4)], "nobody", keepdims=0)
    nobody = graph.add("Mul", [nobody, graph.number(0.0)], "nobody_share")
    every = graph.add("Concat", [near_share, nobody], "every_rival", axis=1)
    return graph.add("ReduceMax", [every, graph.integers(1)], "rivals", keepdims=0)


def _wide(graph: OnnxGraph, value: str) -> str:
    return graph.add("Unsqueeze", [value, graph.integers(2)], f"{value}_wide")


def _cells_of(graph: OnnxGraph, places: str, cells: tuple[int, int]) -> str:
    """The numbers of the cells under (N, K, 2) px, at the rim for what lies outside."""
    scaled = graph.add("Mul", [places, graph.number(1 / HEATMAP_STRIDE)], "cell_under")
    last = graph.constant(np.array(cells, np.float32) - 1, "last_cell")
    inside = graph.add("Max", [graph.add("Floor", [scaled], "under"), graph.number(0.0)], "under0")
    cell = graph.add("Min", [inside, last], "under_inside")
    steps = graph.constant(np.array([1, cells[0]], np.float32), "cell_steps")
    flat = graph.add("Mul", [cell, steps], "under_steps")
    number = graph.add("ReduceSum", [flat, graph.integers(2)], "under_index", keepdims=0)
    return graph.add("Cast", [number], "under_number", to=7)


def _near(graph: OnnxGraph, guess: str, place: str, spread: str, axis: int) -> str:
    """exp(-d^2 / spread), the last axis being x and y."""
    way = graph.add("Sub", [guess, place], "way")
    squared = graph.add("Mul", [way, way], "way_squared")
    away = graph.add("ReduceSum", [squared, graph.integers(axis)], "away", keepdims=0)
    ratio = graph.add("Div", [away, spread], "away_ratio")
    return graph.add("Exp", [graph.add("Neg", [ratio], "away_negative")], "near_guess")


def _area(graph: OnnxGraph, boxes: str) -> str:
    """(N, 1) px^2, of sides of 1 px or more."""
    low, high = graph.split(boxes, [2, 2], "refined_corners")
    sides = graph.add("Sub", [high, low], "sides")
    sides = graph.add("Max", [sides, graph.number(1.0)], "sides_at_least")
    return graph.add("ReduceProd", [sides, graph.integers(1)], "box_area")


def _peaks(
    graph: OnnxGraph, maps: tuple[str, str], cells: tuple[int, int]
) -> tuple[str, str, str, str]:
    """All cells that no neighbour exceeds: joint (M,), cell (M,), place (M, 2) px, height (M,).

    The last ones are nothing: no height, so that there always are enough.
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
        (joint, np.zeros(PEAKS, np.int64)),
        (cell, np.zeros(PEAKS, np.int64)),
        (place, np.zeros((PEAKS, 2), np.float32)),
        (height, np.zeros(PEAKS, np.float32)),
    )
    joint, cell, place, height = (
        graph.add("Concat", [value, graph.constant(last, "nothing")], f"{value}.ended", axis=0)
        for value, last in nothing
    )
    return joint, cell, place, height


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
