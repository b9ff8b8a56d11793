"""Recorded clips: frames ahead, kept poses, and the second pass."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from live_source import Numbering, number_of, numbered, one_person
from numpy.typing import NDArray

from core.errors import DamagedSourceError, SourceError
from core.run.pose_file import PoseFile
from core.run.pose_record import PosesOf
from core.run.recorded import Analysis, Recorded, first_pass, second_pass
from core.run.stages import Estimator
from core.skeleton import COCO_17
from core.tracks.joined_index import JoinedIndex
from core.tracks.table import concatenate, rows_at
from core.tracks.track_index import TrackIndex
from core.types import CameraMotion, Frame, FrameResult, Looks, Picture, PoseBatch, Sight, Tracks
from trackers.pose_tracker import PoseTracker, TrackerSettings
from trackers.stitch import join_tracklets, plan_joins

COUNT = 30
OF = PosesOf({"made": "here"})


class Finder:
    """One strong person, and from frame 10 on a weak one beside."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, frame: Frame) -> PoseBatch:
        self.asked.append(frame.index)
        strong = one_person(frame)
        if frame.index < 10:
            return strong
        return PoseBatch(
            np.concatenate([strong.boxes, strong.boxes * np.float32(0.4)]),
            np.array([0.9, 0.85], np.float32),
            np.concatenate([strong.keypoints, strong.keypoints * np.float32(0.4)]),
            np.concatenate([strong.keypoint_scores] * 2),
        )


class Panning(Numbering):
    """Sees the camera move, and notes what it saw or was told."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = 0
        self.told: list[float] = []

    def see(self, picture: object, poses: PoseBatch) -> Sight:
        self.looked += 1
        return Sight(CameraMotion(np.array([[1.0, 0, self.looked], [0, 1, 0]])))

    def moved(self, camera: CameraMotion) -> None:
        assert camera.warp is not None
        self.told.append(float(camera.warp[0, 2]))


def frames_of(count: int) -> Callable[[], Iterator[Frame]]:
    return lambda: (numbered(index) for index in range(count))


def analysis_of(estimate: Estimator | None, **more: object) -> Analysis:
    parts = {
        "source": "",
        "frames": frames_of(COUNT),
        "tracker": Numbering(),
        "skeleton": COCO_17,
    } | more
    return Analysis(estimate=estimate, **parts)  # type: ignore[arg-type]


def run(analysis: Analysis, kept: PoseFile, index: TrackIndex | None = None) -> list[FrameResult]:
    return list(first_pass(analysis, Recorded(analysis, kept), kept, index))


@pytest.mark.parametrize("workers", [1, 3])
def test_frames_estimated_ahead_keep_their_order(tmp_path: Path, workers: int) -> None:
    with PoseFile.create(tmp_path / "a.poses", OF) as kept:
        results = run(analysis_of(one_person, workers=workers), kept)
    assert [result.frame.index for result in results] == list(range(COUNT))
    assert all(number_of(result.frame) == result.frame.index for result in results)
    assert all(len(result.tracks) == 1 for result in results)


def test_damage_behind_frames_ahead_loses_none_of_them(tmp_path: Path) -> None:
    def damaged() -> Iterator[Frame]:
        yield from frames_of(5)()
        raise DamagedSourceError("clip.mp4: ends early", 5, 3)

    with PoseFile.create(tmp_path / "a.poses", OF) as kept:
        analysis = analysis_of(one_person, frames=damaged, workers=2)
        results = first_pass(analysis, Recorded(analysis, kept), kept)
        assert [next(results).frame.index for _ in range(5)] == list(range(5))
        with pytest.raises(SourceError, match="ends early"):
            next(results)
        assert kept.is_whole


def test_the_network_runs_once_a_frame_and_never_for_another_tracker(tmp_path: Path) -> None:
    finder = Finder()
    with PoseFile.create(tmp_path / "a.poses", OF) as kept:
        index = TrackIndex(COCO_17, room=2)
        run(analysis_of(finder, least_score=0.3, tracker=PoseTracker()), kept, index)
        assert finder.asked == list(range(COUNT))
        people = [len(index.of_frame(number, kept.poses)) for number in (0, 9, 10, 29)]
        assert people == [1, 1, 2, 2]
        strict, patient = TrackIndex(COCO_17), PoseTracker(TrackerSettings(max_lost_s=9))
        unread = analysis_of(finder, least_score=0.88, tracker=patient, frames=frames_of(0))
        results = run(unread, kept, strict)
        assert finder.asked == list(range(COUNT))
        assert len(strict.of_frame(29, kept.poses)) == 1
        assert [len(result.poses) for result in results] == [1] * 10 + [2] * 20
        assert not any(result.frame.has_picture for result in results)


def test_half_an_analysis_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "a.poses"
    first, second = Finder(), Finder()
    with PoseFile.create(path, OF) as kept:
        analysis = analysis_of(first)
        for result in first_pass(analysis, Recorded(analysis, kept), kept):
            if result.frame.index == 10:
                break
    with PoseFile.resume(path, OF) as kept:
        analysis = analysis_of(second)
        found = Recorded(analysis, kept)
        results = list(first_pass(analysis, found, kept))
    assert second.asked == list(range(11, COUNT))
    assert found.replayed == 11
    assert [len(result.tracks) for result in results] == [1] * 10 + [2] * 20
    again = Finder()
    with PoseFile.resume(path, OF) as kept:
        run(analysis_of(again), kept)
    assert again.asked == []


def test_frames_with_other_times_are_looked_at_anew(tmp_path: Path) -> None:
    with PoseFile.create(tmp_path / "a.poses", OF) as kept:
        run(analysis_of(one_person, frames=frames_of(6)), kept)
        finder = Finder()

        def later() -> Iterator[Frame]:
            return (numbered(index, time_s=index / 25 + (index > 3)) for index in range(7))

        run(analysis_of(finder, frames=later, looks_at_people=True), kept)
        assert finder.asked == [4, 5, 6]
        changed = kept.read(5)
        assert changed is not None
        assert changed.time_s == 1.2


def test_the_camera_is_looked_at_once_and_remembered(tmp_path: Path) -> None:
    path = tmp_path / "a.poses"
    with PoseFile.create(path, OF) as kept:
        run(analysis_of(one_person, tracker=Panning()), kept)
    told = Panning()
    kept = PoseFile.open(path)
    run(analysis_of(None, tracker=told, looks_at_camera=True, frames=frames_of(0)), kept)
    assert (told.looked, told.told) == (0, [float(n) for n in range(1, COUNT + 1)])


def test_pictures_are_read_where_the_camera_was_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "a.poses"
    with PoseFile.create(path, OF) as kept:
        run(analysis_of(one_person), kept)
        assert not kept.knows_camera
    looking = Panning()
    run(analysis_of(None, tracker=looking, looks_at_camera=True), PoseFile.open(path))
    assert (looking.looked, looking.told) == (COUNT, [])


def test_what_people_wear_is_added_to_how_the_camera_moved(tmp_path: Path) -> None:
    class Dressing(Numbering):
        """Sees everyone in the colour of the frame's number."""

        def __init__(self) -> None:
            super().__init__()
            self.worn: list[int] = []

        def see(self, picture: NDArray[np.uint8] | Picture, poses: PoseBatch) -> Sight:
            assert isinstance(picture, np.ndarray)
            return Sight(None, np.full((len(poses), 4), picture[0, 0, 0], np.uint8))

        def update(self, poses: PoseBatch, time_s: float, looks: Looks | None = None) -> Tracks:
            self.worn += [] if looks is None else looks[:, 0].tolist()
            return super().update(poses, time_s, looks)

    path = tmp_path / "a.poses"
    with PoseFile.create(path, OF) as kept:
        run(analysis_of(one_person, tracker=Panning()), kept)
        assert not kept.knows_looks
        run(analysis_of(None, tracker=Dressing(), looks_at_people=True), kept)
    kept = PoseFile.open(path)
    assert kept.knows_camera
    assert kept.knows_looks
    told = Dressing()
    run(analysis_of(None, tracker=told, looks_at_people=True, frames=frames_of(0)), kept)
    assert told.worn == list(range(COUNT))


