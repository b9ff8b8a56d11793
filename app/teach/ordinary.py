"""Ordinary pictures with exact labels, of the clip that comes with the program.

They tell whether weights that learned from somebody's frames forgot other people over it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from app.bundled import SAMPLE, sample_clip
from app.sample_truth import load_truth
from core.part_file import make_folder, write_whole
from core.skeleton import COCO_17
from core.tracks.formats.coco_labels import write_picture
from core.video.seek import open_seekable

COUNT = 12  # pictures


def ordinary_pictures(folder: Path, count: int = COUNT) -> Path | None:
    """Write them as a COCO keypoints data set; None without the sample. Raises OutputError."""
    clip = sample_clip()
    if clip is None:
        return None
    truth = load_truth(SAMPLE / "sample_truth.json")["frames"]
    make_folder(folder)
    images, people = [], []
    with open_seekable(str(clip)) as video:
        for number in np.linspace(0, len(video) - 1, count).astype(int).tolist():
            name, (width, height) = write_picture(folder, number, video.frame(number).rgb)
            images.append({"id": number, "file_name": name, "width": width, "height": height})
            people += true_people(number, truth[number]["people"])
    categories = [{"id": 1, "name": "person", "keypoints": list(COCO_17.names)}]
    content = {"images": images, "annotations": people, "categories": categories}
    path = folder / "ordinary.json"
    write_whole(path, json.dumps(content) + "\n")
    return path


def true_people(image: int, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """COCO annotations of those in a frame of the truth file who have a keypoint in the picture."""
    everyone = [_person(image, person) for person in people]
    return [person for person in everyone if person["num_keypoints"]]


def _person(image: int, person: dict[str, Any]) -> dict[str, Any]:
    values = [value for triple in person["keypoints"] for value in triple]
    return {
        "image_id": image,
        "category_id": 1,
        "bbox": person["bbox"],
        "keypoints": values,
        "num_keypoints": sum(flag > 0 for flag in values[2::3]),
    }
