"""Split a data set in two: most to learn from, a part that is only ever looked at."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import DatasetError
from core.part_file import make_folder, write_whole
from core.train.dataset import read_json


def split_dataset(path: Path, share: float, seed: int, folder: Path) -> tuple[Path, Path, int, int]:
    """Write two COCO files into `folder`: (learn, held out, pictures in each).

    Pictures are drawn by `seed`; at least one lands on either side. Picture paths become
    absolute. Raises DatasetError when there are fewer than four pictures.
    """
    content = read_json(path)
    try:
        images = list(content["images"])
        annotations = list(content["annotations"])
        held_ids = _draw([image["id"] for image in images], share, seed)
        absolute = [
            image | {"file_name": str((path.parent / image["file_name"]).resolve())}
            for image in images
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: is not a COCO keypoints file ({error!r})") from error
    if len(images) < 4:
        raise DatasetError(f"{path}: has {len(images)} pictures; at least 4 are needed")

    def write(name: str, held: bool) -> tuple[Path, int]:
        part: dict[str, Any] = {
            **content,
            "images": [image for image in absolute if (image["id"] in held_ids) is held],
            "annotations": [a for a in annotations if (a["image_id"] in held_ids) is held],
        }
        target = folder / name
        write_whole(target, json.dumps(part))
        return target, len(part["images"])

    make_folder(folder)
    learn, learn_count = write("learn.json", held=False)
    held, held_count = write("held_out.json", held=True)
    return learn, held, learn_count, held_count


def _draw(ids: list[int], share: float, seed: int) -> set[int]:
    order = np.random.default_rng(seed).permutation(len(ids))
    count = min(max(1, round(share * len(ids))), len(ids) - 1)
    return {ids[i] for i in order[:count]}
