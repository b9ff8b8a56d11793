"""How a recorded clip is analysed: the same for `process`, `replay` and the window."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.settings import AppSettings
from core.machine import core_count
from core.model.estimator import PoseEstimator
from core.run.recorded import Analysis, Join
from core.run.stages import Estimator, Tracker
from core.skeleton import Skeleton
from core.types import Frame
from core.video.capture import read_frames
from core.video.photos import are_photos
from core.video.source import kind_of
from trackers.each_alone import EachAlone
from trackers.pose_tracker import PoseTracker
from trackers.stitch import plan_joins

if TYPE_CHECKING:
    from core.model.foreign.estimator import ForeignEstimator


def analysis_of(
    source: str,
    settings: AppSettings,
    estimate: Estimator | None,
    skeleton: Skeleton,
    workers: int = 1,
    photos: bool | None = None,
) -> Analysis:
    """The parts for one run over one clip. Raises SourceError for a folder without images.

    `skeleton` is that of the people whom the network finds.

    `photos` says what the pictures are, where `capture.images` does not and it is known.
    """

    def frames() -> Iterator[Frame]:
        return read_frames(source, settings.capture)

    if settings.capture.images != "auto" or photos is None:
        photos = kind_of(source) == "images" and are_photos(source, settings.capture.images)
    film = not photos
    joins = film and settings.tracker.second_pass and kind_of(source) != "stream"
    tracker: Tracker = PoseTracker(settings.tracker, skeleton) if film else EachAlone()
    join: Join | None = partial(plan_joins, settings=settings.tracker.stitch) if joins else None
    return Analysis(
        source,
        frames,
        estimate,
        tracker,
        skeleton,
        join,
        settings.estimator.confidence,
        workers,
        looks_at_camera=film and settings.tracker.camera_flow,
        looks_at_people=film and settings.tracker.looks_at_people,
        photos=photos,
    )


def network_settings(settings: AppSettings) -> AppSettings:
    """With one thread an inference, unless another number is asked for.

    Each core then estimates a frame of its own, which is faster than all at one frame.
    """
    threads = settings.estimator.threads or 1
    return replace(settings, estimator=replace(settings.estimator, threads=threads))


def frames_ahead(network: "PoseEstimator | ForeignEstimator") -> int:
    """How many frames are estimated at a time."""
    if network.device != "cpu":
        return 2  # one travels to the GPU while another is computed
    return max(1, core_count() // (network.settings.threads or core_count()))
