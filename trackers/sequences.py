"""Reads sequences with detections and the truth: MOTChallenge folders and pose sequences."""

import configparser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError
from core.json_text import read_json_text
from core.skeleton import COCO_17, Skeleton, skeleton_named
from core.types import FloatArray, PoseBatch, Rows

Input = Literal["boxes", "noisy-boxes", "poses", "noisy-poses"]
INPUTS: tuple[Input, ...] = ("boxes", "noisy-boxes", "poses", "noisy-poses")

_MOST_FRAMES = 2**24
_PEDESTRIAN = 1
_DISTRACTORS = (2, 7, 8, 12)  # person on vehicle, static person, distractor, reflection
_SCORE_OF_TRUTH = 0.95
_SIGMAS = dict(zip(COCO_17.names, COCO_17.sigmas.tolist(), strict=True)) | {
    "head_bottom": 0.025,
    "head_top": 0.025,
}


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Who really was in a frame: N people with K keypoints."""

    ids: NDArray[np.int64]  # (N,)
    boxes: FloatArray  # (N, 4) x1, y1, x2, y2 px
    keypoints: FloatArray  # (N, K, 2) px
    visible: NDArray[np.bool_]  # (N, K) annotated
    counted: NDArray[np.bool_]  # (N,) False: finding or missing this one changes no figure
    distractor: NDArray[np.bool_]  # (N,) what is matched with it is taken out of the result

    def __getitem__(self, rows: Rows) -> "Truth":
        return Truth(
            self.ids[rows],
            self.boxes[rows],
            self.keypoints[rows],
            self.visible[rows],
            self.counted[rows],
            self.distractor[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class TrackSequence:
    """F frames of a clip: what was detected and what is true."""

    name: str
    times_s: NDArray[np.float64]  # (F,)
    detections: tuple[PoseBatch, ...]
    truths: tuple[Truth, ...]
    skeleton: Skeleton  # of all poses

    def __len__(self) -> int:
        return len(self.times_s)


def find_sequences(folder: Path) -> list[Path]:
    """The folder itself or those directly below it that hold gt/gt.txt. Raises DatasetError."""
    inside = [folder, *sorted(folder.iterdir())] if folder.is_dir() else []
    found = [path for path in inside if (path / "gt" / "gt.txt").is_file()]
    if not found:
        raise DatasetError(f"{folder}: neither it nor a folder in it holds gt/gt.txt")
    return found


def read_truth(folder: Path, times_s: NDArray[np.float64]) -> TrackSequence:
    """The truth in `folder`/gt/gt.txt for frames at the given times, without detections.

    Raises DatasetError.
    """
    truths = _read_truths(folder / "gt" / "gt.txt", len(times_s))
    nobody = tuple(PoseBatch.empty() for _ in times_s)
    return TrackSequence(folder.name, times_s, nobody, truths, COCO_17)


def read_sequence(folder: Path, source: Input, seed: int = 0) -> TrackSequence:
    """A sequence folder with one kind of detections.

    `boxes` and `noisy-boxes` are det/det.txt and det_noisy/det.txt, `poses` the true poses of
    pose/gt_pose.json in an order shuffled by `seed`, `noisy-poses` those of pose/det_noisy.json.
    Raises DatasetError.
    """
    rate_hz, length = _read_info(folder / "seqinfo.ini")
    times_s = np.arange(length) / rate_hz
    if source in ("boxes", "noisy-boxes"):
        path = folder / ("det" if source == "boxes" else "det_noisy") / "det.txt"
        rows = _read_rows(path, 7)
        return TrackSequence(
            folder.name,
            times_s,
            tuple(_boxes(rows[rows[:, 0] == n + 1]) for n in range(length)),
            _read_truths(folder / "gt" / "gt.txt", length),
            COCO_17,
        )
    true_path, noisy_path = (folder / "pose" / name for name in ("gt_pose.json", "det_noisy.json"))
    truth = _read_json(true_path)
    random = np.random.default_rng(seed)
    with _understood(true_path):
        joints = len(truth["joints"])
        names = truth["joints"]
        skeleton = skeleton_named(names, sigmas=[_SIGMAS[name] for name in names])
        frames = _frames(truth, length)
        truths = tuple(_pose_truth(people, joints) for people in frames)
        shuffled = [[people[i] for i in random.permutation(len(people))] for people in frames]
        detections = tuple(_poses(people, joints, certain=True) for people in shuffled)
    if source == "noisy-poses":
        noisy = _read_json(noisy_path)
        with _understood(noisy_path):
            detections = tuple(_poses(people, joints) for people in _frames(noisy, length))
    return TrackSequence(folder.name, times_s, detections, truths, skeleton)


@contextmanager
def _understood(path: Path) -> Iterator[None]:
    """What a file of poses holds becomes arrays; DatasetError where it cannot."""
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        reason = f"has no {error}" if isinstance(error, KeyError) else str(error)
        raise DatasetError(f"{path}: cannot be understood ({reason})") from error


def keep_frames(sequence: TrackSequence, frames: Sequence[int]) -> TrackSequence:
    """The same sequence with some of its frames, at their own times."""
    return replace(
        sequence,
        times_s=sequence.times_s[list(frames)],
        detections=tuple(sequence.detections[n] for n in frames),
        truths=tuple(sequence.truths[n] for n in frames),
    )


def _read_info(path: Path) -> tuple[float, int]:
    parser = configparser.ConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        rate_hz = parser.getfloat("Sequence", "frameRate")
        length = parser.getint("Sequence", "seqLength")
        if not (0 < rate_hz < np.inf and 0 < length <= _MOST_FRAMES):
            raise ValueError(f"{rate_hz} frames/s, {length} frames")
        return rate_hz, length
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from error
    except (configparser.Error, ValueError) as error:
        raise DatasetError(f"{path}: must give frameRate and seqLength in [Sequence]") from error


def _read_rows(path: Path, columns: int) -> NDArray[np.float64]:
    try:
        rows = np.loadtxt(path, delimiter=",", ndmin=2)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read") from error
    except ValueError as error:
        raise DatasetError(f"{path}: holds something that is no number ({error})") from error
    if rows.shape[1] < columns:
        raise DatasetError(f"{path}: must have {columns} columns or more, not {rows.shape[1]}")
    if not (np.isfinite(rows).all() and np.abs(rows[:, :2]).max() < _MOST_FRAMES):
        raise DatasetError(f"{path}: holds a number that is no frame, id, place or score")
    return rows


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = read_json_text(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DatasetError(f"{path}: is not valid JSON") from error
    if not isinstance(content, dict) or not {"joints", "frames"} <= set(content):
        raise DatasetError(f"{path}: must hold `joints` and `frames`")
    return content


def _corners(left_top_sides: NDArray[np.float64]) -> FloatArray:
    sides = np.asarray(left_top_sides, np.float64).reshape(-1, 4)
    return np.concatenate([sides[:, :2], sides[:, :2] + sides[:, 2:]], axis=1).astype(np.float32)


def _boxes(rows: NDArray[np.float64]) -> PoseBatch:
    count = len(rows)
    return PoseBatch(
        _corners(rows[:, 2:6]),
        np.minimum(rows[:, 6], 1).astype(np.float32),
        np.zeros((count, len(COCO_17), 2), np.float32),
        np.zeros((count, len(COCO_17)), np.float32),
    )


def _read_truths(path: Path, length: int) -> tuple[Truth, ...]:
    """Nine columns name a class (MOT16 and later); ten are MOT15, which knows only people."""
    rows = _read_rows(path, 7)
    classes = rows[:, 7] if rows.shape[1] == 9 else np.full(len(rows), _PEDESTRIAN)
    truth = Truth(
        rows[:, 1].astype(np.int64),
        _corners(rows[:, 2:6]),
        np.zeros((len(rows), len(COCO_17), 2), np.float32),
        np.zeros((len(rows), len(COCO_17)), np.bool_),
        (rows[:, 6] != 0) & (classes == _PEDESTRIAN),
        np.isin(classes, _DISTRACTORS),
    )
    return tuple(truth[rows[:, 0] == n + 1] for n in range(length))


def _frames(content: dict[str, Any], length: int) -> list[list[dict[str, Any]]]:
    people: list[list[dict[str, Any]]] = [[] for _ in range(length)]
    for frame in content["frames"]:
        number = int(frame["frame"])
        if not 1 <= number <= length:
            raise ValueError(f"there is no frame {number} in a sequence of {length}")
        people[number - 1] = frame["people"]
    return people


def _keypoints(people: list[dict[str, Any]], count: int) -> NDArray[np.float64]:
    return np.array([person["keypoints"] for person in people], np.float64).reshape(-1, count, 3)


def _poses(people: list[dict[str, Any]], count: int, certain: bool = False) -> PoseBatch:
    keypoints = _keypoints(people, count)
    scores = [_SCORE_OF_TRUTH if certain else person["score"] for person in people]
    keypoint_scores = (keypoints[..., 2] > 0) if certain else keypoints[..., 2]
    return PoseBatch(
        _corners(np.array([person["bbox"] for person in people], np.float64)),
        np.array(scores, np.float32),
        keypoints[..., :2].astype(np.float32),
        keypoint_scores.astype(np.float32),
    )


def _pose_truth(people: list[dict[str, Any]], count: int) -> Truth:
    keypoints = _keypoints(people, count)
    return Truth(
        np.array([person["track_id"] for person in people], np.int64),
        _corners(np.array([person["bbox"] for person in people], np.float64)),
        keypoints[..., :2].astype(np.float32),
        keypoints[..., 2] > 0,
        np.ones(len(people), np.bool_),
        np.zeros(len(people), np.bool_),
    )
