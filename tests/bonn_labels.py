"""Puts the truth of the Bonn set in the place of labels, as somebody would who corrects well.

python tests/bonn_labels.py gt_pose.json clip.labels/people.json
"""

import json
import sys
from pathlib import Path
from typing import Any

from core.skeleton import COCO_17


def with_truth(content: dict[str, Any], truth: dict[str, Any]) -> dict[str, Any]:
    """COCO labels with the true people of each picture; of the face nothing is known."""
    names = truth["joints"]
    unknown = [joint for joint, name in enumerate(COCO_17.names) if name not in names]
    people = []
    for image in content["images"]:
        for person in truth["frames"][image["id"]]["people"]:
            values: list[float] = []
            for name in COCO_17.names:
                at = 3 * names.index(name) if name in names else -1
                x, y, flag = person["keypoints"][at : at + 3] if at >= 0 else (0, 0, 0)
                values += [x, y, int(flag)] if flag > 0 else [0, 0, 0]
            people.append(
                {
                    "id": len(people) + 1,
                    "image_id": image["id"],
                    "category_id": 1,
                    "bbox": person["bbox"],
                    "iscrowd": 0,
                    "keypoints": values,
                    "num_keypoints": sum(flag > 0 for flag in values[2::3]),
                    "unknown": unknown,
                }
            )
    return content | {"annotations": people}


if __name__ == "__main__":
    truth_path, labels_path = (Path(word) for word in sys.argv[1:])
    labels = json.loads(labels_path.read_text(encoding="utf-8"))
    true = json.loads(truth_path.read_text(encoding="utf-8"))
    labels_path.write_text(json.dumps(with_truth(labels, true)), encoding="utf-8")
    print(f"{labels_path}: {len(labels['images'])} pictures corrected")
