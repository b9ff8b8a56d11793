"""Where the memory of a run goes: what is resident after each step on the way."""

import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from app.bench.peers import memory_mb
from app.bundled import MODULE
from core.errors import UserError
from core.model.engines.runtimes import import_onnxruntime

_LIBRARIES = ("numpy", "cv2", "av", "onnxruntime", "scipy.optimize", "filterpy.kalman")
_PROGRAM = ("clips.batch", "clips.clip", "results.clip_results", "bench.child")


def measure_memory(case_name: str, count: int) -> dict[str, dict[str, float]]:
    """Resident and added MB after each step of processing `count` frames as a case does.

    For a process that has loaded nothing yet. Raises UserError where the system does not tell.
    """
    if memory_mb("VmRSS") == 0:
        raise UserError("bench --memory: needs /proc/self/status, which only Linux has")
    figures: dict[str, dict[str, float]] = {}
    _note(figures, "python")
    for library in _LIBRARIES:
        if library == "onnxruntime":
            import_onnxruntime()
        else:
            import_module(library)
        _note(figures, library)
    for module in _PROGRAM:
        import_module(f"{MODULE}.{module}")
    _note(figures, "program")
    _process(case_name, count, lambda step: _note(figures, step))
    # The kernel brings its highest mark up to date now and then: a step may have seen more.
    seen = max(step["resident_mb"] for step in figures.values())
    figures["peak"] = {"resident_mb": max(memory_mb("VmHWM"), seen)}
    return figures


def _process(case_name: str, count: int, note: Callable[[str], None]) -> None:
    from app.bench.cases import case_named
    from app.bench.child import case_settings
    from app.bench.networks import bench_clip
    from app.clips.batch import RunSettings, make_run
    from app.results.clip_results import plan_results
    from core.machine import core_count

    clip = bench_clip(count)
    run = make_run(
        RunSettings(case_settings(case_named(case_name)), video=True, online=True), core_count()
    )
    note("network, one inference")
    done = 0

    def after_frame(*_: object) -> None:
        nonlocal done
        done += 1
        if done in (1, 10, count // 2):
            note(f"frame {done}")

    with tempfile.TemporaryDirectory() as folder:
        (results,) = plan_results([str(clip)], Path(folder))
        run.process(results, after_frame)


def _note(figures: dict[str, dict[str, float]], step: str) -> None:
    resident = memory_mb("VmRSS")
    before = next(reversed(figures.values()))["resident_mb"] if figures else 0.0
    figures[step] = {"resident_mb": resident, "added_mb": resident - before}
