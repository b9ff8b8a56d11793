"""Labels that other tools wrote, read into COCO's form: told apart by their endings and content."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

from core.errors import DatasetError
from core.json_text import read_json_text
from core.settings import load_yaml
from core.skeleton import COCO_17
from core.tracks.formats.collected_data import read_collected
from core.tracks.formats.collected_h5 import read_collected_h5
from core.tracks.formats.labelled import (
    ABSENT,
    PEOPLE,
    PERSON,
    Json,
    LabelledPerson,
    LabelledPicture,
    coco_content,
    picture_size,
    place,
)
from core.tracks.formats.sleap_labels import read_sleap

_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")


def read_label_file(path: Path) -> Mapping[str, Any]:
    """The labels of a file as COCO keypoints. Raises DatasetError and SettingsError.

    CVAT for images 1.1 (`.xml`), YOLO pose (`data.yaml`), DeepLabCut's CollectedData (`.csv`,
    `.h5`), SLEAP (`.slp`), Label Studio (`.json` that holds a list) and COCO (`.json`).
    """
    readers = {
        ".xml": _cvat,
        ".yaml": _yolo,
        ".yml": _yolo,
        ".csv": read_collected,
        ".h5": read_collected_h5,
        ".slp": read_sleap,
    }
    try:
        return readers.get(path.suffix.lower(), _json)(path)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror or error})") from error
    except KeyError as error:
        raise DatasetError(
            f"{path}: its labels cannot be understood (it has no {error})"
        ) from error
    except (ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise DatasetError(f"{path}: its labels cannot be understood ({error})") from error


def _json(path: Path) -> Mapping[str, Any]:
    try:
        content = read_json_text(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise DatasetError(f"{path}: is not JSON ({error})") from error
    if isinstance(content, list) and content:
        return _label_studio(content)
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: is not a COCO keypoints file (no object at its top)")
    return content


def _cvat(path: Path) -> Json:
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
            joints = dict(_cvat_joint(points) for points in skeleton.findall("points"))
            label = skeleton.get("label", PERSON)
            names.setdefault(label, {}).update(dict.fromkeys(joints))
            people.append(LabelledPerson(joints, boxes.get(skeleton.get("group_id")), label))
        size = int(image.attrib["width"]), int(image.attrib["height"])
        pictures.append(LabelledPicture(image.attrib["name"], size, people))
    return coco_content(names, pictures)


def _cvat_joint(points: ElementTree.Element) -> tuple[str, tuple[float, float, int]]:
    x, y = (float(word) for word in points.attrib["points"].split(","))
    if points.get("outside") == "1":
        return points.attrib["label"], (0.0, 0.0, ABSENT)
    return points.attrib["label"], place(x, y, points.get("occluded") == "1")


def _label_studio(tasks: list[Any]) -> Json:
    """Rectangles, and keypoints whose parent or relation they are; the newest annotation counts."""
    names: dict[str, dict[str, None]] = {}
    pictures = []
    for task in tasks:
        name = _studio_name(str(task["data"].get("image") or task["data"]["img"]))
        given = [one for one in task["annotations"] if not one.get("was_cancelled")]
        results = given[-1]["result"] if given else []
        size = next(
            ((r["original_width"], r["original_height"]) for r in results if "original_width" in r),
            None,
        )
        if size is None:
            continue  # nobody in it, and nothing says how large it is
        people = list(_studio_people(results, names))
        pictures.append(LabelledPicture(name, (int(size[0]), int(size[1])), people))
    return coco_content(names, pictures)


def _studio_name(address: str) -> str:
    """A picture's address without its query, or the local file that the query names."""
    name, _, query = address.partition("?")
    return parse_qs(query).get("d", [name])[0]


