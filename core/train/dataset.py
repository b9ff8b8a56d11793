"""Labels -> arrays of people an image, with ignore zones and unknown keypoints."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton, skeleton_of
from core.tracks.formats.labels import Json, read_labels
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

    @property
    def skeleton(self) -> Skeleton:
        """The usual one of as many keypoints."""
        return skeleton_of(self.keypoints.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImage:
    """A picture on disk and who is in it."""

    image_id: int | str
    path: Path
    size: tuple[int, int]  # width, height px
    source: str
    people: People


def read_dataset(path: Path, keypoints: int, pictures: Path | None = None) -> list[LabelledImage]:
    """All pictures of a COCO keypoints file; `pictures` is their folder if it is not found.

    Labels are of the usual skeleton of so many keypoints. Raises DatasetError.
    """
    labels = read_labels(path, skeleton_of(keypoints), pictures)
    return [
        LabelledImage(
            image_id=image["id"],
            path=labels.folder / image["file_name"],
            size=(image["width"], image["height"]),
            source=str(image.get("source", "")),
            people=_people(labels.people[image["id"]], keypoints),
        )
        for image in labels.images
    ]


def _people(annotations: list[Json], keypoints: int) -> People:
    """Labels of one image. A teacher's confidence weighs its positions."""
    boxes, points, weights, visible, known, areas, ignore = [], [], [], [], [], [], []
    for annotation in annotations:
        x, y, width, height = annotation["bbox"]
        box = (x, y, x + width, y + height)
        if annotation["iscrowd"]:
            ignore.append(box)
            continue
        values = np.array(annotation["keypoints"], np.float32).reshape(keypoints, 3)
        labelled = (values[:, 2] > 0).astype(np.float32)
        trust = labelled.copy()
        sure = np.ones(keypoints, np.bool_)
        sure[annotation["unknown"]] = False
        if not labelled.any():
            sure[:] = False
        if annotation.get("label") == "teacher" and "keypoint_scores" in annotation:
            trust *= np.array(annotation["keypoint_scores"], np.float32)
        boxes.append(box)
        points.append(values[:, :2])
        weights.append(trust)
        visible.append(labelled)
        known.append(sure)
        areas.append(annotation["area"])
    return People(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(points, np.float32).reshape(-1, keypoints, 2),
        np.array(weights, np.float32).reshape(-1, keypoints),
        np.array(visible, np.float32).reshape(-1, keypoints),
        np.array(known, np.bool_).reshape(-1, keypoints),
        np.array(areas, np.float32),
        np.array(ignore, np.float32).reshape(-1, 4),
    )
