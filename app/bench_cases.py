"""The ways of working that `bench` compares, each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.bench_networks import (
    CANDIDATES,
    PEOPLE,
    bench_folder,
    bench_int8,
    bench_weights,
    threshold_of,
)
from app.bench_peers import peak_mb
from core.errors import UserError
from core.model.engines.engine import core_count

LONGEST_S = 900  # of one run


@dataclass(frozen=True, slots=True)
class Case:
    """A network, what runs it, and who: this program, the eager reference or a peer."""

    name: str
    who: str  # ours, reference, peer
    network: str
    engine: str = "onnxruntime"
    precision: str = "float32"


CASES = (
    Case("s6 float32", "ours", "s6"),
    Case("s6 bfloat16", "ours", "s6", "openvino", "bfloat16"),
    Case("s6 int8", "ours", "s6", "onnxruntime", "int8"),
    Case("n6 float32", "ours", "n6"),
    Case("n6 bfloat16", "ours", "n6", "openvino", "bfloat16"),
    Case("n6 int8", "ours", "n6", "onnxruntime", "int8"),
    Case("light float32", "ours", "light"),
    Case("light bfloat16", "ours", "light", "openvino", "bfloat16"),
    Case("reference s6 eager", "reference", "s6", "torch"),
    Case("v8s-pose torch", "peer", "yolov8s-pose", "torch"),
    Case("v8s-pose openvino", "peer", "yolov8s-pose", "openvino"),
    Case("v8n-pose torch", "peer", "yolov8n-pose", "torch"),
    Case("v8n-pose openvino", "peer", "yolov8n-pose", "openvino"),
)


def prepare(case: Case) -> None:
    """Make the network of a case, so that measuring finds it ready."""
    if case.who == "peer":
        return
    weights = bench_weights(case.network)
    if case.precision == "int8":
        bench_int8(weights)
    threshold_of(weights)


def run_case(case: Case, clip: Path, peers_python: str | None) -> dict[str, float]:
    """Process the clip once in a new process; cpu_ms is per frame, from the first one's end.

    Raises UserError with the last line of a process that failed.
    """
    environment = os.environ | {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
    with tempfile.TemporaryDirectory() as folder:
        facts: dict[str, Any] = {"clip": str(clip), "folder": folder, "case": case.name}
        command = [sys.executable, "-m", "app", "bench", "--child", json.dumps(facts)]
        if case.who == "peer":
            facts = {
                "clip": str(clip),
                "folder": str(bench_folder()),
                "network": case.network,
                "engine": case.engine,
                "candidates": CANDIDATES,
                "people": PEOPLE,
            }
            script = Path(__file__).with_name("bench_peers.py")
            command = [peers_python or sys.executable, str(script), json.dumps(facts)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, env=environment, timeout=LONGEST_S
            )
        except subprocess.TimeoutExpired as error:
            raise UserError(f"bench: {case.name} did not end within {LONGEST_S} s") from error
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise UserError(f"bench: {case.name} failed ({last})")
    report: dict[str, float] = json.loads(lines[-1])
    return report


def run_child(facts: str) -> None:
    """Process a clip and print what it cost; the other end of `run_case`."""
    started = time.perf_counter()
    given = json.loads(facts)
    case = next(case for case in CASES if case.name == given["case"])
    clip, folder = Path(given["clip"]), Path(given["folder"])
    marks: list[tuple[float, float]] = []
    run = _reference if case.who == "reference" else _ours
    people = run(case, clip, folder, marks)
    (cpu_first, wall_first), (cpu_last, wall_last) = marks[0], marks[-1]
    steps = max(1, len(marks) - 1)
    report = {
        "frames": len(marks),
        "people": people,
        "cpu_ms": 1e3 * (cpu_last - cpu_first) / steps,
        "frames_s": steps / max(wall_last - wall_first, 1e-9),
        "start_s": wall_first - started,
        "peak_mb": peak_mb(),
        "torch_loaded": float("torch" in sys.modules),
    }
    print(json.dumps(report))


def _mark(marks: list[tuple[float, float]]) -> None:
    marks.append((time.process_time(), time.perf_counter()))


def _reference(case: Case, clip: Path, folder: Path, marks: list[tuple[float, float]]) -> float:
    from app.bench_reference import process

    weights = bench_weights(case.network)
    people = []
    for count in process(clip, weights, threshold_of(weights), PEOPLE, folder / "clip.mp4"):
        _mark(marks)
        people.append(count)
    return sum(people) / len(people)


def _ours(case: Case, clip: Path, folder: Path, marks: list[tuple[float, float]]) -> float:
    from app.batch import RunSettings, make_run
    from app.results import plan_results
    from app.settings import AppSettings
    from core.settings import build
    from core.tracks.csv_long import read_track_csv

    weights = bench_weights(case.network)
    confidence = threshold_of(weights)
    settings = build(
        AppSettings,
        {
            "weights": str(weights),
            "estimator": {
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
    # Without the line that says which engine runs: standard output is for the figures.
    clip_run = make_run(RunSettings(settings, video=True, online=True), core_count())
    (results,) = plan_results([str(clip)], folder)
    clip_run.process(results, lambda *_: _mark(marks))
    return len(read_track_csv(results.csv)) / len(marks)
