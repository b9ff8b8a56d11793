"""Which engine runs a network: the one that was asked for, or the fastest that agrees."""

import json
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError, OutputError
from core.json_text import read_json_text
from core.machine import core_count
from core.model.checkpoint import file_sha256, load_checkpoint
from core.model.engines.engine import Branches, Engine, EngineName, Precision
from core.model.onnx_store import (
    WAY_OUT,
    cache_folder,
    make_onnx,
    onnx_path,
    read_losses,
)
from core.part_file import is_there, make_folder, write_whole

MEASURE_S = 0.4  # a candidate
LARGEST_LOSS = {"bfloat16": 0.5, "int8": 1.0}  # points of keypoint AP
LARGEST_DEVIATION = {"float32": 1e-3, "bfloat16": 0.1, "int8": 0.3}  # of a box branch

Candidate = tuple[EngineName, Precision]


@dataclass(frozen=True, slots=True)
class Chosen:
    """An engine and how it came to be chosen, in one line."""

    engine: Engine
    reason: str


def open_engine(
    name: EngineName, precision: Precision, weights: Path, device: str, threads: int
) -> Engine:
    """Open one engine; its library is imported here and no other. Raises ModelError."""
    if find_spec(name) is None:
        raise ModelError(f"engine {name}: is not installed; `pip install {name}`")
    if name == "torch":
        from core.model.engines.torch_engine import TorchEngine

        return TorchEngine(load_checkpoint(weights).network(), device, precision)
    if name == "onnxruntime":
        from core.model.engines.onnx_engine import OnnxEngine

        if precision == "bfloat16":
            raise ModelError("ONNX Runtime does not support bfloat16; use openvino or torch")
        return OnnxEngine(make_onnx(weights, precision), precision, threads, device)
    from core.model.engines.openvino_engine import OpenVinoEngine

    return OpenVinoEngine(make_onnx(weights, precision), precision, threads)


def choose_engine(
    weights: Path,
    wish: EngineName | None,
    precision: Precision | None,
    device: str,
    threads: int,
    canvas: tuple[int, int],
) -> Chosen:
    """Open the engine for a wish; None leaves the choice to a measurement. Raises ModelError.

    `canvas` is width and height in px of the pictures to measure with. The outcome is remembered
    for this machine, these weights and this shape.
    """
    device = resolve_device(device)
    if device != "cpu":
        kind = precision or _gpu_precision(weights, device, wish)
        engine = open_engine(wish or "torch", kind, weights, device, threads)
        return Chosen(engine, _named(engine))
    offers = _offers(weights, wish, precision)
    key = _key(weights, offers, canvas)
    remembered = _read_choices().get(key)
    candidates = [offer for offer in offers if remembered == " ".join(offer)]
    candidates = candidates or candidates_of(weights, wish, precision)
    engines, problem = _opened(candidates, weights, device, threads)
    if not engines and problem is not None:
        other = wish is not None or precision not in (None, "float32")
        if other or find_spec("torch") is None:
            raise problem
        engines = [open_engine("torch", "float32", weights, device, threads)]
    if len(engines) == 1:
        engines[0](_test_picture(canvas))  # compiled once, before several threads ask for it
        why = "" if problem is None else f", because {str(problem).removesuffix(WAY_OUT)}"
        return Chosen(engines[0], f"{_named(engines[0])}{why}")
    chosen = _fastest(engines, canvas)
    with suppress(OutputError):  # without a writable cache it is measured again next time
        _keep_choice(key, f"{chosen.engine.name} {chosen.engine.precision}")
    return chosen


def _opened(
    candidates: Sequence[Candidate], weights: Path, device: str, threads: int
) -> tuple[list[Engine], ModelError | None]:
    """Those that can be opened, and what is wrong with another one."""
    engines, problem = [], None
    for candidate in candidates:
        try:
            engines.append(open_engine(*candidate, weights, device, threads))
        except ModelError as error:
            problem = error
    return engines, problem


def resolve_device(wish: str) -> str:
    """cpu, cuda or mps. Torch, which knows, is only asked where there may be a GPU."""
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    missing = find_spec("torch") is None
    unlikely = missing or (not apple and which("nvidia-smi") is None)
    if wish == "cpu" or (wish == "auto" and unlikely):
        return "cpu"
    if missing:
        return wish  # ONNX Runtime may know the device
    from core.model.engines.torch_engine import choose_device

    return str(choose_device(wish))


def _gpu_precision(weights: Path, device: str, wish: EngineName | None) -> Precision:
    """Half the bits where CUDA computes with them and the measured loss of keypoint AP is small."""
    loss = read_losses(weights).get("bfloat16", np.inf)
    small = loss <= LARGEST_LOSS["bfloat16"]
    return "bfloat16" if device == "cuda" and wish in (None, "torch") and small else "float32"


