"""People in outputs of a described form: one table of everybody, or an output a part."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import ModelError
from core.model.foreign.form import Outputs, corners_of, joined
from core.types import FloatArray, PoseBatch

Parts = tuple[FloatArray, FloatArray, FloatArray]  # boxes, scores, keypoints


@dataclass(frozen=True, slots=True)
class PeopleOutputs:
    """Outputs that hold one part of everybody each."""

    boxes: str  # Output of the boxes
    scores: str  # Output of the scores: one per person, or one per class, of which the best counts
    keypoints: str  # Output of the keypoints
    keypoint_scores: str | None = None  # Output of the keypoints' scores, if they have their own

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        last = () if self.keypoint_scores is None else (self.keypoint_scores,)
        return (self.boxes, self.scores, self.keypoints, *last)


@dataclass(frozen=True, slots=True)
class PeopleDescription:
    """Which output or outputs hold people, and how."""

    keypoints: int  # Number of keypoints
    output: str | None = None  # Name of the output that holds everything
    outputs: PeopleOutputs | None = None  # Or an output for each part
    # Whether a person is a row, (1, N, V), or a column, (1, V, N)
    orientation: Literal["rows", "columns"] = "rows"
    # Boxes as x1, y1, x2, y2 (corners) or as x, y, width, height (centre)
    box: Literal["corners", "centre"] = "corners"
    box_column: int = 0  # Column of the box's first value in the one output, counted from 0
    score_column: int = 4  # Column of the person's score
    keypoint_column: int = 5  # Column of the first keypoint's first value
    keypoint_values: int = 3  # Values per keypoint: 3 for x, y, score; 2 without the score
    order: Literal["xy", "yx"] = "xy"  # With yx, y comes before x, and height before width
    unit: Literal["px", "share"] = "px"  # Coordinates in px of the input, or as shares of its size
    # Unit of the keypoints, if it is not that of the boxes
    keypoint_unit: Literal["px", "share"] | None = None
    suppressed: bool = False  # Whether non-maximum suppression (NMS) is part of the network

    def __post_init__(self) -> None:
        if self.keypoints < 1 or self.keypoint_values not in (2, 3):
            raise ValueError("keypoints must be at least 1, and their values 2 or 3")
        if (self.output is None) == (self.outputs is None):
            raise ValueError("expected output, which holds everything, or outputs, one a part")

    @property
    def names(self) -> tuple[str, ...]:
        """The outputs that are read."""
        return (str(self.output),) if self.outputs is None else self.outputs.names


def described_people(outputs: Outputs, size: tuple[int, int], how: PeopleDescription) -> PoseBatch:
    """Everyone in the outputs of a picture of (width, height) px, in its px. Raises ModelError."""
    read = _from_one if how.outputs is None else _from_several
    boxes, scores, points = read(outputs, how)
    if how.order == "yx":
        boxes = boxes[:, [1, 0, 3, 2]]
        points = points[..., [1, 0, *range(2, points.shape[2])]]
    scale = np.array(size, np.float32)
    if how.unit == "share":
        boxes = boxes * np.tile(scale, 2)
    if (how.keypoint_unit or how.unit) == "share":
        points = np.concatenate([points[..., :2] * scale, points[..., 2:]], 2)
    return joined(corners_of(boxes) if how.box == "centre" else boxes, scores, points)


def _from_one(outputs: Outputs, how: PeopleDescription) -> Parts:
    """Boxes (N, 4), scores (N,) and keypoints (N, K, 2 or 3) of a table."""
    (name,) = how.names
    rows = outputs[name].astype(np.float32)
    rows = rows[0] if rows.ndim == 3 else rows
    rows = rows.T if how.orientation == "columns" else rows
    end = how.keypoint_column + how.keypoints * how.keypoint_values
    if rows.shape[1] < max(end, how.score_column + 1, how.box_column + 4):
        raise ModelError(
            f"output {name}: has {rows.shape[1]} columns, its description asks for {end}"
        )
    boxes = rows[:, how.box_column : how.box_column + 4]
    points = rows[:, how.keypoint_column : end]
    points = points.reshape(len(rows), how.keypoints, how.keypoint_values)
    return boxes, rows[:, how.score_column], points


def _from_several(outputs: Outputs, how: PeopleDescription) -> Parts:
    """The same of an output a part."""
    named, count = how.outputs, how.keypoints
    assert named is not None
    boxes = _rows(outputs, named.boxes, 4, how)
    points = _rows(outputs, named.keypoints, count * how.keypoint_values, how)
    classes = outputs[named.scores].size // max(1, len(boxes))
    scores = _rows(outputs, named.scores, max(1, classes), how)
    parts = [boxes, scores, points]
    if named.keypoint_scores is not None:
        parts.append(_rows(outputs, named.keypoint_scores, count, how))
    if len({len(part) for part in parts}) > 1:
        told = zip(named.names, parts, strict=True)
        told_of = ", ".join(f"{name} of {len(part)}" for name, part in told)
        raise ModelError(f"its outputs tell of different numbers of people: {told_of}")
    points = points.reshape(len(points), count, how.keypoint_values)
    if named.keypoint_scores is not None:
        points = np.concatenate([points[..., :2], parts[-1][..., None]], 2)
    return boxes, scores.max(1, initial=0.0), points


def _rows(outputs: Outputs, name: str, width: int, how: PeopleDescription) -> FloatArray:
    """(N, width) values of an output, whatever axes of one it has besides."""
    values = outputs[name].astype(np.float32)
    shape = values.shape
    if how.orientation == "columns":
        if math.prod(shape[:-1]) == width:
            return values.reshape(width, shape[-1]).T
    elif any(math.prod(shape[axis:]) == width for axis in range(len(shape) + 1)):
        return values.reshape(-1, width)
    raise ModelError(
        f"output {name}: is {shape}, its description asks for {width} values a person, in "
        f"{how.orientation}"
    )
