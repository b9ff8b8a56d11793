"""A recorded clip with everything known about it, and the stages that work on it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.pipeline import Estimator, Tracker
from core.tracks.pose_store import PoseStore
from core.tracks.track_index import TrackIndex
from core.types import FrameResult, PoseBatch, Tracks
from core.video.seek import Seekable


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work has come."""

    done: int
    total: int


def analyse_clip(
    video: Seekable,
    store: PoseStore,
    index: TrackIndex,
    estimate: Estimator,
    tracker: Tracker,
    threshold: float,
) -> Iterator[Progress]:
    """Find and follow people from the first frame on; frames whose poses are kept cost no network.

    `store` gets all poses that the estimator finds; people under `threshold` are not followed.
    """
    total = len(video)
    for number in range(total):
        poses = store.read(number)
        if poses is None:
            poses = estimate(video.frame(number))
            store.write(number, poses)
        index.append(poses, tracker.update(strong(poses, threshold), video.times_s[number]))
        yield Progress(number + 1, total)


def strong(poses: PoseBatch, threshold: float) -> PoseBatch:
    """The people with at least this score."""
    return poses[poses.scores >= np.float32(threshold)]


def people_at(number: int, store: PoseStore, index: TrackIndex) -> Tracks:
    """Who is in a frame, as far as it is known."""
    poses = store.read(number)
    return Tracks.empty() if poses is None else index.of_frame(number, poses)


def result_at(video: Seekable, number: int, store: PoseStore, index: TrackIndex) -> FrameResult:
    """A frame with what is known about it."""
    tracks = people_at(number, store, index)
    return FrameResult(video.frame(number), tracks.poses, tracks)
