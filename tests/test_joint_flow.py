"""Joints followed by the picture between looks; `-s` prints the figures of docs/live.md."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from app.bundled import sample_clip
from core.model.estimator import load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.run.governed import Governed
from core.run.governor import Governor, Rung
from core.run.stages import Estimator, analyse
from core.types import Frame, PoseBatch, Tracks
from core.video.capture import read_frames
from trackers.joint_flow import JointFlow
from trackers.pose_tracker import PoseTracker, TrackerSettings

CLIPS = (  # of the data beside the project
    "bonn_060470979_GT_960x540.mp4",
    "basketball_moving_cam_mmaction_426x240.mp4",
    "dance_portrait_sleap_406x720.mp4",
)


def textured(shift: tuple[int, int] = (0, 0), size: tuple[int, int] = (200, 160)) -> np.ndarray:
    """A blurred random picture, moved by a shift in px."""
    noise = np.random.default_rng(3).integers(0, 255, (40, 50)).astype(np.uint8)
    grey = np.kron(noise, np.ones((8, 8), np.uint8))
    grey = np.roll(grey, (shift[1], shift[0]), axis=(0, 1))[60 : 60 + size[1], 60 : 60 + size[0]]
    return np.repeat(grey[:, :, None], 3, axis=2)


def poses(points: list[tuple[float, float]], scores: list[float]) -> PoseBatch:
    keypoints = np.array([points], np.float32)
    box = np.array([[20, 20, 180, 140]], np.float32)
    return PoseBatch(box, np.ones(1, np.float32), keypoints, np.array([scores], np.float32))


def test_joints_go_with_the_picture_and_hidden_ones_with_the_others() -> None:
    flow = JointFlow()
    people = poses([(60, 60), (100, 80), (120, 100), (90, 50)], [0.9, 0.8, 0.7, 0.0])
    flow.look(textured(), people)
    for number in (1, 2, 3):
        moved, known = flow.follow(textured((3 * number, -2 * number)))
        assert known.all()
        assert moved == pytest.approx(np.tile([3 * number, -2 * number], (1, 4, 1)), abs=0.3)


def test_a_picture_that_tells_nothing_leaves_the_motion() -> None:
    flow = JointFlow()
    people = poses([(60, 60), (100, 80), (120, 100)], [0.9, 0.8, 0.7])
    flow.look(textured(), people)
    other = np.random.default_rng(7).integers(0, 255, (160, 200, 3)).astype(np.uint8)
    assert not flow.follow(other)[1].any()
    assert not flow.follow(textured((3, 0)))[1].any()  # what was lost stays lost until a look
    flow.look(None, people)
    assert not flow.follow(textured())[1].any()
    flow.look(textured(), people)
    assert not flow.follow(textured(size=(100, 80)))[1].any()
    assert flow.follow(textured(size=(100, 80)))[0].shape == (1, 3, 2)


def errors(
    frames: list[Frame], truth: list[PoseBatch], every: int, joint_flow: bool
) -> list[float]:
    """Of the joints in frames that were not looked at, in body sizes."""
    settings = TrackerSettings(joint_flow=joint_flow)
    known = {frame.index: found for frame, found in zip(frames, truth, strict=True)}

    def look(frame: Frame) -> PoseBatch:
        return known[frame.index]

    governed = Governed(Governor((Rung(320, every),), 100.0), lambda _: look)
    found = []
    for result in analyse(frames, look, PoseTracker(settings), governed.plan):
        if not result.looked:
            found += _distances(result.tracks, known[result.frame.index])
    return found


def _distances(tracks: Tracks, truth: PoseBatch) -> list[float]:
    found: list[float] = []
    for points, scores in zip(tracks.poses.keypoints, tracks.poses.keypoint_scores, strict=True):
        if not len(truth):
            continue
        away = np.linalg.norm(truth.keypoints - points, axis=2)
        nearest = int(np.median(away, axis=1).argmin())
        box = truth.boxes[nearest]
        size = (box[2] - box[0] + box[3] - box[1]) / 2
        both = (scores > 0.3) & (truth.keypoint_scores[nearest] > 0.3)
        if np.median(away[nearest]) < 0.3 * size:
            found += (away[nearest][both] / size).tolist()
    return found


def sample() -> tuple[list[Frame], list[PoseBatch]]:
    """The first four seconds of the sample clip with its exact truth."""
    clip = sample_clip()
    assert clip is not None
    told = json.loads((clip.parent / "sample_truth.json").read_text())
    frames = list(islice(read_frames(str(clip)), 100))
    truth = []
    for frame in frames:
        people = told["frames"][frame.index]["people"]
        joints = np.array([one["keypoints"] for one in people], np.float32).reshape(-1, 17, 3)
        boxes = np.array([one["bbox"] for one in people], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        scores = np.full(len(people), 0.9, np.float32)
        seen = (joints[:, :, 2] > 1).astype(np.float32)
        truth.append(PoseBatch(boxes, scores, joints[:, :, :2].copy(), seen))
    return frames, truth


@pytest.mark.parametrize("every", [2, 4])
def test_on_the_sample_flow_is_nearer_to_the_truth(every: int) -> None:
    frames, truth = sample()
    plain = errors(frames, truth, every, joint_flow=False)
    flow = errors(frames, truth, every, joint_flow=True)
    _tell("sample, exact truth", every, plain, flow)
    assert len(flow) > 500
    assert np.mean(flow) < 0.8 * np.mean(plain)


def test_on_recordings_flow_is_nearer_to_what_the_network_sees(shared: Path) -> None:
    estimate: Estimator = load_estimator(None, EstimatorSettings(size=320))
    for name in CLIPS:
        frames = list(islice(read_frames(str(shared / "data" / "clips" / name)), 24))
        seen = [estimate(frame) for frame in frames]
        seen = [replace(found[found.scores > 0.5]) for found in seen]
        plain = errors(frames, seen, 3, joint_flow=False)
        flow = errors(frames, seen, 3, joint_flow=True)
        _tell(name, 3, plain, flow)
        assert np.mean(flow) < np.mean(plain)


def _tell(name: str, every: int, plain: list[float], flow: list[float]) -> None:
    shown = " -> ".join(
        f"{100 * np.mean(found):.2f} (p90 {100 * np.percentile(found, 90):.2f})"
        for found in (plain, flow)
    )
    print(f"\n{name}, 1 of {every}: {shown} % of the body size, {len(flow)} joints")
