"""People as a network might find them around the truth of the sample clip, and what draws tell.

`python tests/simulated_clip.py 200 20` says of how many draws of 20 frames the intervals hold the
figures of the whole clip.
"""

import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from app.bundled import SAMPLE
from app.sample_truth import load_truth
from core.tracks.improve.accuracy import Accuracy, accuracy
from core.tracks.improve.match import FrameMatch, match_frame
from core.tracks.improve.truth import FrameTruth, truth_from_coco
from core.types import PoseBatch

FIGURES = ("ap", "near", "error_px", "miss", "false")


@cache
def simulated() -> tuple[tuple[PoseBatch, ...], tuple[FrameTruth, ...]]:
    """The sample's truth, and poses as a network might find them: some frames are hard."""
    rng = np.random.default_rng(7)
    found, truths = [], []
    for frame in load_truth(SAMPLE / "sample_truth.json")["frames"]:
        people = [p for p in frame["people"] if any(v > 0 for _, _, v in p["keypoints"])]
        truth = truth_from_coco(people)
        hard = rng.gamma(1.0, 1.0)
        kept = rng.random(len(truth)) > 0.1 * hard
        size = np.sqrt((truth.boxes[:, 2:] - truth.boxes[:, :2]).prod(axis=1))[:, None, None]
        off = rng.normal(0, 0.02 * hard, truth.keypoints.shape) * size
        boxes, points = truth.boxes[kept], (truth.keypoints + off)[kept]
        if rng.random() < 0.1 * hard:  # somebody who is nobody
            boxes = np.vstack([boxes, [[5, 5, 60, 130]]])
            points = np.vstack([points, rng.uniform(5, 60, (1, 17, 2))])
        scores = rng.uniform(0.3, 1, len(boxes)).astype(np.float32)
        joints = np.repeat(scores[:, None], 17, axis=1)
        found.append(PoseBatch(boxes.astype(np.float32), scores, points.astype(np.float32), joints))
        truths.append(truth)
    return tuple(found), tuple(truths)


@cache
def matches() -> tuple[FrameMatch, ...]:
    return tuple(match_frame(found, truth) for found, truth in zip(*simulated(), strict=True))


def held(draws: int, count: int) -> dict[str, int]:
    """In how many draws of so many frames each interval holds the figure of the whole clip."""
    every = accuracy(matches())
    rng = np.random.default_rng(3)
    number = dict.fromkeys(FIGURES, 0)
    for _ in range(draws):
        chosen = rng.choice(len(matches()), count, replace=False)
        sample: Accuracy = accuracy([matches()[row] for row in chosen])
        for name in number:
            found, true = getattr(sample, name), getattr(every, name).value
            number[name] += found is not None and found.low <= true <= found.high
    return number


if __name__ == "__main__":
    total, frames = map(int, sys.argv[1:])
    for figure, times in held(total, frames).items():
        print(f"{figure:<10}{times / total:>6.0%}")
