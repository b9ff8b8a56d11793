"""A YAML file beside a network: a form that the program does not know, and the skeleton."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import ModelError
from core.model.foreign.form import Graph, NetworkForm, Outputs, PictureInput, corners_of, joined
from core.settings import build, load_yaml
from core.skeleton import Skeleton, skeleton_named, usual_names
from core.types import PoseBatch


@dataclass(frozen=True, slots=True)
class SkeletonDescription:
    """The skeleton of the people that are found."""

    names: tuple[str, ...]  # Names of the keypoints, in the order of the network
    # Limbs: pairs of names, between which lines are drawn
    limbs: tuple[tuple[str, str], ...] | None = None
    # Pairs of left and right keypoints
    pairs: tuple[tuple[str, str], ...] | None = None
    sigmas: tuple[float, ...] | None = None  # Sigma of each keypoint for the OKS


@dataclass(frozen=True, slots=True)
class PeopleDescription:
    """Which output holds people, and in which columns."""

    output: str  # Name of the output
    keypoints: int  # Number of keypoints
    # Whether a person is a row, (1, N, V), or a column, (1, V, N)
    orientation: Literal["rows", "columns"] = "rows"
    # Boxes as x1, y1, x2, y2 (corners) or as x, y, width, height (centre)
    box: Literal["corners", "centre"] = "corners"
    box_column: int = 0  # Column of the box's first value, counted from 0
    score_column: int = 4  # Column of the person's score
    keypoint_column: int = 5  # Column of the first keypoint's first value
    keypoint_values: int = 3  # Values per keypoint: 3 for x, y, score; 2 without the score
    unit: Literal["px", "share"] = "px"  # Coordinates in px of the input, or as shares of its size
    suppressed: bool = False  # Whether non-maximum suppression (NMS) is part of the network

    def __post_init__(self) -> None:
        if self.keypoints < 1 or self.keypoint_values not in (2, 3):
            raise ValueError("keypoints must be at least 1, and their values 2 or 3")


@dataclass(frozen=True, slots=True)
class Description:
    """A network in an ONNX file; what the program recognises may be left out."""

    picture: PictureInput | None = None
    people: PeopleDescription | None = None
    skeleton: SkeletonDescription | None = None
    licence: str | None = None  # Licence of the network, which is shown with it


def description_path(path: Path) -> Path:
    """Where the description of a network is."""
    return path.with_suffix(".yaml")


def read_description(path: Path) -> Description:
    """The description beside a network, empty where there is none. Raises SettingsError."""
    file = description_path(path)
    return build(Description, load_yaml(file), file.name) if file.is_file() else Description()


def described(graph: Graph, told: Description, known: NetworkForm | None) -> NetworkForm | None:
    """The form that a description gives, or changes. Raises ModelError."""
    form = known
    if told.people is not None:
        if graph.output(told.people.output) is None:
            there = ", ".join(value.name for value in graph.outputs)
            raise ModelError(f"has no output {told.people.output!r}; there are {there}")
        form = NetworkForm(
            "described",
            told.picture or PictureInput(),
            skeleton_named(usual_names(told.people.keypoints)),
            partial(_people, how=told.people),
            told.people.suppressed,
        )
    if form is None:
        return None
    if told.picture is not None:
        form = replace(form, picture=told.picture)
    if told.licence is not None:
        form = replace(form, licence=told.licence)
    if told.skeleton is not None:
        form = replace(form, skeleton=_skeleton(told.skeleton, len(form.skeleton)))
    return form


def _people(outputs: Outputs, size: tuple[int, int], how: PeopleDescription) -> PoseBatch:
    rows = outputs[how.output].astype(np.float32)
    rows = rows[0] if rows.ndim == 3 else rows
    rows = rows.T if how.orientation == "columns" else rows
    end = how.keypoint_column + how.keypoints * how.keypoint_values
    if rows.shape[1] < max(end, how.score_column + 1, how.box_column + 4):
        raise ModelError(
            f"output {how.output}: has {rows.shape[1]} columns, its description asks for {end}"
        )
    boxes = rows[:, how.box_column : how.box_column + 4]
    points = rows[:, how.keypoint_column : end]
    points = points.reshape(len(rows), how.keypoints, how.keypoint_values)
    if how.unit == "share":
        scale = np.array(size, np.float32)
        boxes = boxes * np.tile(scale, 2)
        points = points.copy()
        points[..., :2] *= scale
    boxes = corners_of(boxes) if how.box == "centre" else boxes
    return joined(boxes, rows[:, how.score_column], points)


def _skeleton(told: SkeletonDescription, count: int) -> Skeleton:
    if len(told.names) != count:
        raise ModelError(
            f"skeleton: {len(told.names)} names are told, the network has {count} keypoints"
        )
    try:
        return skeleton_named(told.names, told.limbs, told.pairs, told.sigmas)
    except ValueError as error:
        raise ModelError(f"skeleton: {error}") from error
