"""Split a data set in two: most to learn from, a part that is only ever looked at."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import DatasetError
from core.part_file import make_folder, write_whole
from core.skeleton import Skeleton
from core.tracks.formats.coco_labels import PROPOSED
from core.tracks.formats.labels import read_labels


def split_dataset(
    path: Path,
    share: float,
    seed: int,
    folder: Path,
    skeleton: Skeleton,
    pictures: Path | None = None,
) -> tuple[Path, Path, int, int]:
    """Write two COCO files into `folder`: (learn, held out, pictures in each).

    Held out are the pictures that `label` or the window drew at random, where there are two or
    more: nobody chose them. Elsewhere they are drawn here by `seed`; at least one lands on either
    side. Picture paths become absolute; the labels are of the skeleton's joints. Raises
    DatasetError when there are fewer than four.
    """
    labels = read_labels(path, skeleton, pictures)
    images = labels.images
    if len(images) < 4:
        raise DatasetError(f"{path}: has {len(images)} pictures; at least 4 are needed")
    measuring = {image["id"] for image in images if image.get(PROPOSED) == "random"}
    chosen = 2 <= len(measuring) < len(images)
    held_ids = measuring if chosen else _draw([image["id"] for image in images], share, seed)
    absolute = [
        image | {"file_name": str((labels.folder / image["file_name"]).resolve())}
        for image in images
    ]

    def write(name: str, held: bool) -> tuple[Path, int]:
        part: dict[str, Any] = {
            **labels.rest,
            "images": [image for image in absolute if (image["id"] in held_ids) is held],
            "annotations": [
                person
                for key, people in labels.people.items()
                for person in people
                if (key in held_ids) is held
            ],
        }
        target = folder / name
        write_whole(target, json.dumps(part))
        return target, len(part["images"])

    make_folder(folder)
    learn, learn_count = write("learn.json", held=False)
    held, held_count = write("held_out.json", held=True)
    return learn, held, learn_count, held_count


def _draw(ids: list[int | str], share: float, seed: int) -> set[int | str]:
    order = np.random.default_rng(seed).permutation(len(ids))
    count = min(max(1, round(share * len(ids))), len(ids) - 1)
    return {ids[i] for i in order[:count]}
