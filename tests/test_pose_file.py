"""Kept poses: exact, found again by frame number, and safe against a crash."""

import gc
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import OutputError, TableError
from core.run.pose_file import PoseFile
from core.run.pose_record import MAGIC, PosesOf
from core.skeleton import COCO_17, skeleton_named, told_of
from core.types import NO_PICTURE, CameraMotion, Frame, PoseBatch, Sight

OF = PosesOf({"weights": "mobile", "size": 640}, "/clips/a.mp4")
PAN = CameraMotion(np.array([[1.01, 0.02, -3.25], [-0.02, 1.01, 1e-9]]))
STILL = CameraMotion(None)


def sight(camera: CameraMotion | None, count: int) -> Sight:
    """How the camera moved, and what so many people wear."""
    return Sight(camera, np.arange(8 * count, dtype=np.uint8).reshape(count, 8))


def frame(number: int) -> Frame:
    return Frame(number, number / 30, 0, NO_PICTURE)


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


def test_poses_times_and_motion_come_back_exactly_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "clip.poses"
    with PoseFile.create(path, OF) as file:
        file.write(frame(3), people(3, 3), sight(PAN, 3))
        file.write(frame(0), people(0, 0), Sight())
        file.write(frame(7), people(7, 7), Sight(STILL))
        assert file.read(1) is None
        assert file.read(99) is None
        assert (len(file), file.is_whole) == (3, False)
    with PoseFile.resume(path, OF) as file:
        assert all(same(file.poses(number), people(number, number)) for number in (0, 3, 7))
        first, moved, still = (file.read(number) for number in (0, 3, 7))
        assert first is not None
        assert moved is not None
        assert still is not None
        assert first.sight.camera is None
        assert not file.knows_camera
        assert moved.sight.camera is not None
        np.testing.assert_array_equal(moved.sight.camera.warp, PAN.warp)
        np.testing.assert_array_equal(moved.sight.looks, sight(PAN, 3).looks)
        assert still.sight.camera is not None
        assert still.sight.camera.warp is None
        assert still.sight.looks is None
        assert not file.knows_looks
        assert moved.time_s == 3 / 30
        file.write(frame(3), people(2, 99), sight(PAN, 2))
    read = PoseFile.open(path)
    assert [item.frame.index for item in read.frames()] == [0, 3, 7]
    assert same(read.poses(3), people(2, 99))
    assert read.of == OF


def test_what_nobody_looked_for_is_known_frame_by_frame(tmp_path: Path) -> None:
    with PoseFile.create(tmp_path / "clip.poses", OF) as file:
        assert (file.knows_camera, file.knows_looks) == (True, True)
        for number in (2, 0):
            file.write(frame(number), people(1), Sight())
        assert (file.knows_camera, file.knows_looks, len(file)) == (False, False, 2)
        file.write(frame(2), people(1), sight(PAN, 1))
        assert (file.knows_camera, file.knows_looks, len(file)) == (False, False, 2)
        file.write(frame(0), people(1), Sight(STILL))
        assert (file.knows_camera, file.knows_looks, len(file)) == (True, False, 2)
        file.write(frame(0), people(1), sight(STILL, 1))
        assert (file.knows_camera, file.knows_looks, len(file)) == (True, True, 2)


def test_an_hour_of_frames_takes_a_megabyte_of_memory(tmp_path: Path) -> None:
    """Where each is, and what nobody looked for in it: 9 bytes, and some room."""
    nobody, few, many = people(0), 500, 4000
    with PoseFile.create(tmp_path / "clip.poses", OF) as file:
        for number in range(many):
            if number == few:
                gc.collect()
                tracemalloc.start()
            file.write(frame(number), nobody, Sight())
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # What was there before and moves as it grows is counted anew.
    assert grown < 11 * many


def test_a_whole_clip_says_so(tmp_path: Path) -> None:
    with PoseFile.create(tmp_path / "clip.poses", OF) as file:
        for number in range(3):
            file.write(frame(number), people(1), sight(STILL, 1))
            assert not file.is_whole
        file.end(3)
    again = PoseFile.open(tmp_path / "clip.poses")
    assert (again.frame_count, again.is_whole) == (3, True)
    assert (again.knows_camera, again.knows_looks) == (True, True)


