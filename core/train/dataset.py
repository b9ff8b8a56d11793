"""COCO keypoints JSON -> arrays of people an image, with ignore zones and unknown keypoints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError
from core.skeleton import BODY_SHARE
from core.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The labels of one picture: N people and I zones of which nothing is known."""

    boxes: FloatArray  # (N, 4) x1, y1, x2, y2 px
    keypoints: FloatArray  # (N, K, 2) px
    weights: FloatArray  # (N, K) in [0, 1] how far the position is to be trusted; 0: none given
    visible: FloatArray  # (N, K) 1 labelled, 0 not there; soft where a teacher said so
    known: NDArray[np.bool_]  # (N, K) False: nothing is known of this keypoint
    areas: FloatArray  # (N,) px^2, the s^2 of OKS
    ignore: FloatArray  # (I, 4) px; neither person nor background

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImage:
    """A picture on disk and who is in it."""

    image_id: int
    path: Path
    size: tuple[int, int]  # width, height px
    source: str
    people: People


def read_dataset(path: Path, keypoints: int) -> list[LabelledImage]:
    """All pictures of a COCO keypoints file; picture paths are relative to its folder.

    Raises DatasetError.
    """
    content = read_json(path)
    try:
        images = content["images"]
        annotations = content["annotations"]
        by_image: dict[int, list[Mapping[str, Any]]] = {image["id"]: [] for image in images}
        for annotation in annotations:
            by_image[annotation["image_id"]].append(annotation)
        if not any("keypoints" in annotation for annotation in annotations):
            raise DatasetError(
                f"{path}: none of its annotations has keypoints; a COCO keypoints file is needed"
            )
        return [
            LabelledImage(
                image_id=image["id"],
                path=path.parent / image["file_name"],
                size=(image["width"], image["height"]),
                source=image.get("source", ""),
                people=_people(by_image[image["id"]], keypoints),
            )
            for image in images
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{path}: is not a COCO keypoints file ({error!r})") from error


def read_json(path: Path) -> Mapping[str, Any]:
    """The object in a JSON file. Raises DatasetError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DatasetError(f"{path}: is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: is not a COCO keypoints file (no object at its top)")
    return content


def _people(annotations: list[Mapping[str, Any]], keypoints: int) -> People:
    """Labels of one image. A teacher's confidence weighs its positions."""
    boxes, points, weights, visible, known, areas, ignore = [], [], [], [], [], [], []
    for annotation in annotations:
        x, y, width, height = annotation["bbox"]
        box = (x, y, x + width, y + height)
        if annotation.get("iscrowd"):
            ignore.append(box)
            continue
        values = np.array(
            annotation.get("keypoints") or [0.0] * (3 * keypoints), np.float32
        ).reshape(keypoints, 3)
        labelled = (values[:, 2] > 0).astype(np.float32)
        trust = labelled.copy()
        sure = np.ones(keypoints, np.bool_)
        sure[list(annotation.get("unknown", ()))] = False
        if not labelled.any():
            sure[:] = False
        if annotation.get("label") == "teacher" and "keypoint_scores" in annotation:
            trust *= np.array(annotation["keypoint_scores"], np.float32)
        boxes.append(box)
        points.append(values[:, :2])
        weights.append(trust)
        visible.append(labelled)
        known.append(sure)
        areas.append(annotation.get("area") or BODY_SHARE * width * height)
    return People(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(points, np.float32).reshape(-1, keypoints, 2),
        np.array(weights, np.float32).reshape(-1, keypoints),
        np.array(visible, np.float32).reshape(-1, keypoints),
        np.array(known, np.bool_).reshape(-1, keypoints),
        np.array(areas, np.float32),
        np.array(ignore, np.float32).reshape(-1, 4),
    )
