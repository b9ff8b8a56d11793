"""What each stage of a frame costs on its own, in one process."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.bench.networks import PEOPLE, bench_clip, bench_weights
from core.geometry import Letterbox, plan_letterbox
from core.model.checkpoint import read_settings
from core.model.decode import average_agreeing, by_anchor, decode_maps, non_maximum_suppression
from core.model.engines.choice import candidates_of, open_engine
from core.model.engines.engine import Branches
from core.model.settings import ModelSettings
from core.types import FrameResult, PoseBatch
from core.video.capture import read_frames
from core.video.draw import Annotator
from core.video.encode import EncodeSettings, VideoWriter
from core.video.planes import letterboxed
from core.video.source import CaptureSettings
from trackers.pose_tracker import PoseTracker


class Stopwatch:
    """Processor and wall time of named stages, in ms a call."""

    def __init__(self) -> None:
        self._cpu: dict[str, list[float]] = {}
        self._wall: dict[str, list[float]] = {}

    def __call__(self, stage: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make a call and note what it took."""
        cpu, wall = time.process_time(), time.perf_counter()
        result = call(*arguments)
        self._wall.setdefault(stage, []).append(1e3 * (time.perf_counter() - wall))
        self._cpu.setdefault(stage, []).append(1e3 * (time.process_time() - cpu))
        return result

    def medians(self) -> dict[str, dict[str, float]]:
        """By stage."""
        return {
            stage: {
                "cpu_ms": statistics.median(self._cpu[stage]),
                "wall_ms": statistics.median(self._wall[stage]),
            }
            for stage in self._cpu
        }


def measure_stages(count: int) -> dict[str, dict[str, float]]:
    """Decode, prepare, infer in every engine, decode maps, track, draw and encode, 1080p.

    With one look at the picture.
    """
    watch = Stopwatch()
    weights = bench_weights("mobile")
    model = read_settings(weights)
    engines = [
        open_engine(*candidate, weights, "cpu", 1)
        for precision in ("float32", "bfloat16")
        for candidate in candidates_of(weights, None, precision)
    ]
    tracker = PoseTracker()
    # One thread each, so that a stage's work is done while it is timed.
    frames = read_frames(str(bench_clip(count)), CaptureSettings(threads=1))
    with video_of(watch) as show:
        for _ in range(count):
            frame = watch("decode", next, frames)
            plan = plan_letterbox(frame.size, 512, model.strides[-1])
            picture = watch("prepare", letterboxed, frame, plan)[None]
            for engine in engines:
                branches = watch(f"infer {engine.name} {engine.precision}", engine, picture)
            poses = watch("decode maps", _people, branches, model, plan)
            sight = watch("see camera and clothes", tracker.see, frame.picture, poses)
            tracks = watch("track", tracker.update, poses, frame.time_s, sight.looks)
            show(FrameResult(frame, poses, tracks))
    return watch.medians()


@contextmanager
def video_of(watch: Stopwatch) -> Iterator[Callable[[FrameResult], None]]:
    """What draws 1080p results and encodes them, as two stages; the video is thrown away."""
    annotate = Annotator()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with VideoWriter(path, (1920, 1080), 30, EncodeSettings(preset="ultrafast")) as video:

            def show(result: FrameResult) -> None:
                image = watch("draw", annotate, result)
                watch("encode", video.write, image, result.frame.time_s)

            yield show


def _people(branches: Branches, model: ModelSettings, plan: Letterbox) -> PoseBatch:
    heads = branches[: len(model.strides)]  # and the heatmaps, which `measure_people` reads
    levels = [by_anchor(box[0], keypoints[0], model) for box, keypoints in heads]
    found = decode_maps(levels, model.anchors, model.strides, 0.3)
    return plan.to_frame(average_agreeing(non_maximum_suppression(found, 0.6, PEOPLE), found))
