"""What each stage behind the network costs with a crowd of known size."""

import tempfile
from pathlib import Path

from app.bench.crowd import walking
from app.bench.networks import bench_clip
from app.bench.stages import Stopwatch
from core.part_file import PartFile
from core.tracks.csv_long import TrackCsvWriter
from core.tracks.table import rows_of
from core.types import FrameResult
from core.video.capture import read_frames
from core.video.draw import Annotator
from core.video.encode import EncodeSettings, VideoWriter
from core.video.source import CaptureSettings
from trackers.pose_tracker import PoseTracker


def measure_people(people: int, count: int) -> dict[str, dict[str, float]]:
    """Track, write rows, draw and encode `count` 1080p frames with so many people."""
    watch = Stopwatch()
    found = walking(people)
    annotate = Annotator()
    tracker = PoseTracker()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        video = VideoWriter(path, (1920, 1080), 30, EncodeSettings(preset="ultrafast"))
        with video, PartFile(path.with_suffix(".csv")) as file:
            table = TrackCsvWriter(file)
            for frame in read_frames(str(bench_clip(count)), CaptureSettings(threads=1)):
                poses = found(frame.index)
                tracks = watch("track", tracker.update, poses, frame.time_s)
                result = FrameResult(frame, poses, tracks)
                watch("write rows", table.write, rows_of(result))
                image = watch("draw", annotate, result)
                watch("encode", video.write, image, frame.time_s)
    return {f"{stage}, {people} people": costs for stage, costs in watch.medians().items()}
