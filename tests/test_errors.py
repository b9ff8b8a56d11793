"""Planted errors are named as what they are."""

from pathlib import Path

import numpy as np
import pytest
from stick_people import STANDING, write_dataset

from app.__main__ import main
from core.skeleton import COCO_17
from core.train.breakdown import CASES, breakdown, person_errors, score_table
from core.train.dataset import LabelledImage, People
from core.types import FloatArray, PoseBatch


def labelled(offsets: list[tuple[float, float]]) -> LabelledImage:
    """Standing people of 100 x 200 px at the given places."""
    keypoints = np.stack([STANDING * (100, 200) + offset for offset in offsets]).astype(np.float32)
    boxes = np.array([(x, y, x + 100, y + 200) for x, y in offsets], np.float32)
    ones = np.ones((len(offsets), 17), np.float32)
    people = People(
        boxes,
        keypoints,
        ones,
        ones,
        ones > 0,
        np.full(len(offsets), 10_600, np.float32),
        np.zeros((0, 4), np.float32),
    )
    return LabelledImage(1, Path("x.png"), (640, 480), "", people)


def poses(image: LabelledImage, keypoints: FloatArray) -> PoseBatch:
    count = len(keypoints)
    seen = np.ones((count, 17), np.float32)
    return PoseBatch(image.people.boxes[:count], np.ones(count, np.float32), keypoints, seen)


def case_of(keypoints: FloatArray, image: LabelledImage, joint: str) -> str:
    (first, *_) = person_errors([(image, poses(image, keypoints))])
    return CASES[first.cases[COCO_17.names.index(joint)]]


def test_each_case() -> None:
    image = labelled([(0, 0), (300, 0)])
    truth = image.people.keypoints
    knee, other_knee = COCO_17.names.index("left_knee"), COCO_17.names.index("right_knee")
    assert case_of(truth, image, "left_knee") == "good"
    for place, case in (
        (truth[0, knee] + (14, 0), "jitter"),
        (truth[0, other_knee], "inversion"),
        (truth[1, knee], "swap"),
        (truth[0, knee] + (0, 150), "miss"),
    ):
        wrong = truth.copy()
        wrong[0, knee] = place
        assert case_of(wrong, image, "left_knee") == case
        assert case_of(wrong, image, "right_knee") == "good"


def test_groups_and_people_not_found() -> None:
    image = labelled([(0, 0), (40, 0), (300, 0)])
    image.people.keypoints[2, :, 1] = 200 - image.people.keypoints[2, :, 1]
    rows = {
        row["who"]: row
        for row in breakdown(person_errors([(image, poses(image, image.people.keypoints[:2]))]))
    }
    assert rows["everyone"]["people"] == 3
    assert rows["everyone"]["found"] == pytest.approx(2 / 3)
    assert rows["everyone"]["oks"] == pytest.approx(1)
    assert rows["everyone"]["good"] == 1
    assert rows["crowded"]["people"] == 2
    assert rows["upside-down"]["people"] == 1
    assert rows["upside-down"]["found"] == 0
    assert rows["large"]["people"] == 3
    assert "medium" not in rows


def test_scores_are_held_against_what_they_found() -> None:
    image = labelled([(0, 0)])
    image.people.visible[0, 16] = 0
    found = poses(image, image.people.keypoints + np.float32(0))
    found.keypoint_scores[0] = 0.95
    found.keypoint_scores[0, 13:] = 0.25
    found.keypoints[0, 13] += 150
    assert score_table(person_errors([(image, found)])) == [
        {"score": 0.2, "keypoints": 4, "labelled": 0.75, "near": 0.5},
        {"score": 0.9, "keypoints": 13, "labelled": 1, "near": 1},
    ]
    assert score_table(person_errors([(image, found[np.array([], np.intp)])])) == []


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    from core.model.checkpoint import model_settings, save_checkpoint
    from core.model.network import PoseNetwork

    data = write_dataset(tmp_path / "data", count=2)
    weights = tmp_path / "w.safetensors"
    torch.manual_seed(0)
    save_checkpoint(weights, PoseNetwork(model_settings("n6")), {})
    words = ["eval", "--weights", str(weights), "--data", str(data), "--size", "128", "--errors"]
    assert main([*words, "--pictures", str(tmp_path / "worst.png")]) == 0
    printed = capsys.readouterr().out
    assert "everyone" in printed
    assert "score from" in printed
