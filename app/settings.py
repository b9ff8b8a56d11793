"""All settings of a run in one frozen dataclass: what YAML files, overrides and the window edit."""

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.own_look import with_own_look
from core.model.estimator_settings import EstimatorSettings
from core.run.governor import LiveSettings
from core.run.region import check_region
from core.settings import apply_overrides, build, load_yaml
from core.tracks.csv_long import RecordSettings
from core.video.camera import CameraSettings
from core.video.draw import DrawSettings
from core.video.encode import EncodeSettings
from core.video.source import CaptureSettings
from trackers.pose_tracker import TrackerSettings


@dataclass(frozen=True, slots=True)
class AppSettings:
    """Everything that a person can choose for a run; a file holds what differs from these."""

    # Model weights: a file or the name of an installed network; empty takes the default weights
    weights: Path | None = None
    # Region of interest: x1, y1, x2, y2 as shares of the frame size; empty takes the whole frame
    region: tuple[float, float, float, float] | None = None
    estimator: EstimatorSettings = field(default_factory=EstimatorSettings)
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    camera: CameraSettings = field(default_factory=CameraSettings)
    live: LiveSettings = field(default_factory=LiveSettings)
    capture: CaptureSettings = field(default_factory=CaptureSettings)
    record: RecordSettings = field(default_factory=RecordSettings)
    draw: DrawSettings = field(default_factory=DrawSettings)
    encode: EncodeSettings = field(default_factory=EncodeSettings)

    def __post_init__(self) -> None:
        if self.region is not None:
            check_region(self.region)


def add_settings_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every command that takes settings."""
    parser.add_argument("--settings", type=Path, metavar="YAML", help="a file of settings")
    parser.add_argument(
        "--set", action="append", default=[], metavar="A.B=C", help="one setting, may be repeated"
    )


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    """Which network runs: a short form of one setting."""
    parser.add_argument(
        "--model",
        metavar="WEIGHTS",
        help="a weights file, an ONNX file of another maker or a shipped name (default: mobile)",
    )


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """Short forms of the settings that runs without a window need most."""
    add_model_argument(parser)
    parser.add_argument("--device", help="auto, cpu, cuda or mps (default: auto)")
    parser.add_argument(
        "--engine", help="auto, torch, onnxruntime or openvino (default: auto, the fastest)"
    )
    parser.add_argument("--precision", help="auto, float32, bfloat16 or int8 (default: auto)")
    parser.add_argument(
        "--confidence",
        type=float,
        help="people with a lower score than this, from 0 to 1, are left out; "
        "sets estimator.confidence and, where it is higher, lowers tracker.new_score to it",
    )


def settings_of(arguments: argparse.Namespace, as_taught: bool = False) -> AppSettings:
    """Defaults, then the file, then the overrides, then the short forms. Raises SettingsError.

    With `as_taught`, weights that were taught at a clip look as they were taught to, where nothing
    else is asked for.
    """
    values = load_yaml(arguments.settings) if arguments.settings else {}
    values = apply_overrides(values, arguments.set)
    given = vars(arguments)
    short = {
        ("weights",): given.get("model"),
        ("estimator", "device"): given.get("device"),
        ("estimator", "engine"): given.get("engine"),
        ("estimator", "precision"): given.get("precision"),
        ("estimator", "confidence"): given.get("confidence"),
        ("capture", "time_scale"): given.get("slow_motion"),
    }
    for path, value in short.items():
        if value is not None:
            _put(values, path, value)
    confidence = given.get("confidence")
    if confidence is not None:
        tracker = build(AppSettings, values).tracker
        if confidence < tracker.new_score:
            _put(values, ("tracker", "new_score"), max(confidence, tracker.low_score))
    if as_taught:
        values = with_own_look(values)
    return build(AppSettings, values)


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    *sections, name = path
    for section in sections:
        values = values.setdefault(section, {})
    values[name] = value
