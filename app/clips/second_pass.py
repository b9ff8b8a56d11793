"""What a finished clip is given once all of it is known: the joined table, and a video of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.results.clip_results import ClipResults
from app.settings import AppSettings
from core.errors import DamagedSourceError
from core.part_file import PartFile
from core.run.pose_file import PoseFile
from core.skeleton import Skeleton
from core.tracks.edits.csv_rows import EditedCsvWriter
from core.tracks.edits.frame import shown_frame
from core.tracks.edits.log import Edit
from core.tracks.joined_index import JoinedIndex
from core.tracks.track_index import TrackIndex
from core.types import FrameResult, Tracks
from core.video.capture import read_frames
from core.video.draw import Annotator
from core.video.encode import VideoWriter
from core.video.probe import SourceInfo

Step = Callable[[str, int], None]  # called with what is being made and the frames done


@dataclass(frozen=True, slots=True, eq=False)
class ClipTracks:
    """Who is in each frame of a finished clip; iterate for one `Tracks` a frame, before edits."""

    times_s: NDArray[np.float64]
    index: TrackIndex | JoinedIndex
    kept: PoseFile
    skeleton: Skeleton
    edits: tuple[Edit, ...] = ()  # with the ids of this run

    def __iter__(self) -> Iterator[Tracks]:
        for number in range(self.index.frame_count):
            yield self.index.of_frame(number, self.kept.poses)


def write_joined(
    results: ClipResults,
    tracks: ClipTracks,
    info: SourceInfo,
    settings: AppSettings,
    video: bool,
    step: Step,
) -> None:
    """Write the joined tracks in place of the first pass's, which end in `.part`, and their video.

    Raises OutputError.
    """
    write_table(results, tracks, settings, step)
    if video:
        _write_video(results, tracks, info, settings, step)


def write_table(
    results: ClipResults, tracks: ClipTracks, settings: AppSettings, step: Step
) -> None:
    """Write the table of a clip. Raises OutputError."""
    with PartFile(results.csv) as file:
        threshold = settings.record.keypoint_threshold
        writer = EditedCsvWriter(file, tracks.skeleton, tracks.edits, threshold)
        for number, (found, time_s) in enumerate(zip(tracks, tracks.times_s.tolist(), strict=True)):
            writer.write(number, time_s, found)
            step("joined table", number + 1)


def _write_video(
    results: ClipResults, tracks: ClipTracks, info: SourceInfo, settings: AppSettings, step: Step
) -> None:
    annotate = Annotator(settings.draw, tracks.skeleton)
    frames = read_frames(results.source, settings.capture)
    with VideoWriter(results.video, info.size, info.nominal_rate_hz, settings.encode) as video:
        try:
            # The first pass ended where reading failed; what comes after it is not read.
            for found, frame in zip(tracks, frames, strict=False):
                shown = shown_frame(tracks.edits, frame.index, found, tracks.skeleton).tracks
                video.write(annotate(FrameResult(frame, shown.poses, shown)), frame.time_s)
                step("video", frame.index + 1)
        except DamagedSourceError:
            return  # reported by the first pass, which ended at the same frame
