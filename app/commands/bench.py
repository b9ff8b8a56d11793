"""`python -m app bench`: what a frame costs, stage by stage and end to end, and against others."""

import argparse
import json
import math
import os
import platform
import statistics
import time
from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.results.new_file import check_new
from app.results.overwrite import OF_THAT_NAME, add_overwrite_argument
from core.errors import UserError

Figures = dict[str, dict[str, float]]

_DEFAULT_CASE = "mobile float32"  # also beside networks of other makers
_CROWDS = (1, 10, 20, 50)  # people, for what the stages after the network cost


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--frames", type=int, default=100, help="frames of the clip (100)")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved runs of each case (3)")
    parser.add_argument("--cases", nargs="*", default=[], help="only cases whose names begin so")
    parser.add_argument(
        "--model", nargs="*", default=[], metavar="FILE.onnx", help="these beside the default, too"
    )
    parser.add_argument("--stages", action="store_true", help="the stages alone, in one process")
    parser.add_argument(
        "--networks", action="store_true", help="the networks alone, at several sizes, one thread"
    )
    parser.add_argument(
        "--live", action="store_true", help="added latency: a queue, newest frame, governor"
    )
    parser.add_argument(
        "--budget-ms", type=float, default=80.0, help="with --live: the governor's budget (80)"
    )
    parser.add_argument(
        "--slowed",
        action="store_true",
        help="with --live: the engine becomes three times slower after a quarter of the frames "
        "(take 1100, for 30 s after it has)",
    )
    parser.add_argument(
        "--start", action="store_true", help="how long until the window, and the first people"
    )
    parser.add_argument("--memory", action="store_true", help="where the memory goes, step by step")
    parser.add_argument("--peers", action="store_true", help="ultralytics' networks as well")
    parser.add_argument("--peers-python", help="the interpreter that has ultralytics (this one)")
    parser.add_argument("--output", type=Path, help="write the figures to this JSON file")
    add_overwrite_argument(parser, OF_THAT_NAME)
    parser.add_argument("--compare", type=Path, help="an earlier JSON file")
    parser.add_argument("--child", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print the table, write the JSON file."""
    if arguments.child:
        return _run_child(json.loads(arguments.child))
    if arguments.frames < 2 or arguments.rounds < 1:
        raise UserError("bench: needs at least 2 frames and 1 round")
    for name in ("stages", "networks", "live", "start", "memory"):
        if getattr(arguments, name) and (arguments.model or arguments.cases or arguments.peers):
            raise UserError(
                f"bench: --{name} measures the default network; --model, --cases and --peers go "
                "without it"
            )
    if arguments.slowed and not arguments.live:
        raise UserError("bench: --slowed needs --live")
    if not 0 < arguments.budget_ms < math.inf:
        raise UserError(
            f"bench: --budget-ms {arguments.budget_ms:g}: expected a positive time in ms"
        )
    for path in map(Path, arguments.model):
        if not path.is_file():
            raise UserError(f"bench: {path}: there is no such file")
    before = _load(arguments.compare) if arguments.compare else {}
    if arguments.output is not None:
        check_new(arguments.output, arguments.overwrite)
    kind, title, figures = _measure(arguments)
    record: dict[str, Any] = {"machine": _machine(), "frames": arguments.frames, kind: figures}
    _print_table(title, figures, before.get(kind, {}))
    if kind == "cases":
        _print_ratios(figures)
    if arguments.output is not None:
        from core.part_file import write_whole

        write_whole(arguments.output, json.dumps(record, indent=2) + "\n")
        print(f"figures: {arguments.output}")
    return 0


def _run_child(facts: dict[str, Any]) -> int:
    """Measure in this process and print it; the other end of `in_child`."""
    if "memory" in facts:
        from app.bench.memory import measure_memory  # and no other module before it

        print(json.dumps(measure_memory(facts["memory"], facts["frames"])))
    elif "start" in facts:
        from app.bench.start import look

        print(json.dumps(look(facts["start"], facts["began_s"])))
    else:
        from app.bench.child import measure_case

        print(json.dumps(measure_case(facts)))
    return 0


def _measure(arguments: argparse.Namespace) -> tuple[str, str, Figures]:
    """What was asked for: its name in the JSON file, the title of its table, the figures."""
    if arguments.memory:
        from app.bench.cases import case_named, in_child, prepare

        prepare(case_named(_DEFAULT_CASE))
        facts = {"memory": _DEFAULT_CASE, "frames": arguments.frames}
        return "memory", "MB", in_child("the memory", facts)
    if arguments.start:
        from app.bench.start import measure_start

        return "start", "seconds from the call", measure_start(arguments.rounds)
    if arguments.live and arguments.slowed:
        from app.bench.slowed import measure_slowed

        figures = measure_slowed(arguments.frames, arguments.rounds, arguments.budget_ms)
        return "slowed", "p95 in ms from capture to result", figures
    if arguments.live:
        from app.bench.live import measure_live

        figures = measure_live(arguments.frames, arguments.rounds, arguments.budget_ms)
        return "live", "ms from capture to result", figures
    if arguments.networks:
        from app.bench.inference import measure_inference

        return "networks", "ms a frame", measure_inference(arguments.frames)
    if arguments.stages:
        from app.bench.people import measure_people
        from app.bench.stages import measure_stages

        stages = measure_stages(arguments.frames)
        for people in _CROWDS:
            stages |= measure_people(people, arguments.frames)
        return "stages", "ms a frame", stages
    return "cases", "per frame", _measure_cases(arguments)


def _measure_cases(arguments: argparse.Namespace) -> Figures:
    """Each case once a round, so that other work on the machine meets all alike."""
    from tqdm import tqdm

    from app.bench.cases import CASES, case_named, prepare, run_case
    from app.bench.networks import bench_clip

    chosen = [
        case
        for case in CASES
        if (arguments.peers or case.who != "peer")
        and (case.engine != "openvino" or case.who == "peer" or find_spec("openvino"))
        and (not arguments.cases or case.name.startswith(tuple(arguments.cases)))
    ]
    if arguments.model:
        chosen = [case for case in chosen if arguments.cases or case.name == _DEFAULT_CASE]
        chosen += [case_named(str(Path(model).resolve())) for model in arguments.model]
    if not chosen:
        names = ", ".join(case.name for case in CASES)
        raise UserError(f"bench: no case begins so; there are {names}")
    clips = {case.length: bench_clip(case.length * arguments.frames) for case in chosen}
    runs: dict[str, list[dict[str, float]]] = {case.name: [] for case in chosen}
    for case in chosen:
        prepare(case)
    bar = tqdm(total=len(chosen) * arguments.rounds, unit="run", leave=False)
    for _ in range(arguments.rounds):
        for case in chosen:
            bar.set_description(case.name)
            runs[case.name].append(run_case(case, clips[case.length], arguments.peers_python))
            bar.update()
    bar.close()
    return {
        name: {
            key: statistics.median(run[key] for run in own)
            if key != "peak_mb"
            else max(run[key] for run in own)
            for key in own[0]
        }
        for name, own in runs.items()
    }


def _print_table(title: str, figures: Figures, before: Figures) -> None:
    columns = list(dict.fromkeys(key for row in figures.values() for key in row))
    print(f"{title:<40}" + "".join(f"{column:>14}" for column in columns))
    for name, row in figures.items():
        line = f"{name:<40}" + "".join(
            f"{row[column]:>14.2f}" if column in row else f"{'':>14}" for column in columns
        )
        old = before.get(name, {}).get("cpu_ms")
        print(line + (f"   {row['cpu_ms'] / old:.2f} of before" if old else ""))


def _print_ratios(figures: Figures) -> None:
    """CPU-ms of the others over ours."""
    from app.bench.cases import CASES

    ours = [case.name for case in CASES if case.comparable and case.name in figures]
    for other in [case.name for case in CASES if case.who != "ours" and case.name in figures]:
        ratios = ", ".join(
            f"{figures[other]['cpu_ms'] / figures[name]['cpu_ms']:.2f} {name}" for name in ours
        )
        print(f"{other} costs times as much as ours: {ratios}")


def _machine() -> dict[str, Any]:
    from app.diagnosis import processor_name
    from core.machine import core_count

    packages = ("torch", "onnxruntime", "openvino", "av", "opencv-python-headless", "ultralytics")
    versions = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": processor_name(),
        "cores": core_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions,
        "time": time.strftime("%Y-%m-%d %H:%M"),
    }


def _load(path: Path) -> Mapping[str, Figures]:
    """An earlier file of figures. Raises UserError."""
    try:
        content: Mapping[str, Figures] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: is no JSON file of an earlier `app bench` ({error})") from error
    return content
