"""What a result was made of: the record that is written beside it."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from app.results.clip_results import ClipResults
from app.results.ownership import recorded
from app.results.places import place_of
from app.results.source_digest import source_sha256
from app.settings import AppSettings
from core.model.checkpoint import file_sha256, find_weights
from core.part_file import PartFile
from core.settings import as_dict
from core.skeleton import Skeleton
from core.video.probe import SourceInfo

FORMAT = "yolopose tracks, long CSV"
UNITS = {
    "frame": "0-based number of the decoded frame",
    "time_s": "s, presentation time since the first frame",
    "x, y, x1, y1, x2, y2": "px of the upright frame with square pixels, origin at the top left",
    "score": "0 to 1",
}


def versions() -> dict[str, str]:
    """This program and what its results depend on."""
    packages = ("torch", "av", "numpy", "opencv-python-headless")
    found = {name: _version(name) for name in ("yolopose", *packages)}
    return found | {"python": platform.python_version()}


def model_record(settings: AppSettings, licence: str | None = None) -> dict[str, str]:
    """Name and digest of the weights, and the licence of another maker's. Raises ModelError."""
    path = find_weights(None if settings.weights is None else str(settings.weights))
    record = {"name": path.stem, "sha256": file_sha256(path) if path.is_file() else ""}
    return record if licence is None else record | {"licence": licence}


def origin(info: SourceInfo, model: dict[str, str], settings: AppSettings) -> dict[str, Any]:
    """All that the poses of a run depend on; a stopped run goes on only with the same."""
    return {
        "source": source_sha256(info.source),
        "weights": model["sha256"],
        "estimator settings": as_dict(settings.estimator),
        "capture settings": as_dict(settings.capture),
        "region": as_dict(settings)["region"],
        "versions": versions(),
    }


def made_by(model: Mapping[str, str], skeleton: Skeleton, settings: Any) -> dict[str, Any]:
    """Network, skeleton and settings, as every record of a result has them."""
    return {"model": dict(model), **skeleton_record(skeleton), "settings": as_dict(settings)}


def claim(results: ClipResults, info: SourceInfo, sha256: str | None) -> None:
    """Say, as `.part` of the record, which files a run is about to make. Raises OutputError."""
    record = {"format": FORMAT} | _made_of(results, info, sha256)
    file = PartFile(results.meta)
    try:
        file.write((json.dumps(record, indent=2) + "\n").encode())
    finally:
        file.close()


def _made_of(results: ClipResults, info: SourceInfo, sha256: str | None) -> dict[str, Any]:
    return {
        "source": source_record(info, results.folder, sha256),
        "results": sorted({*results.files, *recorded(results.outputs)}),
    }


def source_record(info: SourceInfo, folder: Path, sha256: str | None) -> dict[str, Any]:
    """Facts of a source, where it is, also as seen from a folder, and its digest where known."""
    facts = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(info).items()}
    return facts | place_of(info.source, folder) | {"sha256": sha256}


def clip_record(
    info: SourceInfo,
    sha256: str | None,
    model: dict[str, str],
    settings: AppSettings,
    times_s: Sequence[float],
    lost_frames: int,
    warning: str | None,
    track_ids: set[int],
    second_pass: bool,
    skeleton: Skeleton,
    results: ClipResults,
) -> dict[str, Any]:
    """The contents of `<clip>.meta.json`."""
    return {
        "format": FORMAT,
        "versions": versions(),
        **_made_of(results, info, sha256),
        "frames": {"decoded": len(times_s), "lost": lost_frames, "warning": warning},
        "rate": rates(times_s) | {"nominal_hz": info.nominal_rate_hz},
        "track_ids": sorted(track_ids),
        "second_pass": second_pass,
        **made_by(model, skeleton, settings),
        "units": UNITS,
    }


def skeleton_record(skeleton: Skeleton) -> dict[str, Any]:
    """The skeleton of a table, in the words of live messages."""
    return {"skeleton": skeleton.name, "keypoint_names": list(skeleton.names)}


def rates(times_s: Sequence[float]) -> dict[str, Any]:
    """The mean rate over the whole clip, the shortest and longest step, and if they differ."""
    if len(times_s) < 2 or times_s[-1] <= times_s[0]:
        return {"measured_hz": None, "shortest_step_s": None, "longest_step_s": None}
    steps = np.diff(times_s)
    return {
        "measured_hz": round((len(times_s) - 1) / (times_s[-1] - times_s[0]), 6),
        "shortest_step_s": round(float(steps.min()), 6),
        "longest_step_s": round(float(steps.max()), 6),
        # Containers with a clock of 1 ms round a constant rate by up to 1 ms.
        "variable": bool(steps.max() - steps.min() > 0.002),
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed as a package"
