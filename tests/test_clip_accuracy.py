"""Figures of a clip: those of COCO, those done by hand, and intervals that hold the truth."""

from pathlib import Path

import numpy as np
import pytest
from simulated_clip import held, matches, simulated

from core.errors import TableError
from core.skeleton import BODY_SHARE, COCO_17
from core.tracks.edits.frame import EditedFrame
from core.tracks.edits.log import HIDDEN
from core.tracks.improve.accuracy import accuracy
from core.tracks.improve.match import match_frame
from core.tracks.improve.proposals import Proposal
from core.tracks.improve.truth import (
    FrameTruth,
    ListedFrame,
    coco_people,
    load_listed,
    save_listed,
    truth_from_coco,
    truth_of,
)
from core.tracks.measure.scale import from_line
from core.train.dataset import LabelledImage, People
from core.train.evaluate import coco_results, score_results
from core.types import PoseBatch, Tracks

JOINT = {name: joint for joint, name in enumerate(COCO_17.names)}


def test_ap_is_that_of_pycocotools() -> None:
    found, truths = (part[:60] for part in simulated())
    images = []
    for number, truth in enumerate(truths):
        areas = BODY_SHARE * (truth.boxes[:, 2:] - truth.boxes[:, :2]).prod(axis=1)
        seen = (truth.flags > 0).astype(np.float32)
        none = np.zeros((0, 4), np.float32)
        people = People(
            truth.boxes, truth.keypoints, seen, seen, np.ones(seen.shape, bool), areas, none
        )
        images.append(LabelledImage(number, Path(), (960, 540), "", people))
    theirs = score_results(images, coco_results(zip(images, found, strict=True))).ap
    ours = accuracy(matches()[:60]).ap
    assert ours is not None
    assert ours.value == pytest.approx(theirs, abs=0.002)
    assert 0.3 < ours.value < 0.95


def person(x: float = 100.0) -> tuple[FrameTruth, PoseBatch]:
    """Somebody with a torso of 100 px, and the same as found."""
    points = np.zeros((1, 17, 2), np.float32)
    points[0, :, 0] = x
    points[0, :, 1] = 100
    for side in ("left", "right"):
        points[0, JOINT[f"{side}_hip"]] = x, 200
    box = np.array([[x - 50, 50, x + 50, 350]], np.float32)
    truth = FrameTruth(box, points, np.full((1, 17), 2, np.int8))
    return truth, PoseBatch(
        box, np.ones(1, np.float32), points.copy(), np.ones((1, 17), np.float32)
    )


def test_figures_by_hand() -> None:
    truth, found = person()
    found.keypoints[0, JOINT["left_wrist"]] += (6, 0)  # of 5 allowed
    found.keypoints[0, JOINT["right_wrist"]] += (4, 0)
    truth.flags[0, JOINT["nose"]] = 0
    scale = from_line((0, 0), (200, 0), 1.0)
    one = match_frame(found, truth, scale)
    other, elsewhere = person(700)
    missed = match_frame(elsewhere, truth, scale)
    assert (missed.missed, missed.false, missed.given) == (1, 1, 1)
    figures = accuracy([one, missed])
    assert figures.near is not None
    assert figures.near.value == pytest.approx(15 / 32)
    assert figures.miss is not None
    assert figures.miss.value == 0.5
    assert figures.false is not None
    assert figures.false.value == 0.5
    assert figures.error_px is not None
    assert figures.error_px.value == pytest.approx(10 / 16)
    assert figures.error_cm is not None
    assert figures.error_cm.value == pytest.approx(5 / 16)
    joints = {joint.name: joint for joint in figures.joints}
    assert joints["left_wrist"].error_px == pytest.approx(6)
    assert joints["right_wrist"].near == 0.5
    assert (joints["nose"].labelled, joints["nose"].near) == (0, None)
    unlabelled = FrameTruth(other.boxes, other.keypoints, np.zeros((1, 17), np.int8))
    nothing = match_frame(elsewhere, unlabelled)
    assert (nothing.people, nothing.given, nothing.false) == (0, 0, 0)


def test_few_frames_say_little_and_say_so() -> None:
    truth, found = person()
    perfect = match_frame(found, truth)
    assert accuracy([]).near is None
    assert accuracy([perfect]).sentence == "With 1 frame: nothing can be said yet."
    ten = accuracy([perfect] * 10)
    assert ten.sentence == (
        "With 10 frames: between 72 and 100 % of the joints are within 5 % of the torso."
    )
    assert ten.error_cm is None


def test_intervals_hold_the_truth_in_nine_of_ten_draws() -> None:
    draws = 30
    kept = held(draws, 20)
    assert all(number >= 0.9 * draws for number in kept.values()), kept


def test_what_a_person_left_is_kept(tmp_path: Path) -> None:
    truth, found = person()
    found.keypoint_scores[0, :3] = 0.05, HIDDEN, 0
    corrected = np.zeros((1, 17), bool)
    corrected[0, 1] = True
    tracks = Tracks(np.array([4]), found, np.ones(1, bool))
    left = truth_of(EditedFrame(tracks, corrected), least_score=0.1)
    assert left.flags[0, :4].tolist() == [0, 1, 0, 2]
    nobody = truth_of(EditedFrame(tracks, corrected)[np.zeros(1, bool)])
    path = tmp_path / "frames.json"
    assert load_listed(path) == []
    listed = [
        ListedFrame(Proposal(3, "random"), left),
        ListedFrame(Proposal(5, "random"), nobody),
        ListedFrame(Proposal(9, "unsure")),
    ]
    save_listed(path, listed)
    again = load_listed(path)
    assert [item.proposal for item in again] == [item.proposal for item in listed]
    assert again[2].truth is None
    assert again[1].truth is not None
    assert len(again[1].truth) == 0
    kept = again[0].truth
    assert kept is not None
    np.testing.assert_array_equal(kept.flags, left.flags)
    np.testing.assert_array_equal(kept.keypoints[left.flags > 0], truth.keypoints[left.flags > 0])
    (label,) = coco_people(left, 3)
    assert (label["image_id"], label["num_keypoints"]) == (3, 15)
    np.testing.assert_array_equal(truth_from_coco([label]).flags, left.flags)
    for text in ('{"frames": [{"frame": 1, "why": "luck"}]}', "[]", '{"frames": [{"why": "x"}]}'):
        path.write_text(text)
        with pytest.raises(TableError, match="is no list of frames"):
            load_listed(path)


def test_one_frame_is_not_called_frames() -> None:
    assert accuracy(matches()[:1]).sentence.startswith("With 1 frame: ")
    assert accuracy(matches()[:2]).sentence.startswith("With 2 frames: ")
