"""What a finished clip is given once all of it is known: joined tracks, and a video of them."""

from app.results import ClipResults
from app.settings import AppSettings
from core.errors import DamagedSourceError
from core.tracks.csv_long import write_track_csv
from core.tracks.table import TrackTable
from core.types import FrameResult
from core.video.capture import read_frames
from core.video.draw import Annotator
from core.video.encode import VideoWriter
from core.video.probe import SourceInfo
from trackers.stitch import join_tracklets, tracks_of


def join_clip(
    results: ClipResults,
    table: TrackTable,
    info: SourceInfo,
    settings: AppSettings,
    video: bool,
) -> set[int]:
    """Write the joined tracks of a table over that of the first pass, and the video. -> all ids

    Raises OutputError.
    """
    joined = join_tracklets(table, settings.tracker.stitch)
    threshold = settings.record.keypoint_threshold
    write_track_csv(results.csv, joined, keypoint_threshold=threshold)
    if video:
        _write_video(results, joined, info, settings)
    return set(joined.track_ids.tolist())


def _write_video(
    results: ClipResults, joined: TrackTable, info: SourceInfo, settings: AppSettings
) -> None:
    annotate = Annotator(settings.draw)
    tracks = tracks_of(joined, int(joined.frames[-1]) + 1)
    frames = read_frames(results.source, settings.capture)
    with VideoWriter(results.video, info.size, info.nominal_rate_hz, settings.encode) as video:
        try:
            for frame in frames:
                found = tracks[frame.index]
                video.write(annotate(FrameResult(frame, found.poses, found)), frame.time_s)
        except DamagedSourceError:
            return  # reported by the first pass, which ended at the same frame
