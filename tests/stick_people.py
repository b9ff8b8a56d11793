"""Small labelled pictures of stick figures: a data set that a network can learn in seconds."""

import json
from pathlib import Path

import cv2
import numpy as np

from core.skeleton import COCO_17, HALPE_26, Skeleton

# A standing figure facing the camera, (17, 2) as fractions of its box.
STANDING = np.array(
    [
        (0.5, 0.08),
        (0.56, 0.05),
        (0.44, 0.05),
        (0.62, 0.08),
        (0.38, 0.08),
        (0.75, 0.22),
        (0.25, 0.22),
        (0.88, 0.38),
        (0.12, 0.38),
        (0.95, 0.52),
        (0.05, 0.52),
        (0.65, 0.52),
        (0.35, 0.52),
        (0.68, 0.75),
        (0.32, 0.75),
        (0.7, 0.97),
        (0.3, 0.97),
    ],
    np.float32,
)


# Head, neck and hip, then toes and heels, as HALPE_26 has them after COCO's joints.
_FEET = [(0.8, 1), (0.2, 1), (0.75, 1), (0.25, 1), (0.66, 0.99), (0.34, 0.99)]
WITH_FEET = np.array([*STANDING.tolist(), (0.5, 0), (0.5, 0.2), (0.5, 0.52), *_FEET], np.float32)


def write_dataset(
    folder: Path,
    count: int = 4,
    size: int = 128,
    seed: int = 0,
    skeleton: Skeleton = COCO_17,
) -> Path:
    """Pictures of one figure each and their COCO keypoints file; returns the file."""
    standing = WITH_FEET if skeleton is HALPE_26 else STANDING
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for index in range(count):
        width, height = rng.uniform(0.25, 0.4) * size, rng.uniform(0.55, 0.75) * size
        x, y = rng.uniform(0, size - width), rng.uniform(0, size - height)
        points = standing * (width, height) + (x, y)
        picture = np.full((size, size, 3), rng.integers(60, 200), np.uint8)
        for a, b in skeleton.limbs:
            ends = [tuple(round(float(v)) for v in points[k]) for k in (a, b)]
            cv2.line(picture, ends[0], ends[1], (255, 255, 255), 3, cv2.LINE_AA)
        cv2.imwrite(str(folder / f"{index}.png"), picture)
        images.append({"id": index, "file_name": f"{index}.png", "width": size, "height": size})
        annotations.append(
            {
                "id": index + 1,
                "image_id": index,
                "category_id": 1,
                "bbox": [float(x), float(y), float(width), float(height)],
                "area": float(0.53 * width * height),
                "iscrowd": 0,
                "num_keypoints": len(skeleton),
                "keypoints": [v for px, py in points for v in (float(px), float(py), 2)],
            }
        )
    path = folder / "people.json"
    categories = [{"id": 1, "name": "person"}]
    if skeleton is not COCO_17:
        categories[0]["keypoints"] = list(skeleton.names)
    content = {"images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(content))
    return path