def _studio_people(
    results: list[Json], names: dict[str, dict[str, None]]
) -> Iterator[LabelledPerson]:
    related = {r["from_id"]: r["to_id"] for r in results if r["type"] == "relation"}
    boxes: dict[str, tuple[float, float, float, float]] = {}
    joints: dict[str, dict[str, tuple[float, float, int]]] = {}
    labels: dict[str, str] = {}
    for result in results:
        if result["type"] == "rectanglelabels":
            value, across, down = _studio_value(result)
            x, y = value["x"] * across, value["y"] * down
            boxes[result["id"]] = (
                x, y, x + value["width"] * across, y + value["height"] * down,
            )  # fmt: skip
            labels[result["id"]] = str(next(iter(value.get("rectanglelabels") or ()), PERSON))
    for result in results:
        if result["type"] == "keypointlabels":
            value, across, down = _studio_value(result)
            (name,) = value["keypointlabels"]
            owner = result.get("parentID") or related.get(result["id"])
            owner = owner or (next(iter(boxes)) if len(boxes) == 1 else None)
            if owner is None:
                raise ValueError(f"keypoint {name} belongs to no rectangle")
            names.setdefault(labels.get(owner, PERSON), {})[name] = None
            joints.setdefault(owner, {})[name] = place(value["x"] * across, value["y"] * down)
    for owner in dict.fromkeys((*boxes, *joints)):
        yield LabelledPerson(joints.get(owner, {}), boxes.get(owner), labels.get(owner, PERSON))


def _studio_value(result: Json) -> tuple[Json, float, float]:
    """What a result holds, and the pixels of a percent in both directions."""
    return result["value"], result["original_width"] / 100, result["original_height"] / 100


def _yolo(path: Path) -> Json:
    """The pictures of all parts that `data.yaml` names; their texts are beside, or in `labels`."""
    facts = load_yaml(path)
    count, numbers = facts["kpt_shape"]
    names = (facts.get("kpt_names") or {}).get(0, COCO_17.names)
    if len(names) != count or numbers not in (2, 3):
        raise DatasetError(
            f"{path}: has {count} keypoints of {numbers} numbers; COCO's 17 are right, or kpt_names"
        )
    labels = _yolo_labels(facts.get("names"))
    folder = path.parent / str(facts.get("path") or ".")
    files = sorted(
        {
            file.resolve()
            for part in ("train", "val", "test")
            for place in _listed(facts.get(part))
            for file in _yolo_pictures(folder / place)
            if file.suffix.lower() in _PICTURES and not file.name.startswith(".")
        }
    )
    pictures = []
    for file in files:
        text = _yolo_text(file)
        if text is not None:
            size = picture_size(file)
            people = [
                _yolo_person(line, names, numbers, size, labels)
                for line in text.splitlines()
                if line
            ]
            pictures.append(LabelledPicture(str(file), size, people))
    if not pictures:
        raise DatasetError(f"{path}: there are no pictures with labels in {folder}")
    return coco_content({PERSON: names}, pictures)


def _listed(value: Any) -> list[str]:
    """One place, several, or none."""
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]


def _yolo_pictures(place: Path) -> Iterator[Path]:
    """What lies in a folder at any depth, or what a text file names, a path a line."""
    if place.is_dir():
        yield from place.rglob("*")
    elif place.suffix.lower() == ".txt" and place.is_file():
        lines = place.read_text(encoding="utf-8-sig").splitlines()
        yield from (place.parent / line.strip() for line in lines if line.strip())


def _yolo_labels(names: Any) -> dict[int, str]:
    """What else than people its classes are; all are people where none is called so."""
    listed = dict(enumerate(names)) if isinstance(names, list) else dict(names or {})
    classes = {int(number): str(name) for number, name in listed.items()}
    if not any(name.lower() in PEOPLE for name in classes.values()):
        return {}
    return {number: name for number, name in classes.items() if name.lower() not in PEOPLE}


def _yolo_text(picture: Path) -> str | None:
    beside = picture.with_suffix(".txt")
    parts = list(beside.parts)
    if "images" in parts:
        last = len(parts) - 1 - parts[::-1].index("images")  # a folder above may be called so too
        parts[last] = "labels"
    for text in (beside, Path(*parts)):
        if text.is_file():
            return text.read_text(encoding="utf-8")
    return None


def _yolo_person(
    line: str,
    names: tuple[str, ...],
    numbers: int,
    size: tuple[int, int],
    labels: Mapping[int, str],
) -> LabelledPerson:
    kind, *values = (float(word) for word in line.split())
    if len(values) != 4 + numbers * len(names):
        raise ValueError(f"a line has {len(values) + 1} numbers: {line[:40]!r}")
    width, height = size
    x, y, w, h = values[:4]
    box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
    joints = {}
    for index, name in enumerate(names):
        px, py, *flag = values[4 + numbers * index : 4 + numbers * (index + 1)]
        there = flag[0] > 0 if flag else (px, py) != (0, 0)
        if there:
            joints[name] = place(px * width, py * height, bool(flag) and flag[0] == 1)
    return LabelledPerson(joints, box, labels.get(int(kind), PERSON))
