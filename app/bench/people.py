"""What each stage after the network costs with a crowd of known size."""

import tempfile
from pathlib import Path

import numpy as np

from app.bench.crowd import walking
from app.bench.networks import bench_clip, bench_weights
from app.bench.stages import Stopwatch, video_of
from core.geometry import Letterbox, plan_letterbox
from core.model.checkpoint import read_settings
from core.model.engines.choice import open_engine
from core.model.engines.chooser_engine import open_chooser
from core.model.onnx_store import make_chooser
from core.model.refine import refine
from core.part_file import PartFile
from core.skeleton import COCO_17
from core.tracks.csv_long import TrackCsvWriter
from core.tracks.table import rows_of
from core.types import FrameResult, PoseBatch
from core.video.capture import read_frames
from core.video.planes import letterboxed
from core.video.source import CaptureSettings
from trackers.pose_tracker import PoseTracker


def measure_people(people: int, count: int) -> dict[str, dict[str, float]]:
    """Choose keypoints, track, write rows, draw and encode `count` 1080p frames with so many."""
    watch = Stopwatch()
    weights = bench_weights("mobile")
    engine = open_engine("onnxruntime", "float32", weights, "cpu", 1)
    choose = open_chooser(make_chooser(weights))
    first = next(read_frames(str(bench_clip(count))))
    plan = plan_letterbox(first.size, 512, read_settings(weights).strides[-1])
    heatmaps, shifts = engine(letterboxed(first, plan)[None])[-1]
    maps = (heatmaps[0], shifts[0])
    found = walking(people)
    tracker = PoseTracker()
    with (
        tempfile.TemporaryDirectory() as folder,
        video_of(watch) as show,
        PartFile(Path(folder) / "clip.csv") as file,
    ):
        table = TrackCsvWriter(file, COCO_17)
        for frame in read_frames(str(bench_clip(count)), CaptureSettings(threads=1)):
            poses = found(frame.index)
            watch("choose keypoints", refine, _letterboxed(poses, plan), maps, 0.3, choose)
            tracks = watch("track", tracker.update, poses, frame.time_s)
            result = FrameResult(frame, poses, tracks)
            watch("write rows", table.write, rows_of(result))
            show(result)
    return {f"{stage}, {people} people": costs for stage, costs in watch.medians().items()}


def _letterboxed(poses: PoseBatch, plan: Letterbox) -> PoseBatch:
    """The same people in px of the network's input."""
    scale = np.array([plan.scale_x, plan.scale_y], np.float32)
    pad = np.array([plan.pad_x, plan.pad_y], np.float32)
    return PoseBatch(
        (poses.boxes.reshape(-1, 2, 2) * scale + pad).reshape(-1, 4),
        poses.scores,
        poses.keypoints * scale + pad,
        poses.keypoint_scores,
    )
