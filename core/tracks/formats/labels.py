"""Labels of any tool, read by one set of rules into one form: COCO keypoints.

What can be understood is: any category ids, absent or repeated annotation ids, missing areas and
counts, joints in any order under their usual names, pictures in COCO's own folders. What cannot
is refused with the number of the annotation. Everybody who needs labels reads them here.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DatasetError
from core.json_text import read_json_text
from core.part_file import is_there
from core.skeleton import BODY_SHARE, Skeleton
from core.tracks.formats.label_readers import read_label_file
from core.tracks.formats.labelled import PEOPLE

Json = dict[str, Any]
_SIDES = {"l": "left", "r": "right"}


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """A COCO keypoints file in one form.

    Annotations are of people alone; each has `id` (from 1), `image_id`, `category_id` 1, `bbox`
    (x, y, width, height px), `area`, `iscrowd`, `num_keypoints`, `keypoints` (3K numbers in the
    order of the skeleton that was asked for) and `unknown`, the joints of which the file says
    nothing; besides, what else it had.
    """

    folder: Path  # to which the file names of pictures are relative
    images: list[Json]  # each with `id`, `file_name`, `width`, `height`
    people: Mapping[int | str, list[Json]]  # by image id
    rest: Json  # what else stands in the file


def category_of(skeleton: Skeleton) -> Json:
    """The one category of labels in one form."""
    return {"id": 1, "name": "person", "keypoints": list(skeleton.names)}


def read_labels(path: Path, skeleton: Skeleton, pictures: Path | None = None) -> Labels:
    """Read a file of a form that `read_label_file` knows, as labels of a skeleton's joints.

    `pictures` is the folder of its pictures where they are not found from it.

    Raises DatasetError.
    """
    content = read_label_file(path)
    images = [_image(path, item) for item in _list(path, content, "images")]
    people: dict[int | str, list[Json]] = {image["id"]: [] for image in images}
    if len(people) < len(images):
        raise DatasetError(f"{path}: an image id stands twice; each picture needs its own")
    categories = _categories(path, content, skeleton)
    annotations = _list(path, content, "annotations")
    if not any(isinstance(item, dict) and "keypoints" in item for item in annotations):
        raise DatasetError(
            f"{path}: none of its annotations has keypoints; a COCO keypoints file is needed"
        )
    for number, item in enumerate(annotations, start=1):
        label = item.get("id", number) if isinstance(item, dict) else number
        try:
            person = _person(item, categories, people, skeleton)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            reason = f"has no {error}" if isinstance(error, KeyError) else str(error)
            raise DatasetError(f"{path}: annotation {label}: {reason}") from error
        if person is not None:
            person["id"] = number
            people[person["image_id"]].append(person)
    rest = {name: value for name, value in content.items() if name not in ("images", "annotations")}
    folder = pictures or _folder(path, images)
    return Labels(folder, images, people, rest | {"categories": [category_of(skeleton)]})


def read_json(path: Path) -> Mapping[str, Any]:
    """The object in a JSON file. Raises DatasetError."""
    try:
        content = read_json_text(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DatasetError(f"{path}: is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: is not a COCO keypoints file (no object at its top)")
    return content


def _list(path: Path, content: Mapping[str, Any], name: str) -> list[Any]:
    value = content.get(name)
    if not isinstance(value, list):
        raise DatasetError(f"{path}: is not a COCO keypoints file (it has no list of {name})")
    return value


def _image(path: Path, item: Any) -> Json:
    try:
        image = dict(item)
        if not isinstance(image["id"], int | str) or not isinstance(image["file_name"], str):
            raise ValueError("id must be a number or a text, file_name a text")
        for side in ("width", "height"):
            image[side] = round(_number(image[side], side))
            if not 0 < image[side] < 2**16:
                raise ValueError(f"{side} must be 1 to 65535, got {image[side]}")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        name = item.get("file_name", item.get("id", "?")) if isinstance(item, dict) else item
        reason = f"has no {error}" if isinstance(error, KeyError) else str(error)
        raise DatasetError(
            f"{path}: is not a COCO keypoints file (picture {str(name)[:80]}: {reason})"
        ) from error
    return image


def _categories(
    path: Path, content: Mapping[str, Any], skeleton: Skeleton
) -> dict[Any, list[int | None]] | None:
    """Joints of each category: the skeleton's number of each, None where it has no such joint.

    A category that is not of people has no joints, or none of the skeleton's. None: the file has no
    categories at all.
    """
    given = content.get("categories")
    if not given:
        return None
    try:
        joints = {
            category["id"]: [_joint(name, skeleton) for name in category.get("keypoints") or ()]
            for category in given
        }
        names = {category["id"]: str(category.get("name", "")).lower() for category in given}
    except (AttributeError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{path}: its categories need an id and names of keypoints each ({error!r})"
        ) from error
    known = dict(joints)
    for key, own in known.items():
        several = [k for k in own if k is not None]
        if len(set(several)) < len(several):
            raise DatasetError(f"{path}: category {key} names a joint twice")
        if not joints[key] and (names[key] in PEOPLE or len(joints) == 1):
            known[key] = list(range(len(skeleton)))  # unnamed joints are those asked for
    if all(joint is None for own in known.values() for joint in own):
        raise DatasetError(
            f"{path}: no category is of people with joints like {', '.join(skeleton.names[:6])}"
        )
    return known


def _joint(name: Any, skeleton: Skeleton) -> int | None:
    """The skeleton's number of a joint, however it is spelt: `LShoulder`, `shoulder-left`."""
    words = re.findall(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]|[0-9]+", str(name))
    key = {_SIDES.get(word.lower(), word.lower()) for word in words}
    for number, own in enumerate(skeleton.names):
        if key == set(own.split("_")):
            return number
    return None


