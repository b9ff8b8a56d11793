"""Labels of other tools on their way to COCO's form."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from core.errors import DatasetError
from core.skeleton import COCO_17

Json = dict[str, Any]
ABSENT, HIDDEN, SEEN = 0, 1, 2  # COCO's flags
PERSON = "person"
PEOPLE = (PERSON, "people", "human", "pedestrian", "athlete", "player")
_ROBOFLOW = re.compile(r"_[A-Za-z]+\.rf\.\w+$")  # the ending that was, and a hash
_MARGIN = 0.1  # of the extent of the keypoints, where a tool has no boxes


@dataclass(frozen=True, slots=True)
class LabelledPerson:
    """Keypoints by name: x, y px and flag; and x1, y1, x2, y2 px where the tool has a box."""

    joints: Mapping[str, tuple[float, float, int]]
    box: tuple[float, float, float, float] | None = None
    label: str = PERSON  # what the tool calls it: a ball may have a box or keypoints as well


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture and who is in it."""

    file_name: str
    size: tuple[int, int]  # width, height px
    people: list[LabelledPerson] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)  # more that COCO's form is to have


def coco_content(names: Mapping[str, Iterable[str]], pictures: Iterable[LabelledPicture]) -> Json:
    """COCO keypoints with a category of each label's joints.

    A picture's id is the number of its frame; pictures of several clips, where such numbers
    repeat, are numbered in their order.
    People without any keypoint are left out where they have no box either.
    """
    images: list[Json] = []
    people: list[Json] = []
    listed = list(pictures)
    labels = dict.fromkeys(one.label for picture in listed for one in picture.people)
    joints = {label: tuple(names.get(label, ())) for label in (*names, *labels)}
    joints = joints or {PERSON: COCO_17.names}
    categories = {label: number for number, label in enumerate(joints, start=1)}
    numbers = [frame_number(picture.file_name, n) for n, picture in enumerate(listed)]
    if len(set(numbers)) < len(numbers):
        numbers = list(range(len(numbers)))
    for number, picture in zip(numbers, listed, strict=True):
        width, height = picture.size
        image = {"id": number, "file_name": picture.file_name, "width": width, "height": height}
        images.append(dict(picture.facts) | image)
        for person in picture.people:
            box = person.box or _around(person)
            if box is None:
                continue
            x1, y1, x2, y2 = box
            values = [person.joints.get(name, (0.0, 0.0, ABSENT)) for name in joints[person.label]]
            people.append(
                {
                    "id": len(people) + 1,
                    "image_id": number,
                    "category_id": categories[person.label],
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "keypoints": [value for joint in values for value in joint],
                }
            )
    return {
        "images": images,
        "annotations": people,
        "categories": [
            {"id": categories[label], "name": label, "keypoints": list(own)}
            for label, own in joints.items()
        ],
    }


def frame_number(file_name: str, otherwise: int) -> int:
    """The last number in the name of a picture, which is its frame in a clip."""
    stem = _ROBOFLOW.sub("", Path(file_name.replace("\\", "/")).stem)
    digits = re.findall(r"\d+", stem)
    return int(digits[-1][-9:]) if digits else otherwise


def labelled_people(content: Json) -> Iterator[tuple[Json, list[Json]]]:
    """Each picture with the people in it."""
    for image in content["images"]:
        yield image, [item for item in content["annotations"] if item["image_id"] == image["id"]]


def labelled_points(person: Json) -> Iterator[tuple[str, float, float, int]]:
    """Name, x, y (px) and COCO's flag of each keypoint."""
    values = person["keypoints"]
    for index, name in enumerate(COCO_17.names):
        x, y, flag = values[3 * index : 3 * index + 3]
        yield name, float(x), float(y), int(flag)


def place(x: float, y: float, hidden: bool = False) -> tuple[float, float, int]:
    """A keypoint that is there. Raises ValueError for what is no place."""
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"a keypoint at {x}, {y}")
    return x, y, HIDDEN if hidden else SEEN


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height, px. Raises DatasetError."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if picture is None:
        raise DatasetError(f"{path}: this picture, whose size the labels need, cannot be read")
    return picture.shape[1], picture.shape[0]


def _around(person: LabelledPerson) -> tuple[float, float, float, float] | None:
    """A box around the keypoints, a tenth larger on every side."""
    seen = [(x, y) for x, y, flag in person.joints.values() if flag != ABSENT]
    if not seen:
        return None
    left, right = min(x for x, _ in seen), max(x for x, _ in seen)
    top, bottom = min(y for _, y in seen), max(y for _, y in seen)
    margin = max(1.0, _MARGIN * max(right - left, bottom - top))
    return left - margin, top - margin, right + margin, bottom + margin
