"""`sync.toml`: a section a camera with `offset_s, rate, confidence, method`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.part_file import write_whole
from core.space.calibration_files.own_toml import quoted, read_toml
from core.space.camera import CalibrationError
from core.space.resample import ClockMap


def write_sync(path: Path, names: Sequence[str], clocks: Sequence[ClockMap]) -> None:
    """Raises OutputError."""
    lines = ["# common time = offset_s + rate x the camera's own time"]
    for name, clock in zip(names, clocks, strict=True):
        lines += [
            "",
            f"[{quoted(name)}]",
            f"offset_s = {clock.offset_s:.6f}",
            f"rate = {clock.rate:.9f}",
            f"method = {quoted(clock.method)}",
        ]
        if np.isfinite(clock.confidence):
            lines.append(f"confidence = {clock.confidence:.3f}")
    write_whole(path, "\n".join(lines) + "\n")


def read_sync(path: Path, names: Sequence[str]) -> list[ClockMap]:
    """The clocks of these cameras. Raises CalibrationError."""
    content = read_toml(path)
    clocks = []
    for name in names:
        section = content.get(name)
        if not isinstance(section, dict):
            known = ", ".join(content) or "none"
            raise CalibrationError(f"{path}: holds no camera {name}; it holds {known}")
        try:
            clock = ClockMap(
                float(section["offset_s"]),
                float(section.get("rate", 1.0)),
                float(section.get("confidence", "nan")),
                str(section.get("method", "given")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CalibrationError(f"{path}: [{name}] needs offset_s, a number of s") from error
        if not (0.5 < clock.rate < 2 and abs(clock.offset_s) < 1e6):
            raise CalibrationError(
                f"{path}: [{name}] has offset_s {clock.offset_s:g} and rate {clock.rate:g}; "
                "a rate lies near 1"
            )
        clocks.append(clock)
    return clocks
