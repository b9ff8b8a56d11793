"""Reads a YOLO pose data set, named by its `data.yaml`, into COCO's form."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import DatasetError
from core.file_names import IMAGE_SUFFIXES, is_hidden
from core.settings import load_yaml
from core.skeleton import COCO_17
from core.tracks.formats.labelled import (
    PEOPLE,
    PERSON,
    Json,
    LabelledPerson,
    LabelledPicture,
    coco_content,
    picture_size,
    place,
)


def read_yolo(path: Path) -> Json:
    """The pictures of all parts that `data.yaml` names; their texts are beside, or in `labels`."""
    facts = load_yaml(path)
    count, numbers = facts["kpt_shape"]
    names = (facts.get("kpt_names") or {}).get(0, COCO_17.names)
    if len(names) != count or numbers not in (2, 3):
        raise DatasetError(
            f"{path}: has {count} keypoints of {numbers} numbers; COCO's 17 are right, or kpt_names"
        )
    labels = _labels(facts.get("names"))
    folder = path.parent / str(facts.get("path") or ".")
    files = sorted(
        {
            file.resolve()
            for part in ("train", "val", "test")
            for place in _listed(facts.get(part))
            for file in _pictures_of(folder / place)
            if file.suffix.lower() in IMAGE_SUFFIXES and not is_hidden(file)
        }
    )
    pictures = []
    for file in files:
        text = _text(file)
        if text is not None:
            size = picture_size(file)
            people = [
                _person(line, names, numbers, size, labels) for line in text.splitlines() if line
            ]
            pictures.append(LabelledPicture(str(file), size, people))
    if not pictures:
        raise DatasetError(f"{path}: there are no pictures with labels in {folder}")
    return coco_content({PERSON: names}, pictures)


def _listed(value: Any) -> list[str]:
    """One place, several, or none."""
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]


def _pictures_of(place: Path) -> Iterator[Path]:
    """What lies in a folder at any depth, or what a text file names, a path a line."""
    if place.is_dir():
        yield from place.rglob("*")
    elif place.suffix.lower() == ".txt" and place.is_file():
        lines = place.read_text(encoding="utf-8-sig").splitlines()
        yield from (place.parent / line.strip() for line in lines if line.strip())


def _labels(names: Any) -> dict[int, str]:
    """What else than people its classes are; all are people where none is called so."""
    listed = dict(enumerate(names)) if isinstance(names, list) else dict(names or {})
    classes = {int(number): str(name) for number, name in listed.items()}
    if not any(name.lower() in PEOPLE for name in classes.values()):
        return {}
    return {number: name for number, name in classes.items() if name.lower() not in PEOPLE}


def _text(picture: Path) -> str | None:
    beside = picture.with_suffix(".txt")
    parts = list(beside.parts)
    if "images" in parts:
        last = len(parts) - 1 - parts[::-1].index("images")  # a folder above may be called so too
        parts[last] = "labels"
    for text in (beside, Path(*parts)):
        if text.is_file():
            return text.read_text(encoding="utf-8")
    return None


def _person(
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