def _person(
    item: Any,
    categories: Mapping[Any, list[int | None]] | None,
    people: Mapping[int | str, list[Json]],
    skeleton: Skeleton,
) -> Json | None:
    """An annotation in the one form; None where it says nothing of a person."""
    person: Json = dict(item)
    joints: list[int | None] = list(range(len(skeleton)))
    if categories is not None:
        category = person["category_id"]
        if category not in categories:
            raise ValueError(f"its category {category!r} is not among the categories")
        joints = categories[category]
        if not joints and person.get("keypoints"):
            raise ValueError(
                f"has keypoints, but its category {category!r} names no joint of a person"
            )
        if all(joint is None for joint in joints):
            return None
    if person["image_id"] not in people:
        raise ValueError(f"its picture {person['image_id']!r} is not among the images")
    box = [_number(value, "bbox") for value in person["bbox"]]
    keypoints, given = _keypoints(person.get("keypoints"), joints, skeleton)
    seen = sum(v > 0 for v in keypoints[2::3])
    if len(box) != 4:
        raise ValueError(f"its bbox has {len(box)} numbers instead of 4")
    if min(box[2:]) <= 0:
        if seen == 0:
            return None
        raise ValueError(f"its bbox has no size ({box[2]:g} x {box[3]:g}), so its person has none")
    area = person.get("area")
    area = BODY_SHARE * box[2] * box[3] if area is None else _number(area, "area")
    unknown = {int(joint) for joint in person.get("unknown", ())} | (
        set(range(len(skeleton))) - given
    )
    scores = person.get("keypoint_scores")
    if scores is not None:
        if len(scores) != len(joints):
            raise ValueError(f"has {len(scores)} keypoint_scores instead of {len(joints)}")
        values = dict(
            zip(joints, [_number(score, "keypoint_scores") for score in scores], strict=True)
        )
        person["keypoint_scores"] = [values.get(joint, 0.0) for joint in range(len(skeleton))]
    return person | {
        "category_id": 1,
        "bbox": box,
        "area": area or BODY_SHARE * box[2] * box[3],
        "iscrowd": int(bool(person.get("iscrowd"))),
        "keypoints": keypoints,
        "num_keypoints": seen,
        "unknown": sorted(unknown),
    }


def _keypoints(
    values: Any, joints: list[int | None], skeleton: Skeleton
) -> tuple[list[float], set[int]]:
    """3K numbers in the skeleton's order, and the joints that the file speaks of."""
    ordered = [0.0] * (3 * len(skeleton))
    given = {joint for joint in joints if joint is not None}
    if not values:
        return ordered, given
    numbers = [_number(value, "keypoints") for value in values]
    if len(numbers) != 3 * len(joints):
        raise ValueError(
            f"has {len(numbers)} numbers of keypoints instead of {3 * len(joints)} "
            f"(x, y, visibility of {len(joints)} joints)"
        )
    for position, joint in enumerate(joints):
        if joint is not None:
            x, y, flag = numbers[3 * position : 3 * position + 3]
            ordered[3 * joint : 3 * joint + 3] = x, y, min(flag, 2)  # some tools count further
    return ordered, given


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} must be finite numbers, got {str(value)[:40]}")
    return value


def _folder(path: Path, images: list[Json]) -> Path:
    """Where the pictures are: beside the file, in `images`, or as COCO lays them out."""
    split = path.stem.rsplit("_", 1)[-1]
    above = path.resolve().parent.parent
    places = (path.parent, path.parent / "images", above / split, above / "images" / split)
    for place in (*places, above / "images"):
        if images and is_there(place / images[0]["file_name"]):
            return place
    return path.parent
