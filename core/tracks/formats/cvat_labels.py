"""Reads skeletons of CVAT for images 1.1, an XML file, into COCO's form."""

from pathlib import Path
from xml.etree import ElementTree

from core.errors import DatasetError
from core.tracks.formats.labelled import (
    ABSENT,
    PERSON,
    Json,
    LabelledPerson,
    LabelledPicture,
    coco_content,
    place,
)


def read_cvat(path: Path) -> Json:
    """Skeletons, and boxes of the same group where they have any."""
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except ElementTree.ParseError as error:
        raise DatasetError(f"{path}: is not XML ({error})") from error
    names: dict[str, dict[str, None]] = {}
    pictures = []
    for image in root.iter("image"):
        boxes = {
            box.get("group_id"): (
                float(box.attrib["xtl"]),
                float(box.attrib["ytl"]),
                float(box.attrib["xbr"]),
                float(box.attrib["ybr"]),
            )
            for box in image.findall("box")
            if box.get("group_id")
        }
        people = []
        for skeleton in image.findall("skeleton"):
            joints = dict(_joint(points) for points in skeleton.findall("points"))
            label = skeleton.get("label", PERSON)
            names.setdefault(label, {}).update(dict.fromkeys(joints))
            people.append(LabelledPerson(joints, boxes.get(skeleton.get("group_id")), label))
        size = int(image.attrib["width"]), int(image.attrib["height"])
        pictures.append(LabelledPicture(image.attrib["name"], size, people))
    return coco_content(names, pictures)


def _joint(points: ElementTree.Element) -> tuple[str, tuple[float, float, int]]:
    x, y = (float(word) for word in points.attrib["points"].split(","))
    if points.get("outside") == "1":
        return points.attrib["label"], (0.0, 0.0, ABSENT)
    return points.attrib["label"], place(x, y, points.get("occluded") == "1")
