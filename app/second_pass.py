"""What a finished clip is given once all of it is known: joined tracks, and a video of them."""

from collections.abc import Callable

from app.results import ClipResults
from app.settings import AppSettings
from core.errors import DamagedSourceError
from core.part_file import PartFile
from core.tracks.by_frame import tracks_by_frame
from core.tracks.csv_long import TrackCsvWriter
from core.tracks.table_file import TableFile
from core.types import FrameResult
from core.video.capture import read_frames
from core.video.draw import Annotator
from core.video.encode import VideoWriter
from core.video.probe import SourceInfo
from trackers.join_plan import JoinPlan, joined_blocks
from trackers.stitch import plan_joins

Step = Callable[[str, int], None]  # called with what is being made and the frames done


def join_clip(
    results: ClipResults,
    table: TableFile,
    info: SourceInfo,
    settings: AppSettings,
    video: bool,
    step: Step,
) -> set[int]:
    """Write the joined tracks of a table over that of the first pass, and the video. -> all ids

    Raises OutputError.
    """
    plan = plan_joins(table.outline(), settings.tracker.stitch)
    with PartFile(results.csv) as file:
        writer = TrackCsvWriter(file, keypoint_threshold=settings.record.keypoint_threshold)
        for block in joined_blocks(plan, table.read):
            writer.write(block)
            step("joined table", int(block.frames[-1]) + 1)
    if video:
        _write_video(results, plan, table, info, settings, step)
    return set(plan.track_ids.tolist())


def _write_video(
    results: ClipResults,
    plan: JoinPlan,
    table: TableFile,
    info: SourceInfo,
    settings: AppSettings,
    step: Step,
) -> None:
    annotate = Annotator(settings.draw)
    tracks = tracks_by_frame(joined_blocks(plan, table.read))
    frames = read_frames(results.source, settings.capture)
    with VideoWriter(results.video, info.size, info.nominal_rate_hz, settings.encode) as video:
        try:
            # The first pass ended where reading failed; what comes after it is not read.
            for found, frame in zip(tracks, frames, strict=False):
                video.write(annotate(FrameResult(frame, found.poses, found)), frame.time_s)
                step("video", frame.index + 1)
        except DamagedSourceError:
            return  # reported by the first pass, which ended at the same frame
