"""What a chooser learns from: candidates of the people whom the network finds, and their labels."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.geometry import box_areas, box_iou
from core.machine import core_count
from core.model.candidates import Features
from core.model.estimator import PoseEstimator, load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.train.augment import AugmentSettings, compose
from core.train.batches import source_probabilities
from core.train.dataset import LabelledImage, People
from core.train.image_cache import read_picture
from core.types import FloatArray, PoseBatch

SIZES = (256, 320, 384, 448, 512, 640)
AUGMENT = AugmentSettings(scale=0.3, focus=0.3, full_rotation=0.15, rotate=15.0)
_WEAKEST = 0.02  # score of a person that is looked at: weak ones teach what is nobody
_FOUND_IOU = 0.4  # with a label's box: the person is found
_NEAR_IOU = 0.25  # a person between this and `_FOUND_IOU` may be a second find or a poor one
_IGNORED = 0.5  # of a box within an ignore zone: nothing is known of the person
_KEPT_NOBODIES = 0.15  # there are many more than people


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """N people as the network found them, in px of its input."""

    inputs: Features[FloatArray]
    keypoints: FloatArray  # (N, K, 2) px, of the label
    weights: FloatArray  # (N, K) how far its position is to be trusted; 0 where there is none
    known: NDArray[np.bool_]  # (N, K) False: the label does not say whether there is one
    areas: FloatArray  # (N,) px^2, the s^2 of OKS

    def __len__(self) -> int:
        return len(self.areas)


def gather_examples(
    weights: Path,
    images: Sequence[LabelledImage],
    sources: Mapping[str, float],
    count: int,
    seed: int,
) -> Iterator[Examples]:
    """The examples of `count` augmented pictures, one picture after the other.

    Raises DatasetError and ModelError.
    """
    # A thread a picture: the network's own threads would wait for each other.
    how = EstimatorSettings(
        size=SIZES[0], confidence=_WEAKEST, most=20, engine="onnxruntime",
        precision="float32", threads=1,
    )  # fmt: skip
    estimator = load_estimator(weights, how)
    assert isinstance(estimator, PoseEstimator)
    shares = source_probabilities(images, dict(sources))
    chosen = np.random.default_rng(seed).choice(len(images), count, p=shares)

    def look(number: int) -> Examples:
        rng = np.random.default_rng([seed, number])
        image = images[chosen[number]]
        rgb = read_picture(image.path, image.size)
        size = int(rng.choice(SIZES))
        flip = image.people.skeleton.flip
        canvas, people = compose([rgb], [image.people], [1.0], size, AUGMENT, flip, rng)
        poses, inputs = estimator.candidates(canvas)
        return _labelled(poses, inputs, people, rng)

    numbers = iter(range(count))
    with ThreadPoolExecutor(core_count()) as pool:
        # A few at a time, so that memory holds few pictures.
        while some := list(islice(numbers, 8 * core_count())):
            yield from pool.map(look, some)


def join_examples(parts: Sequence[Examples]) -> Examples:
    """Many as one."""
    columns = zip(*(part.inputs for part in parts), strict=True)
    inputs = Features(*(np.concatenate(column) for column in columns))
    others = (field.name for field in fields(Examples) if field.name != "inputs")
    return Examples(
        inputs, *(np.concatenate([getattr(part, name) for part in parts]) for name in others)
    )


def _labelled(
    poses: PoseBatch, inputs: Features[FloatArray], people: People, rng: np.random.Generator
) -> Examples:
    """Each person with its label; those of whom nothing is known are left out, as most nobodies."""
    count, joints = poses.keypoint_scores.shape
    overlap = box_iou(poses.boxes, people.boxes)
    label = np.full(count, -1)
    for row in range(count):  # best first
        free = np.where(np.isin(np.arange(len(people)), label), 0, overlap[row])
        if free.max(initial=0) > _FOUND_IOU:
            label[row] = free.argmax()
    found = label >= 0
    best = overlap.max(1, initial=0)
    doubtful = (best > _NEAR_IOU) & (best < 0.5)
    unknown = doubtful | (_share_within(poses.boxes, people.ignore) > _IGNORED)
    keep = found | (~unknown & (rng.random(count) < _KEPT_NOBODIES))
    keypoints = np.zeros((count, joints, 2), np.float32)
    weights = np.zeros((count, joints), np.float32)
    known = np.ones((count, joints), np.bool_)
    areas = np.ones(count, np.float32)
    keypoints[found], areas[found] = people.keypoints[label[found]], people.areas[label[found]]
    weights[found], known[found] = people.weights[label[found]], people.known[label[found]]
    small = inputs._replace(heights=inputs.heights.astype(np.float16))
    return Examples(
        Features(*(value[keep] for value in small)),
        keypoints[keep], weights[keep], known[keep], areas[keep],
    )  # fmt: skip


def _share_within(boxes: FloatArray, zones: FloatArray) -> FloatArray:
    """The largest share of each of (N, 4) boxes that one of (I, 4) zones covers."""
    low = np.maximum(boxes[:, None, :2], zones[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], zones[None, :, 2:])
    covered = np.clip(high - low, 0, None).prod(2)
    share: FloatArray = (covered / np.maximum(box_areas(boxes), 1e-6)[:, None]).max(1, initial=0)
    return share
