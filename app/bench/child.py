"""The process in which a case of `bench` runs, so that nothing else is in its memory."""

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.bench.cases import Case, case_named
from app.bench.networks import PEOPLE, bench_weights, threshold_of
from app.bench.peers import memory_mb
from app.settings import AppSettings
from core.machine import core_count

Marks = list[tuple[float, float]]  # CPU and wall time in s after every frame
_PATIENCE_S = 0.002  # between two looks at a live run
_LEAST = 3  # results of a live run, however slow the machine


def measure_case(facts: dict[str, str]) -> dict[str, float]:
    """Process a clip: what it cost, for `run_case`."""
    started = time.perf_counter()
    case = case_named(facts["case"])
    clip, folder = Path(facts["clip"]), Path(facts["folder"])
    marks: Marks = []
    run = _reference if case.who == "reference" else _live if case.live else _ours
    found = run(case, clip, folder, marks)
    (cpu_first, wall_first), (cpu_last, wall_last) = marks[0], marks[-1]
    steps = max(1, len(marks) - 1)
    report = {
        "frames": len(marks),
        "cpu_ms": 1e3 * (cpu_last - cpu_first) / steps,
        "frames_s": steps / max(wall_last - wall_first, 1e-9),
        "start_s": wall_first - started,
        "peak_mb": memory_mb("VmHWM"),
        "torch_loaded": float("torch" in sys.modules),
    }
    return report | found


def _mark(marks: Marks) -> None:
    marks.append((time.process_time(), time.perf_counter()))


def _reference(case: Case, clip: Path, folder: Path, marks: Marks) -> dict[str, float]:
    from app.bench.reference import process

    weights = bench_weights(case.network)
    people = []
    for count in process(clip, weights, threshold_of(weights), PEOPLE, folder / "clip.mp4"):
        _mark(marks)
        people.append(count)
    return {"people": sum(people) / len(people)}


def _ours(case: Case, clip: Path, folder: Path, marks: Marks) -> dict[str, float]:
    from app.bench.crowd import CrowdEstimator
    from app.clips.batch import RunSettings, make_run
    from app.results.clip_results import plan_results
    from core.tracks.csv_long import read_track_csv

    # Without the line that says which engine runs: standard output is for the figures.
    clip_run = make_run(RunSettings(case_settings(case), video=True, online=True), core_count())
    if case.crowd:
        clip_run = replace(clip_run, estimator=CrowdEstimator(clip_run.estimator, case.crowd))
    (results,) = plan_results([str(clip)], folder)
    clip_run.process(results, lambda *_: _mark(marks))
    return {"people": len(read_track_csv(results.csv)) / len(marks)}


def _live(case: Case, clip: Path, folder: Path, marks: Marks) -> dict[str, float]:
    """At least as many frames as the clip has, from an endless one at its own speed."""
    from core.model.estimator import load_estimator
    from core.run.live import Pipeline
    from core.types import FrameResult
    from core.video.capture import read_frames
    from core.video.paced import paced
    from core.video.source import CaptureSettings
    from trackers.pose_tracker import PoseTracker

    settings = case_settings(case)
    wanted = sum(1 for _ in read_frames(str(clip)))
    latencies_ms: list[float] = []
    people: list[int] = []

    def finish(result: FrameResult) -> None:
        latencies_ms.append((time.monotonic_ns() - result.frame.captured_ns) / 1e6)
        people.append(len(result.tracks))
        _mark(marks)

    pipeline = Pipeline(
        lambda: paced(lambda: read_frames(str(clip), CaptureSettings(threads=1)), loop=True),
        load_estimator(settings.weights, settings.estimator),
        PoseTracker(settings.tracker),
        finish,
        live=True,
    )
    while pipeline.captured < wanted or len(marks) < _LEAST:
        time.sleep(_PATIENCE_S)
        pipeline.results.look()
    captured, dropped = pipeline.captured, pipeline.dropped
    pipeline.stop()
    pipeline.join()
    return {
        "people": float(np.mean(people)),
        "latency_ms": float(np.median(latencies_ms)),
        "latency_p95_ms": float(np.percentile(latencies_ms, 95)),
        "dropped": dropped / captured,
    }


def case_settings(case: Case) -> AppSettings:
    """How a case processes its clip."""
    from core.settings import build

    weights = bench_weights(case.network)
    confidence = threshold_of(weights, case.engine, case.precision)
    return build(
        AppSettings,
        {
            "weights": str(weights),
            "estimator": {
                "size": case.size,
                "engine": case.engine,
                "precision": case.precision,
                "device": "cpu",
                "confidence": confidence,
                "most": PEOPLE,
            },
            "tracker": {"new_score": confidence, "low_score": confidence / 2},
            "encode": {"preset": "ultrafast"},
        },
    )