def candidates_of(
    weights: Path, wish: EngineName | None, precision: Precision | None
) -> list[Candidate]:
    """Engines for the processor that meet the wish; the first is float32 where that is allowed.

    A lower precision is a candidate unasked only when its loss of keypoint AP was measured and is
    small. PyTorch is one only when nothing else is there: on processors it was never the fastest,
    and loading it takes seconds and 200 MB.
    """
    found = _offers(weights, wish, precision)
    if ("openvino", "bfloat16") in found and not _computes_bfloat16():
        found.remove(("openvino", "bfloat16"))
    return found or [(wish or _only_engine(precision), precision or "float32")]


def _offers(weights: Path, wish: EngineName | None, precision: Precision | None) -> list[Candidate]:
    """What is installed and allowed, without loading any of it: OpenVINO alone takes 40 MB."""
    losses = read_losses(weights)

    def allowed(kind: Precision) -> bool:
        if precision is not None:
            return kind == precision
        return kind == "float32" or losses.get(kind, np.inf) <= LARGEST_LOSS[kind]

    offers: list[Candidate] = []
    if find_spec("onnxruntime") is not None:
        offers.append(("onnxruntime", "float32"))
        if is_there(onnx_path(weights, "int8")):
            offers.append(("onnxruntime", "int8"))
    if find_spec("openvino") is not None:
        offers += [("openvino", "float32"), ("openvino", "bfloat16")]
    return [(name, kind) for name, kind in offers if wish in (None, name) and allowed(kind)]


def _only_engine(precision: Precision | None) -> EngineName:
    return "onnxruntime" if precision == "int8" else "torch"


def _computes_bfloat16() -> bool:
    from core.model.engines.openvino_engine import computes_bfloat16

    return computes_bfloat16()


def _fastest(engines: Sequence[Engine], canvas: tuple[int, int]) -> Chosen:
    """Measure in turn, so that other work on the machine meets all alike."""
    pictures = _test_picture(canvas)
    reference = engines[0](pictures)  # also compiles what is compiled at the first call
    agreeing = [
        engine
        for engine in engines
        if _deviation(engine(pictures), reference) <= LARGEST_DEVIATION[engine.precision]
    ]
    times_ms: list[list[float]] = [[] for _ in agreeing]
    deadline = time.perf_counter() + MEASURE_S * len(agreeing)
    while time.perf_counter() < deadline or not times_ms[-1]:
        for engine, own in zip(agreeing, times_ms, strict=True):
            started = time.perf_counter()
            engine(pictures)
            own.append(1e3 * (time.perf_counter() - started))
    medians = [statistics.median(own) for own in times_ms]
    best = agreeing[int(np.argmin(medians))]
    table = ", ".join(
        f"{engine.name} {engine.precision} {median:.0f} ms"
        for engine, median in zip(agreeing, medians, strict=True)
    )
    return Chosen(best, f"{_named(best)}, the fastest here ({table}), remembered")


def _named(engine: Engine) -> str:
    return f"engine {engine.name} {engine.precision} on {engine.device}"


def _test_picture(canvas: tuple[int, int]) -> NDArray[np.uint8]:
    """Smooth random colours: as pictures go, neither flat nor noise."""
    width, height = canvas
    coarse = np.random.default_rng(0).integers(0, 256, (height // 16, width // 16, 3), np.uint8)
    smooth = cv2.resize(coarse, canvas, interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.uint8)[None]


def _deviation(branches: Branches, reference: Branches) -> float:
    """Mean distance relative to the mean size of the reference: of the worst level's box branch.

    The heatmaps of networks that refine count as a level: as many as they are, they would hide
    what the others do.
    """
    return max(
        float(np.abs(a - b).sum()) / max(float(np.abs(b).sum()), 1e-9)
        for (a, _), (b, _) in zip(branches, reference, strict=True)
    )


def _key(weights: Path, candidates: Sequence[Candidate], canvas: tuple[int, int]) -> str:
    """Without the number of threads: a clip's table is the same wherever it was made."""
    parts = [platform.processor() or platform.machine(), f"{core_count()} cores"]
    parts += [f"{name} {kind} {_version(name)}" for name, kind in candidates]
    parts += [f"{canvas[0]}x{canvas[1]}", file_sha256(weights)[:12]]
    return ", ".join(parts)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _choices_path() -> Path:
    return cache_folder() / "engines.json"


def _read_choices() -> dict[str, str]:
    try:
        return dict(read_json_text(_choices_path().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}  # never measured, or another program's file: measure again


def _keep_choice(key: str, choice: str) -> None:
    make_folder(_choices_path().parent)
    write_whole(_choices_path(), json.dumps(_read_choices() | {key: choice}, indent=2) + "\n")
