"""Analysing a clip once, and following people again without the network."""

from pathlib import Path

import numpy as np
import pytest
from burnt import burnt_clip, read_burnt
from live_source import one_person

from core.clip import Progress, analyse_clip, people_at, result_at
from core.tracks.pose_store import PoseStore
from core.tracks.track_index import TrackIndex
from core.types import Frame, PoseBatch, Tracks
from core.video.seek import open_seekable
from trackers.pose_tracker import PoseTracker, TrackerSettings

COUNT = 30


class Finder:
    """One strong person, and from frame 10 on a weak one beside."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: Frame) -> PoseBatch:
        self.calls += 1
        strong = one_person(frame)
        if frame.index < 10:
            return strong
        return PoseBatch(
            np.concatenate([strong.boxes, strong.boxes * np.float32(0.4)]),
            np.array([0.9, 0.85], np.float32),
            np.concatenate([strong.keypoints, strong.keypoints * np.float32(0.4)]),
            np.concatenate([strong.keypoint_scores] * 2),
        )


def test_the_network_runs_once_a_frame_and_never_for_another_tracker(tmp_path: Path) -> None:
    path = burnt_clip(tmp_path / "clip.mp4", COUNT)
    finder = Finder()
    with (
        open_seekable(str(path)) as video,
        PoseStore(tmp_path / "clip.poses", COUNT, {}) as store,
    ):
        index = TrackIndex(room=2)
        steps = list(analyse_clip(video, store, index, finder, PoseTracker(), 0.3))
        assert steps[-1] == Progress(COUNT, COUNT)
        assert finder.calls == COUNT
        assert [len(people_at(number, store, index)) for number in (0, 9, 10, 29)] == [1, 1, 2, 2]
        strict, patient = TrackIndex(), PoseTracker(TrackerSettings(max_lost_s=9))
        list(analyse_clip(video, store, strict, finder, patient, 0.88))
        assert finder.calls == COUNT
        assert len(people_at(29, store, strict)) == 1
        result = result_at(video, 17, store, index)
        assert (result.frame.index, read_burnt(result.frame.rgb)) == (17, 17)
        assert result.tracks.ids.tolist() == [1, 2]


def test_half_an_analysis_is_continued(tmp_path: Path) -> None:
    path = burnt_clip(tmp_path / "clip.mp4", COUNT)
    finder = Finder()
    for expected_calls in (11, COUNT):
        with (
            open_seekable(str(path)) as video,
            PoseStore(tmp_path / "clip.poses", COUNT, {}) as store,
        ):
            index = TrackIndex()
            for step in analyse_clip(video, store, index, finder, PoseTracker(), 0.3):
                if step.done == 11 and expected_calls == 11:
                    break
            assert finder.calls == expected_calls
            assert len(people_at(COUNT - 1, store, index)) == (0 if expected_calls == 11 else 2)


def test_the_index_knows_only_people_of_the_frame() -> None:
    frame = Frame(0, 0.0, 0, np.zeros((40, 40, 3), np.uint8))
    person = one_person(frame)
    tracks = Tracks(np.array([1]), person, np.array([True]))
    index = TrackIndex()
    with pytest.raises(ValueError, match="person 0 of the tracks is none of the 0 poses"):
        index.append(PoseBatch.empty(), tracks)
    index.append(person, tracks)
    assert index.frames.tolist() == [0]
    assert index.scores.tolist() == pytest.approx([0.9])
