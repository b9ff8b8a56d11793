"""COCO labels in the forms of other tools: YOLO pose text, CVAT, Label Studio and others."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import numpy as np

from core.skeleton import COCO_17
from core.tracks.formats.collected_data import CSV_NAME, H5_NAME, collected_files
from core.tracks.formats.collected_h5 import collected_h5_files
from core.tracks.formats.extras import library
from core.tracks.formats.labelled import Json, labelled_people, labelled_points

_SLEAP = "labels.slp"


def yolo_files(content: Json) -> Iterator[tuple[str, str]]:
    """`data.yaml`, and beside each picture a text: a line a person, all numbers as shares.

    A line is the class 0, the middle, width and height of the box, then x, y and flag of each
    keypoint (0 absent, 1 hidden, 2 seen). What lies outside the picture is absent.
    """
    flips = ", ".join(str(index) for index in COCO_17.flip.tolist())
    yield (
        "data.yaml",
        f"path: .\ntrain: .\nval: .\nkpt_shape: [{len(COCO_17)}, 3]\nflip_idx: [{flips}]\n"
        "names:\n  0: person\n",
    )
    for image, people in labelled_people(content):
        width, height = image["width"], image["height"]
        lines = []
        for person in people:
            x, y, w, h = person["bbox"]
            x1, x2 = _share(x / width), _share((x + w) / width)
            y1, y2 = _share(y / height), _share((y + h) / height)
            if x1 >= x2 or y1 >= y2:
                continue
            numbers = [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]
            line = ["0", *(f"{number:.6f}" for number in numbers)]
            for _, px, py, flag in labelled_points(person):
                inside = flag > 0 and 0 <= px <= width and 0 <= py <= height
                place = (px / width, py / height, flag) if inside else (0.0, 0.0, 0)
                line.append(f"{place[0]:.6f} {place[1]:.6f} {place[2]}")
            lines.append(" ".join(line) + "\n")
        yield f"{_stem(image)}.txt", "".join(lines)


def cvat_files(content: Json) -> Iterator[tuple[str, str]]:
    """`cvat.xml`: CVAT for images 1.1 with a skeleton a person; absent keypoints are outside."""
    root = ElementTree.Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    for number, (image, people) in enumerate(labelled_people(content)):
        facts = {"id": str(number), "name": str(image["file_name"])}
        facts |= {"width": str(image["width"]), "height": str(image["height"])}
        picture = ElementTree.SubElement(root, "image", facts)
        for person in people:
            skeleton = ElementTree.SubElement(
                picture,
                "skeleton",
                {"label": "person", "source": "manual", "occluded": "0", "z_order": "0"},
            )
            for name, x, y, flag in labelled_points(person):
                ElementTree.SubElement(
                    skeleton,
                    "points",
                    {
                        "label": name,
                        "source": "manual",
                        "outside": str(int(flag == 0)),
                        "occluded": str(int(flag == 1)),
                        "points": f"{x:.2f},{y:.2f}",
                    },
                )
    ElementTree.indent(root, "  ")
    yield "cvat.xml", ElementTree.tostring(root, "unicode", xml_declaration=True) + "\n"


def label_studio_files(content: Json) -> Iterator[tuple[str, str]]:
    """`label_studio.json`: tasks with a rectangle a person, and their keypoints related to it.

    Places are percents of the picture. Label Studio has no hidden keypoints.
    """
    tasks = [_task(image, people) for image, people in labelled_people(content)]
    yield "label_studio.json", json.dumps(tasks, indent=1) + "\n"


def sleap_files(content: Json) -> Iterator[tuple[str, bytes]]:
    """`labels.slp` by sleap-io, whose video is the list of the pictures beside it.

    SLEAP does not know hidden keypoints, nor boxes. Raises OutputError without sleap-io.
    """
    sleap_io = library("sleap_io", "SLEAP", "sleap")
    skeleton = sleap_io.Skeleton(
        list(COCO_17.names), edges=[(COCO_17.names[a], COCO_17.names[b]) for a, b in COCO_17.limbs]
    )
    names = [image["file_name"] for image in content["images"]]
    sizes = [(image["height"], image["width"], 3) for image in content["images"]]
    facts = {"type": "ImageVideo", "filename": names[0], "filenames": names}
    facts |= {"shape": [len(names), *sizes[0]], "grayscale": False}
    video = sleap_io.Video(filename=names, backend_metadata=facts, open_backend=False)
    frames = []
    for number, (_, people) in enumerate(labelled_people(content)):
        instances = []
        for person in people:
            places = [
                (x, y) if flag > 0 else (np.nan, np.nan)
                for _, x, y, flag in labelled_points(person)
            ]
            instances.append(sleap_io.Instance.from_numpy(np.array(places), skeleton))
        frames.append(sleap_io.LabeledFrame(video=video, frame_idx=number, instances=instances))
    labels = sleap_io.Labels(frames, videos=[video], skeletons=[skeleton])
    with TemporaryDirectory() as folder:
        path = Path(folder) / _SLEAP
        sleap_io.save_slp(labels, str(path), embed=False, verbose=False)
        yield _SLEAP, path.read_bytes()


LABEL_FORMATS: Mapping[str, Callable[[Json], Iterator[tuple[str, str | bytes]]]] = {
    "yolo": yolo_files,
    "cvat": cvat_files,
    "label-studio": label_studio_files,
    "deeplabcut": collected_files,
    "deeplabcut-h5": collected_h5_files,
    "sleap": sleap_files,
}
_SINGLE = {
    "cvat": "cvat.xml",
    "label-studio": "label_studio.json",
    "deeplabcut": CSV_NAME,
    "deeplabcut-h5": H5_NAME,
    "sleap": _SLEAP,
}


def planned_labels(form: str, pictures: Sequence[str]) -> tuple[str, ...]:
    """The names of the files that a format will have for these pictures."""
    if form == "yolo":
        return ("data.yaml", *(f"{name.rsplit('.', 1)[0]}.txt" for name in pictures))
    return (_SINGLE[form],)


def _task(image: Json, people: list[Json]) -> Json:
    width, height = image["width"], image["height"]
    common = {"original_width": width, "original_height": height, "image_rotation": 0}
    common |= {"to_name": "image"}
    results: list[Json] = []
    for person in people:
        x, y, w, h = person["bbox"]
        box = {"x": 100 * x / width, "y": 100 * y / height, "rotation": 0}
        box |= {"width": 100 * w / width, "height": 100 * h / height}
        own = f"person-{person['id']}"
        what = {"id": own, "type": "rectanglelabels", "from_name": "individuals"}
        results.append(common | what | {"value": box | {"rectanglelabels": ["person"]}})
        for name, px, py, flag in labelled_points(person):
            if flag == 0:
                continue
            place = {"x": 100 * px / width, "y": 100 * py / height, "width": 0.5}
            what = {"id": f"{own}-{name}", "type": "keypointlabels", "from_name": "keypoint-label"}
            what |= {"parentID": own}
            results.append(common | what | {"value": place | {"keypointlabels": [name]}})
            relation = {"type": "relation", "from_id": f"{own}-{name}", "to_id": own}
            results.append(relation | {"direction": "right"})
    video = {"filename": image["file_name"], "frame_idx": image["id"]}
    return {
        "data": {"image": image["file_name"]},
        "meta": {"video": video | {"shape": [1, height, width, 3]}},
        "annotations": [{"result": results, "was_cancelled": False}],
    }


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _stem(image: Json) -> str:
    return str(image["file_name"]).rsplit(".", 1)[0]
