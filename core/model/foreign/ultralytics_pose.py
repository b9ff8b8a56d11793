"""Exports of ultralytics: their metadata say how many classes and keypoints there are.

One output: (1, 4 + C + D K, N), centre boxes, C classes, K keypoints of D values, not suppressed;
or with suppression inside (1, N, 6 + D K), corners, score, class, keypoints.
"""

import ast
from functools import partial
from typing import Any

from core.errors import ModelError
from core.model.foreign.form import Graph, NetworkForm, Outputs, PictureInput, corners_of, joined
from core.skeleton import skeleton_named, usual_names
from core.types import PoseBatch

NAME = "ultralytics pose (1, 4+C+3K, N) or (1, N, 6+3K)"


def read_ultralytics(graph: Graph) -> NetworkForm | None:
    """The form of a graph whose metadata are those of an ultralytics pose export, else None."""
    if "kpt_shape" not in graph.facts or len(graph.outputs) != 1:
        return None
    count, values = _fact(graph, "kpt_shape", (list, tuple))
    classes = len(_fact(graph, "names", (dict, list))) if "names" in graph.facts else 1
    if count < 1 or values not in (2, 3):
        raise ModelError(f"kpt_shape {[count, values]}: expected K keypoints of 2 or 3 values")
    names = usual_names(count)
    if "kpt_names" in graph.facts:  # a list of names a class
        told: Any = _fact(graph, "kpt_names", (dict, list))
        told = told.get(0) if isinstance(told, dict) else told
        if isinstance(told, (list, tuple)) and len(told) == count:
            names = tuple(str(name) for name in told)
    channels = count * values
    shape = graph.outputs[0].shape
    inside = graph.facts.get("end2end") == "True" or shape[-1] == 6 + channels
    if inside and shape[1] != 4 + classes + channels:
        people = partial(_rows, name=graph.outputs[0].name, values=values)
    else:
        inside = False
        people = partial(_columns, name=graph.outputs[0].name, values=values, classes=classes)
    return NetworkForm(
        name="ultralytics pose" + (", suppressed" if inside else ""),
        picture=PictureInput(stride=int(graph.facts.get("stride", "32"))),
        skeleton=skeleton_named(names),
        people=people,
        suppressed=inside,
        licence=graph.facts.get("license", "unknown"),
    )


def _rows(outputs: Outputs, size: tuple[int, int], name: str, values: int) -> PoseBatch:
    del size
    rows = outputs[name][0]
    points = rows[:, 6:].reshape(len(rows), -1, values)
    return joined(rows[:, :4], rows[:, 4], points)


def _columns(
    outputs: Outputs, size: tuple[int, int], name: str, values: int, classes: int
) -> PoseBatch:
    del size
    rows = outputs[name][0].T
    points = rows[:, 4 + classes :].reshape(len(rows), -1, values)
    return joined(corners_of(rows[:, :4]), rows[:, 4 : 4 + classes].max(1), points)


def _fact(graph: Graph, name: str, kinds: tuple[type, ...]) -> Any:
    try:
        value = ast.literal_eval(graph.facts[name])
    except (ValueError, SyntaxError) as error:
        raise ModelError(f"its metadata {name!r} cannot be read") from error
    if not isinstance(value, kinds):
        raise ModelError(f"its metadata {name!r} is of another kind than expected")
    return value
