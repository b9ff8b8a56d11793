"""DeepLabCut's CollectedData: labels of one animal or several, a row a picture."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from core.errors import DatasetError
from core.skeleton import COCO_17
from core.tracks.formats.labelled import (
    Json,
    LabelledPerson,
    LabelledPicture,
    coco_content,
    labelled_people,
    labelled_points,
    picture_size,
    place,
)

CSV_NAME, H5_NAME = "CollectedData_yolopose.csv", "CollectedData_yolopose.h5"
LEVELS = ("scorer", "individuals", "bodyparts", "coords")
_SCORER = "yolopose"
_FOLDERS = ("labeled-data", "clip")

Column = tuple[str, str, str, str]  # of what `LEVELS` says


def collected_files(content: Json) -> Iterator[tuple[str, str]]:
    """`CollectedData_yolopose.csv` as DeepLabCut keeps labels of several animals.

    A row a picture; DeepLabCut does not know hidden keypoints, nor boxes.
    """
    columns = collected_columns(content)
    lines = [
        ",".join((level, "", "", *(column[depth] for column in columns)))
        for depth, level in enumerate(LEVELS)
    ]
    for row, values in collected_rows(content, len(columns)):
        cells = ("" if math.isnan(value) else f"{value:.2f}" for value in values)
        lines.append(",".join((*row, *cells)))
    yield CSV_NAME, "\n".join(lines) + "\n"


def collected_columns(content: Json) -> list[Column]:
    """A column for x and y of each joint of as many people as there are in one picture."""
    most = max((len(people) for _, people in labelled_people(content)), default=0)
    return [
        (_SCORER, f"person{number}", name, coordinate)
        for number in range(1, most + 1)
        for name in COCO_17.names
        for coordinate in ("x", "y")
    ]


def collected_rows(content: Json, count: int) -> Iterator[tuple[tuple[str, ...], list[float]]]:
    """Each picture's folders and name, and `count` values in px; NaN where there is no keypoint."""
    for image, people in labelled_people(content):
        values = [
            value if flag > 0 else math.nan
            for person in people
            for _, x, y, flag in labelled_points(person)
            for value in (x, y)
        ]
        yield (*_FOLDERS, image["file_name"]), values + [math.nan] * (count - len(values))


def read_collected(path: Path) -> Json:
    """The CSV as COCO keypoints. Raises DatasetError, OSError and ValueError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    heads: dict[str, list[str]] = {}
    while rows and rows[0] and rows[0][0] in LEVELS:
        head = rows.pop(0)
        heads[head[0]] = head
    if "bodyparts" not in heads or "coords" not in heads:
        raise DatasetError(f"{path}: is no CollectedData of DeepLabCut (no rows bodyparts, coords)")
    first = heads["coords"].index("x") if "x" in heads["coords"] else 1
    values = ([float(cell) if cell else math.nan for cell in row[first:]] for row in rows if row)
    names = ([cell for cell in row[:first] if cell][-1] for row in rows if row)
    return collected_content(
        path.parent,
        {level: head[first:] for level, head in heads.items()},
        zip(names, values, strict=True),
    )


def collected_content(
    folder: Path,
    heads: Mapping[str, Sequence[str]],
    rows: Iterable[tuple[str, Sequence[float]]],
) -> Json:
    """Columns by what `LEVELS` says of them, and rows of a picture's name and its values.

    The pictures' sizes are theirs, in `folder`. Raises DatasetError and ValueError.
    """
    parts, coords = heads["bodyparts"], heads["coords"]
    owners = heads.get("individuals", ["person1"] * len(parts))
    columns = [column for column in range(len(parts)) if coords[column] == "x"]
    pictures = []
    for given, values in rows:
        joints: dict[str, dict[str, tuple[float, float, int]]] = {}
        for column in columns:
            x, y = values[column : column + 2]
            if math.isfinite(x) and math.isfinite(y):
                joints.setdefault(owners[column], {})[parts[column]] = place(x, y)
        name = given.replace("\\", "/").rsplit("/", 1)[-1]
        people = [LabelledPerson(own, label=owner) for owner, own in joints.items()]
        pictures.append(LabelledPicture(name, picture_size(folder / name), people))
    names: dict[str, dict[str, None]] = {}
    for column in columns:
        names.setdefault(owners[column], {})[parts[column]] = None
    return coco_content(names, pictures)
