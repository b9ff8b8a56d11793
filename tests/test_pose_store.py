"""Kept poses: exact, found again, and safe against a crash."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import OutputError
from core.tracks.pose_store import PoseStore
from core.types import PoseBatch

ORIGIN = {"weights": "light", "size": 640}


def people(count: int, seed: int = 0) -> PoseBatch:
    random = np.random.default_rng(seed)
    return PoseBatch(
        random.random((count, 4), np.float32),
        random.random(count, np.float32),
        random.random((count, 17, 2), np.float32),
        random.random((count, 17), np.float32),
    )


def same(a: PoseBatch | None, b: PoseBatch) -> bool:
    assert a is not None
    names = ("boxes", "scores", "keypoints", "keypoint_scores")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)


def test_poses_come_back_exactly_also_in_the_next_session(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "clip.poses"
    with PoseStore(path, 10, ORIGIN) as store:
        for number in (3, 0, 7):
            store.write(number, people(number, number))
        assert store.read(1) is None
        assert 3 in store
        assert 4 not in store
    with PoseStore(path, 10, ORIGIN) as store:
        assert store.kept == 3
        assert all(same(store.read(number), people(number, number)) for number in (3, 0, 7))
        store.write(3, people(2, 99))
    with PoseStore(path, 10, ORIGIN) as store:
        assert same(store.read(3), people(2, 99))


def test_another_origin_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "clip.poses"
    with PoseStore(path, 10, ORIGIN) as store:
        store.write(0, people(2))
    with PoseStore(path, 10, ORIGIN | {"size": 320}) as store:
        assert store.kept == 0


@pytest.mark.parametrize("lost", [1, 100, 500])
def test_a_crash_costs_the_last_record_only(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "clip.poses"
    with PoseStore(path, 10, ORIGIN) as store:
        for number in range(5):
            store.write(number, people(3, number))
    data = path.read_bytes()
    path.write_bytes(data[:-lost])
    with PoseStore(path, 10, ORIGIN) as store:
        assert store.kept == 4
        store.write(4, people(1, 44))
    with PoseStore(path, 10, ORIGIN) as store:
        assert store.kept == 5
        assert same(store.read(4), people(1, 44))
        assert same(store.read(3), people(3, 3))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(OutputError, match="results cannot be kept there"):
        PoseStore(blocked / "clip.poses", 10, ORIGIN)
