"""`python -m app measure TRACKS.csv`: angles, speeds, steps and repetitions with their units."""

import argparse
import csv
import io
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from app.clean_options import add_clean_arguments, clean_settings, cleaned_people
from core.errors import SettingsError
from core.part_file import write_whole
from core.settings import as_dict
from core.tracks.clean.recipe import Cleaned
from core.tracks.csv_long import read_track_csv
from core.tracks.measure.measures import (
    Measures,
    MeasureSettings,
    conventions,
    facing_text,
    measure,
)
from core.tracks.measure.scale import Camera, Scale, from_height, from_line, from_plane

FACINGS = {"auto": None, "right": 1, "left": -1, "front": 0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("tracks", type=Path, help="CSV of tracks")
    parser.add_argument("--output", type=Path, help="folder of the results (beside the tracks)")
    parser.add_argument("--facing", choices=FACINGS, default="auto", help="side seen (auto)")
    parser.add_argument(
        "--keypoint",
        action="append",
        default=[],
        help="speed and distance of this keypoint; may be given more than once",
    )
    parser.add_argument("--repetitions", metavar="ANGLE", help="count these, such as left_knee")
    parser.add_argument("--min-range-deg", type=float, default=40.0, help="of a repetition (40)")
    parser.add_argument("--min-duration-s", type=float, default=0.3, help="of a repetition (0.3)")
    scale = parser.add_argument_group("pixels to metres")
    scale.add_argument("--height-m", type=float, help="height of the person with the longest track")
    scale.add_argument("--line", metavar="X1,Y1,X2,Y2,METRES", help="a level line on the ground")
    scale.add_argument(
        "--plane",
        metavar="X1,Y1,...,X4,Y4,WIDTH,DEPTH",
        help="rectangle on the ground: near left, near right, far right, far left; metres",
    )
    scale.add_argument("--size", metavar="WIDTHxHEIGHT", help="of the picture, for a tilted camera")
    scale.add_argument("--tilt-deg", type=float, default=0.0, help="camera looks down by this")
    scale.add_argument("--roll-deg", type=float, default=0.0, help="camera turned clockwise")
    scale.add_argument("--fov-deg", type=float, default=45.0, help="view along the height (45)")
    add_clean_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure one file of tracks; returns the exit code."""
    table = read_track_csv(arguments.tracks)
    people = cleaned_people(table, clean_settings(arguments))
    scale = _scale(arguments, people)
    settings = MeasureSettings(
        facing=FACINGS[arguments.facing],
        keypoints=tuple(arguments.keypoint),
        repetitions_of=arguments.repetitions,
        min_range_deg=arguments.min_range_deg,
        min_duration_s=arguments.min_duration_s,
    )
    try:
        measured = [measure(person, settings, scale) for person in people]
    except ValueError as error:
        raise SettingsError(str(error)) from error
    folder = arguments.output or arguments.tracks.parent
    folder.mkdir(parents=True, exist_ok=True)
    stem = arguments.tracks.stem
    write_whole(folder / f"{stem}.measures.csv", measures_csv(measured))
    write_whole(folder / f"{stem}.events.csv", events_csv(measured))
    write_whole(
        folder / f"{stem}.measures.json",
        json.dumps(summary(measured, people, scale), indent=1, allow_nan=False) + "\n",
    )
    for name in ("measures.csv", "events.csv", "measures.json"):
        print(folder / f"{stem}.{name}")
    return 0


def measures_csv(measured: Iterable[Measures]) -> str:
    """One row a frame and person; units stand in the names, empty cells are missing values."""
    rows: list[list[str]] = []
    for person in measured:
        if not rows:
            rows.append(["frame", "time_s", "track_id", *person.columns, "not_measured"])
        motion = person.motion
        columns = np.stack(list(person.columns.values()), axis=1)
        for index, filled in enumerate(person.not_measured()):
            values = ["" if math.isnan(v) else f"{v:.4f}" for v in columns[index].tolist()]
            start = [str(motion.frames[index]), f"{motion.times_s[index]:.6f}"]
            rows.append([*start, str(motion.track_id), *values, filled])
    return _csv(rows or [["frame", "time_s", "track_id"]])


def events_csv(measured: Iterable[Measures]) -> str:
    """Foot strikes and lifts, steps and repetitions, one a row."""
    rows = [["track_id", "event", "side", "start_s", "end_s", "value", "unit"]]
    for person in measured:
        who = str(person.motion.track_id)
        for event in person.events:
            time = f"{event.time_s:.6f}"
            rows.append([who, f"foot_{event.kind}", event.side, time, time, "", ""])
        for step in person.steps:
            span = [f"{step.start_s:.6f}", f"{step.end_s:.6f}"]
            rows.append([who, "step", step.side, *span, f"{step.length:.4f}", person.unit])
            if step.stride_s is not None:
                span[0] = f"{step.end_s - step.stride_s:.6f}"
                rows.append([who, "stride", step.side, *span, f"{step.stride_s:.4f}", "s"])
        for repetition in person.repetitions:
            span = [f"{repetition.start_s:.6f}", f"{repetition.end_s:.6f}"]
            rows.append([who, "repetition", "", *span, f"{repetition.range:.4f}", "deg"])
    return _csv(rows)


def summary(measured: list[Measures], people: list[Cleaned], scale: Scale | None) -> dict[str, Any]:
    """Conventions, settings and totals of a measurement."""
    return {
        "angles": conventions(),
        "angles_note": "angles of the picture's plane, in degrees",
        "scale": scale.description if scale else "none: lengths are pixels",
        "scale_matrix": scale.matrix.tolist() if scale else None,
        "cleaning": as_dict(people[0].settings) if people else None,
        "people": [
            {
                "track_id": person.motion.track_id,
                "facing": facing_text(person.facing),
                "cutoffs_hz": {k: round(v, 3) for k, v in cleaned.cutoffs_hz.items()},
                "cadence_steps_per_min": _rounded(person.cadence_per_min),
                "steps": len(person.steps),
                "repetitions": len(person.repetitions),
                "range_of_motion_deg": {
                    joint: {
                        "left": _rounded(both.left),
                        "right": _rounded(both.right),
                        "symmetry_percent": _rounded(both.index_percent),
                    }
                    for joint, both in person.symmetry.items()
                },
            }
            for person, cleaned in zip(measured, people, strict=True)
        ],
    }


def _scale(arguments: argparse.Namespace, people: list[Cleaned]) -> Scale | None:
    given = [name for name in ("height_m", "line", "plane") if getattr(arguments, name) is not None]
    if len(given) > 1:
        raise SettingsError("pixels to metres: give one of --height-m, --line and --plane")
    camera = None
    if arguments.tilt_deg or arguments.roll_deg:
        if not arguments.size:
            raise SettingsError("a tilted camera needs --size, such as 1920x1080")
        width, height = _numbers(arguments.size.replace("x", ","), 2, "--size")
        camera = Camera(
            (int(width), int(height)), arguments.tilt_deg, arguments.roll_deg, arguments.fov_deg
        )
    if arguments.line is not None:
        x1, y1, x2, y2, metres = _numbers(arguments.line, 5, "--line")
        return from_line((x1, y1), (x2, y2), metres, camera)
    if arguments.plane is not None:
        values = _numbers(arguments.plane, 10, "--plane")
        corners = list(zip(values[:8:2], values[1:8:2], strict=True))
        return from_plane(corners, values[8], values[9])
    if arguments.height_m is not None:
        if not people:
            raise SettingsError("--height-m: there is nobody in the tracks")
        longest = max(people, key=lambda person: len(person.motion))
        return from_height(longest.motion.keypoints, arguments.height_m, camera)
    return None


def _numbers(text: str, count: int, option: str) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise SettingsError(f"{option} {text}: expected numbers with commas between") from error
    if len(values) != count:
        raise SettingsError(f"{option} {text}: expected {count} numbers, got {len(values)}")
    return values


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
