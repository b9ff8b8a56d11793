"""Reads what Label Studio exports as JSON into COCO's form."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from core.tracks.formats.labelled import (
    PERSON,
    Json,
    LabelledPerson,
    LabelledPicture,
    coco_content,
    place,
)


def read_label_studio(tasks: list[Any]) -> Json:
    """Rectangles, and keypoints whose parent or relation they are; the newest annotation counts."""
    names: dict[str, dict[str, None]] = {}
    pictures = []
    for task in tasks:
        name = _name(str(task["data"].get("image") or task["data"]["img"]))
        given = [one for one in task["annotations"] if not one.get("was_cancelled")]
        results = given[-1]["result"] if given else []
        size = next(
            ((r["original_width"], r["original_height"]) for r in results if "original_width" in r),
            None,
        )
        if size is None:
            continue  # nobody in it, and nothing says how large it is
        people = list(_people(results, names))
        pictures.append(LabelledPicture(name, (int(size[0]), int(size[1])), people))
    return coco_content(names, pictures)


def _name(address: str) -> str:
    """A picture's address without its query, or the local file that the query names."""
    name, _, query = address.partition("?")
    return parse_qs(query).get("d", [name])[0]


def _people(results: list[Json], names: dict[str, dict[str, None]]) -> Iterator[LabelledPerson]:
    related = {r["from_id"]: r["to_id"] for r in results if r["type"] == "relation"}
    boxes: dict[str, tuple[float, float, float, float]] = {}
    joints: dict[str, dict[str, tuple[float, float, int]]] = {}
    labels: dict[str, str] = {}
    for result in results:
        if result["type"] == "rectanglelabels":
            value, across, down = _value(result)
            x, y = value["x"] * across, value["y"] * down
            boxes[result["id"]] = (
                x, y, x + value["width"] * across, y + value["height"] * down,
            )  # fmt: skip
            labels[result["id"]] = str(next(iter(value.get("rectanglelabels") or ()), PERSON))
    for result in results:
        if result["type"] == "keypointlabels":
            value, across, down = _value(result)
            (name,) = value["keypointlabels"]
            owner = result.get("parentID") or related.get(result["id"])
            owner = owner or (next(iter(boxes)) if len(boxes) == 1 else None)
            if owner is None:
                raise ValueError(f"keypoint {name} belongs to no rectangle")
            names.setdefault(labels.get(owner, PERSON), {})[name] = None
            joints.setdefault(owner, {})[name] = place(value["x"] * across, value["y"] * down)
    for owner in dict.fromkeys((*boxes, *joints)):
        yield LabelledPerson(joints.get(owner, {}), boxes.get(owner), labels.get(owner, PERSON))


def _value(result: Json) -> tuple[Json, float, float]:
    """What a result holds, and the pixels of a percent in both directions."""
    return result["value"], result["original_width"] / 100, result["original_height"] / 100