@pytest.mark.parametrize("lost", [1, 100, 500])
def test_a_crash_costs_the_last_record_only(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "clip.poses"
    with PoseFile.create(path, OF) as file:
        for number in range(5):
            file.write(frame(number), people(3, number), sight(STILL, 3))
    path.write_bytes(path.read_bytes()[:-lost])
    with PoseFile.resume(path, OF) as file:
        assert len(file) == 4
        file.write(frame(4), people(1, 44), sight(STILL, 1))
    again = PoseFile.open(path)
    assert len(again) == 5
    assert same(again.poses(4), people(1, 44))
    assert same(again.poses(3), people(3, 3))


def test_a_damaged_record_is_told_from_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "clip.poses"
    with PoseFile.create(path, OF) as file:
        for number in range(3):
            file.write(frame(number), people(2, number), sight(STILL, 2))
        data = bytearray(path.read_bytes())
        data[-5] ^= 1
        path.write_bytes(data)
        with pytest.raises(TableError, match="frame 2 is damaged"):
            file.read(2)
    assert len(PoseFile.open(path)) == 2


def test_poses_of_something_else_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.poses"
    PoseFile.create(path, PosesOf({"weights": "wide", "size": 640}, "/clips/a.mp4")).close()
    with pytest.raises(OutputError, match="the stopped run had other weights"):
        PoseFile.resume(path, OF)
    path.write_bytes(b"words\n")
    with pytest.raises(OutputError, match="no poses of this program"):
        PoseFile.resume(path, OF)
    with pytest.raises(TableError, match="holds no poses of this program"):
        PoseFile.open(path)
    endless = b'{"skeleton": {"names": ["nose"], "sigmas": [1' + 400 * b"0" + b"]}}"
    for damaged in (b"[]", b'"x"', b"1", endless):
        path.write_bytes(MAGIC + damaged + b"\n")
        with pytest.raises(TableError, match="holds no poses of this program"):
            PoseFile.open(path)
    with PoseFile.create(path, OF) as file:
        assert len(file) == 0
    assert PoseFile.open(path).of == OF


def test_a_skeleton_is_more_than_its_names(tmp_path: Path) -> None:
    """COCO's names with sigmas of its own, which are edited before the run goes on."""
    path = tmp_path / "clip.poses"
    for change in ({"sigmas": [0.05] * 17}, {"limbs": []}, {"pairs": []}):
        own = skeleton_named(COCO_17.names, **change)
        of = replace(OF, told=told_of(own))
        PoseFile.create(path, of).close()
        opened = PoseFile.open(path)
        found = opened.skeleton
        assert opened.named is found  # by which others keep what they made for it
        assert (found.names, found.limbs) == (COCO_17.names, own.limbs)
        assert np.array_equal(found.sigmas, own.sigmas)
        assert np.array_equal(found.flip, own.flip)
        PoseFile.resume(path, of).close()
        with pytest.raises(OutputError, match="the stopped run had other keypoints"):
            PoseFile.resume(path, OF)
    assert told_of(skeleton_named(COCO_17.names)) is None


def test_poses_of_another_version_are_called_that(tmp_path: Path) -> None:
    path = tmp_path / "clip.poses"
    path.write_bytes(b"yolopose poses 2\n{}\n")
    with pytest.raises(TableError, match=r"holds poses of another version .* run the clip again"):
        PoseFile.open(path)
    with pytest.raises(OutputError, match="cannot go on, it holds poses of another version"):
        PoseFile.resume(path, OF)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(OutputError, match="cannot be written"):
        PoseFile.create(blocked / "clip.poses", OF)


def test_a_file_gets_its_name_or_is_gone(tmp_path: Path) -> None:
    file = PoseFile.create(tmp_path / "a.part", OF)
    file.write(frame(0), people(1), Sight())
    file.move(tmp_path / "a.poses")
    assert same(file.poses(0), people(1))
    assert [path.name for path in tmp_path.iterdir()] == ["a.poses"]
    file.remove()
    assert list(tmp_path.iterdir()) == []
