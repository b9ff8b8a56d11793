"""The ways of working that `bench` compares, each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.bench.networks import (
    CANDIDATES,
    PEOPLE,
    bench_folder,
    bench_int8,
    bench_weights,
    threshold_of,
)
from app.bundled import own_command
from core.errors import UserError
from core.model.engines.engine import EngineName, Precision
from core.model.onnx_store import make_onnx

LONGEST_S = 900  # of one run


@dataclass(frozen=True, slots=True)
class Case:
    """A network, what runs it, and who: this program, the eager reference or a peer."""

    name: str
    who: str  # ours, reference, peer
    network: str
    engine: EngineName = "onnxruntime"
    precision: Precision = "float32"
    crowd: int = 0  # so many people in place of those that the network finds
    length: int = 1  # of the clip, as a multiple of the others'
    size: int = 640  # px, longest side of the network's input
    live: bool = False  # at the clip's own speed, as a camera would give it, without a file

    @property
    def comparable(self) -> bool:
        """Whether it does what the cases of others do, with the same clip and as many people."""
        return (
            self.who == "ours" and self.crowd in (0, PEOPLE) and not self.live and self.length == 1
        )


CASES = (
    Case("s6 float32", "ours", "s6"),
    Case("s6 bfloat16", "ours", "s6", "openvino", "bfloat16"),
    Case("s6 int8", "ours", "s6", "onnxruntime", "int8"),
    Case("n6 float32", "ours", "n6"),
    Case("n6 bfloat16", "ours", "n6", "openvino", "bfloat16"),
    Case("n6 int8", "ours", "n6", "onnxruntime", "int8"),
    Case("mobile float32", "ours", "mobile", size=512),
    Case("mobile bfloat16", "ours", "mobile", "openvino", "bfloat16", size=512),
    Case("mobile int8", "ours", "mobile", "onnxruntime", "int8", size=512),
    # Random weights in int8 find few people; these draw and track as many as the others find.
    Case("s6 int8, 6 people", "ours", "s6", "onnxruntime", "int8", crowd=PEOPLE),
    Case("n6 int8, 6 people", "ours", "n6", "onnxruntime", "int8", crowd=PEOPLE),
    Case("mobile, 1 person", "ours", "mobile", crowd=1, size=512),
    Case("mobile, 20 people", "ours", "mobile", crowd=20, size=512),
    Case("s6 float32, 1 person", "ours", "s6", crowd=1),
    Case("s6 float32, 20 people", "ours", "s6", crowd=20),
    Case("mobile, clip 8 times as long", "ours", "mobile", length=8, size=512),
    Case("mobile live", "ours", "mobile", live=True, size=512),
    Case("s6 int8 live", "ours", "s6", "onnxruntime", "int8", live=True),
    Case("reference s6 eager", "reference", "s6", "torch"),
    Case("v8s-pose torch", "peer", "yolov8s-pose", "torch"),
    Case("v8s-pose openvino", "peer", "yolov8s-pose", "openvino"),
    Case("v8n-pose torch", "peer", "yolov8n-pose", "torch"),
    Case("v8n-pose openvino", "peer", "yolov8n-pose", "openvino"),
    Case("v8n-pose torch at 512", "peer", "yolov8n-pose", "torch", size=512),
    Case("v8n-pose openvino at 512", "peer", "yolov8n-pose", "openvino", size=512),
    Case("v8n-pose openvino int8 at 512", "peer", "yolov8n-pose", "openvino", "int8", size=512),
)


def case_named(name: str) -> Case:
    """The case of that name, or one of another maker's ONNX file."""
    if name.endswith(".onnx"):
        return Case(name, "ours", name)
    return next(case for case in CASES if case.name == name)


def prepare(case: Case) -> None:
    """Make the network of a case, so that measuring finds it ready."""
    if case.who == "peer":
        return
    weights = bench_weights(case.network)
    if weights.suffix == ".onnx":
        return
    if case.precision == "int8":
        bench_int8(weights)
    if case.who == "ours":
        make_onnx(weights)
        threshold_of(weights, case.engine, case.precision)
    else:
        threshold_of(weights)


def run_case(case: Case, clip: Path, peers_python: str | None) -> dict[str, float]:
    """Process the clip once in a new process; cpu_ms is per frame, from the first one's end.

    Raises UserError with the last line of a process that failed.
    """
    report: dict[str, float]
    if case.who != "peer":
        with tempfile.TemporaryDirectory() as folder:
            facts = {"clip": str(clip), "folder": folder, "case": case.name}
            report = in_child(case.name, facts)
        return report
    wish = {
        "clip": str(clip),
        "folder": str(bench_folder()),
        "network": case.network,
        "engine": case.engine,
        "int8": case.precision == "int8",
        "size": case.size,
        "candidates": CANDIDATES,
        "people": PEOPLE,
    }
    script = str(Path(__file__).with_name("peers.py"))
    report = _output_of(case.name, [peers_python or sys.executable, script, json.dumps(wish)])
    return report


def in_child(title: str, facts: dict[str, Any]) -> Any:
    """What a new process of this program measures; see `app.commands.bench`. Raises UserError."""
    command = [*own_command(), "bench", "--child", json.dumps(facts)]
    return _output_of(title, command)


def _output_of(title: str, command: list[str]) -> Any:
    environment = os.environ | {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=LONGEST_S
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"bench: {title} did not end within {LONGEST_S} s") from error
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise UserError(f"bench: {title} failed ({last})")
    return json.loads(lines[-1])