def test_the_second_pass_of_an_index_is_that_of_the_table(tmp_path: Path) -> None:
    """Somebody is missed for a while, twice, and nobody is there at the end."""
    gone = {8, 9, 10, *range(13, 24), 28, 29}

    def find(frame: Frame) -> PoseBatch:
        rows = slice(0 if frame.index in gone else 1)
        poses = one_person(frame)
        shift = np.float32(frame.index)
        return PoseBatch(
            poses.boxes + shift, poses.scores, poses.keypoints + shift, poses.keypoint_scores
        )[rows]

    class Forgetful(PoseTracker):
        """Gives a new id behind the long gap."""

        def update(self, poses: PoseBatch, time_s: float, looks: Looks | None = None) -> Tracks:
            tracks = super().update(poses, time_s, looks)
            return Tracks(tracks.ids + 5 * (time_s > 0.6), tracks.poses, tracks.observed)

    with PoseFile.create(tmp_path / "a.poses", OF) as kept:
        analysis = analysis_of(find, tracker=Forgetful(), join=plan_joins)
        index = TrackIndex(COCO_17, room=2)
        results = run(analysis, kept, index)
        joined = second_pass(analysis, index)
        assert isinstance(joined, JoinedIndex)
        rows = (
            rows_at(number, time_s, joined.of_frame(number, kept.poses))
            for number, time_s in enumerate(index.times_s.tolist())
        )
        found = concatenate(rows)
    first = concatenate(rows_at(r.frame.index, r.frame.time_s, r.tracks) for r in results)
    expected = join_tracklets(first)
    assert expected.track_ids.tolist() == [1]
    filled = set(range(8, 11)) - set(first.frames[first.ids > 0].tolist())
    assert filled == {8, 9, 10}
    assert filled <= set(expected.frames[expected.ids > 0].tolist())
    for name in ("frames", "times_s", "ids", "scores", "boxes", "keypoints", "keypoint_scores"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    np.testing.assert_array_equal(joined.boxes, expected.boxes[expected.ids > 0])


def test_the_index_knows_only_people_of_the_frame() -> None:
    frame = Frame(0, 0.0, 0, np.zeros((40, 40, 3), np.uint8))
    person = one_person(frame)
    tracks = Tracks(np.array([1]), person, np.array([True]))
    index = TrackIndex(COCO_17)
    with pytest.raises(ValueError, match="person 0 of the tracks is none of the 0 poses"):
        index.append(PoseBatch.empty(), tracks)
    index.append(person, tracks)
    assert index.frames.tolist() == [0]
    assert index.scores.tolist() == pytest.approx([0.9])
