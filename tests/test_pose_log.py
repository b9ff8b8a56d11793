"""The log of poses: what a stopped run found is not looked for again."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import OutputError
from core.part_file import part_path
from core.tracks.pose_log import LoggedEstimator
from core.types import Frame, PoseBatch

ORIGIN = {"source": "abc", "weights": "def"}


def frame(index: int) -> Frame:
    return Frame(index, index / 30, 0, np.zeros((4, 4, 3), np.uint8))


def poses_of(index: int, seed: int = 0) -> PoseBatch:
    rng = np.random.default_rng([index, seed])
    people = index % 3
    return PoseBatch(
        rng.normal(size=(people, 4)).astype(np.float32),
        rng.random(people).astype(np.float32),
        rng.normal(size=(people, 17, 2)).astype(np.float32),
        rng.random((people, 17)).astype(np.float32),
    )


class Finder:
    """Finds people that depend on the frame, and notes which frames it was asked for."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.asked: list[int] = []

    def __call__(self, frame: Frame) -> PoseBatch:
        self.asked.append(frame.index)
        return poses_of(frame.index, self.seed)


def run(path: Path, finder: Callable[[Frame], PoseBatch], frames: range, resume: bool) -> list:
    log = LoggedEstimator(path, finder, ORIGIN, resume)
    try:
        return [log(frame(index)) for index in frames]
    finally:
        log.close()


def assert_same(found: list[PoseBatch], expected: list[PoseBatch]) -> None:
    for a, b in zip(found, expected, strict=True):
        for name in ("boxes", "scores", "keypoints", "keypoint_scores"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize("lost_bytes", [0, 1, 11, 60, 700])
def test_a_cut_log_is_read_to_its_last_whole_frame(tmp_path, lost_bytes) -> None:
    path = tmp_path / "clip.poses"
    run(path, Finder(), range(6), resume=False)
    part = part_path(path)
    part.write_bytes(part.read_bytes()[: part.stat().st_size - lost_bytes])
    finder = Finder()
    assert_same(run(path, finder, range(10), resume=True), [poses_of(i) for i in range(10)])
    assert finder.asked == list(range(10 - len(finder.asked), 10))
    assert len(finder.asked) == 4 + {0: 0, 1: 1, 11: 1, 60: 1, 700: 2}[lost_bytes]
    again = Finder()
    assert_same(run(path, again, range(10), resume=True), [poses_of(i) for i in range(10)])
    assert again.asked == []


def test_a_damaged_record_ends_the_replay(tmp_path) -> None:
    path = tmp_path / "clip.poses"
    run(path, Finder(), range(6), resume=False)
    data = bytearray(part_path(path).read_bytes())
    data[-5] ^= 1
    part_path(path).write_bytes(data)
    finder = Finder()
    assert_same(run(path, finder, range(6), resume=True), [poses_of(i) for i in range(6)])
    assert finder.asked == [5]


def test_frames_with_other_times_are_looked_at_anew(tmp_path) -> None:
    path = tmp_path / "clip.poses"
    run(path, Finder(), range(6), resume=False)
    finder = Finder()
    run(path, finder, range(3, 6), resume=True)
    assert finder.asked == [3, 4, 5]


def test_without_resume_it_begins_anew(tmp_path) -> None:
    path = tmp_path / "clip.poses"
    run(path, Finder(), range(6), resume=False)
    finder = Finder(seed=1)
    found = run(path, finder, range(6), resume=False)
    assert finder.asked == list(range(6))
    assert_same(found, [poses_of(index, seed=1) for index in range(6)])


@pytest.mark.parametrize(
    ("origin", "sentence"),
    [(ORIGIN | {"weights": "other"}, "the stopped run had other weights"), ({}, "no poses")],
)
def test_a_log_of_something_else_is_refused(tmp_path, origin, sentence) -> None:
    path = tmp_path / "clip.poses"
    if origin:
        LoggedEstimator(path, Finder(), origin, resume=False).close()
    else:
        part_path(path).write_bytes(b"words\n")
    with pytest.raises(OutputError, match=sentence):
        LoggedEstimator(path, Finder(), ORIGIN, resume=True)


def test_a_complete_run_leaves_no_log(tmp_path) -> None:
    log = LoggedEstimator(tmp_path / "clip.poses", Finder(), ORIGIN, resume=False)
    log(frame(0))
    log.remove()
    assert list(tmp_path.iterdir()) == []
