"""COCO metrics of a network on a labelled data set, by pycocotools."""

import contextlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.skeleton import COCO_17, Skeleton
from core.tracks.formats.labels import category_of
from core.tracks.improve.match import pose_scores
from core.train.dataset import LabelledImage
from core.train.image_cache import read_picture
from core.types import FloatArray, Frame, PoseBatch

# A detection below this score cannot change AP noticeably, and COCO counts 20 an image.
CONFIDENCE = 0.01
MOST = 20


@dataclass(frozen=True, slots=True)
class PoseMetrics:
    """COCO keypoint metrics, and the two usual ones of the boxes. -1: nothing of that size."""

    ap: float
    ap50: float
    ap75: float
    ap_medium: float
    ap_large: float
    ar: float
    box_ap: float
    box_ap50: float

    def as_dict(self) -> dict[str, float]:
        """By name."""
        return asdict(self)


def estimate_images(
    images: Iterable[LabelledImage], estimate: Callable[[Frame], PoseBatch]
) -> Iterator[tuple[LabelledImage, PoseBatch]]:
    """Find the people of every picture. Raises DatasetError for an unreadable one."""
    for index, image in enumerate(images):
        yield image, estimate(Frame(index, 0.0, 0, read_picture(image.path, image.size)))


def coco_results(found: Iterable[tuple[LabelledImage, PoseBatch]]) -> list[dict[str, Any]]:
    """Poses as COCO keypoint results: a list of dicts, 3K numbers a person.

    `score` ranks people, `pose_score` poses.
    """
    results = []
    for image, poses in found:
        for box, score, rank, keypoints, confidence in zip(
            poses.boxes,
            poses.scores,
            pose_scores(poses),
            poses.keypoints,
            poses.keypoint_scores,
            strict=True,
        ):
            values = np.concatenate([keypoints, confidence[:, None]], 1)
            x1, y1, x2, y2 = (float(v) for v in box)
            results.append(
                {
                    "image_id": image.image_id,
                    "category_id": 1,
                    "keypoints": [round(float(v), 3) for v in values.reshape(-1)],
                    "bbox": [round(v, 3) for v in (x1, y1, x2 - x1, y2 - y1)],
                    "score": round(float(score), 5),
                    "pose_score": round(float(rank), 5),
                }
            )
    return results


def score_results(
    images: Sequence[LabelledImage], results: Sequence[dict[str, Any]]
) -> PoseMetrics:
    """COCO metrics of results against the labels of the pictures."""
    skeleton = images[0].people.skeleton if images else COCO_17
    with contextlib.redirect_stdout(io.StringIO()):
        coco = _truth(images, skeleton)
        if not results:
            return PoseMetrics(*([0.0] * 8))
        # pycocotools would put the keypoints' own extent in place of the box, so each kind of
        # evaluation is given only what it is about.
        poses = [_without(r, "bbox") | {"score": r["pose_score"]} for r in results]
        by_keypoints = _evaluate(coco, poses, "keypoints", skeleton)
        by_box = _evaluate(coco, [_without(r, "keypoints") for r in results], "bbox", skeleton)
    return PoseMetrics(*by_keypoints[:6], *by_box[:2])


def _without(result: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key != name}


def _evaluate(
    coco: COCO, results: list[dict[str, Any]], kind: str, skeleton: Skeleton
) -> list[float]:
    evaluation = COCOeval(coco, coco.loadRes(results), kind)
    if kind == "keypoints":
        evaluation.params.kpt_oks_sigmas = skeleton.sigmas.astype(np.float64)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return [float(value) for value in evaluation.stats]


def _truth(images: Sequence[LabelledImage], skeleton: Skeleton) -> COCO:
    """Labels as they were read, for pycocotools."""
    annotations: list[dict[str, Any]] = []

    def add(image: LabelledImage, box: FloatArray, area: float, points: list[float]) -> None:
        x1, y1, x2, y2 = (float(value) for value in box)
        annotations.append(
            {
                "id": len(annotations) + 1,
                "image_id": image.image_id,
                "category_id": 1,
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "area": area,
                "iscrowd": int(not points),
                "keypoints": points or [0] * (3 * len(skeleton)),
                "num_keypoints": sum(value > 0 for value in points[2::3]),
            }
        )

    for image in images:
        people = image.people
        for row in range(len(people)):
            flags = 2 * (people.visible[row] > 0).astype(np.float32)
            points = np.concatenate([people.keypoints[row], flags[:, None]], 1)
            add(image, people.boxes[row], float(people.areas[row]), points.ravel().tolist())
        for box in people.ignore:
            add(image, box, float((box[2] - box[0]) * (box[3] - box[1])), [])
    coco = COCO()
    coco.dataset = {
        "info": {},
        "images": [{"id": image.image_id} for image in images],
        "annotations": annotations,
        "categories": [category_of(skeleton)],
    }
    coco.createIndex()
    return coco
