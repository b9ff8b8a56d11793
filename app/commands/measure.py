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

from app.options.clean import add_clean_arguments, clean_settings, cleaned_people, read_bodies
from app.options.scale import add_scale_arguments, has_scale, scale_of
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_free, remember
from app.results.provenance import skeleton_record
from core.errors import SettingsError
from core.part_file import make_folder, write_whole
from core.settings import as_dict
from core.skeleton import COCO_17, Skeleton
from core.space.people.measure3d import NOTE, measure_in_space
from core.space.skeleton_files.csv_table import is_tracks3d, read_tracks3d
from core.tracks.clean.recipe import Cleaned
from core.tracks.edits.csv_rows import read_corrected
from core.tracks.measure.measures import (
    Measures,
    MeasureSettings,
    conventions,
    facing_text,
    measure,
)
from core.tracks.measure.quality import corrected_in
from core.tracks.measure.scale import Scale

FACINGS = {"auto": None, "right": 1, "left": -1, "front": 0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("tracks", type=Path, help="CSV of tracks; .3d.csv as well")
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
    add_overwrite_argument(parser)
    add_scale_arguments(parser)
    add_clean_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure one file of tracks; returns the exit code."""
    folder, stem = arguments.output or arguments.tracks.parent, arguments.tracks.stem
    names = tuple(f"{stem}.{name}" for name in ("measures.csv", "events.csv", "measures.json"))
    outputs = Outputs(folder, stem, str(arguments.tracks), names)
    check_free(outputs, arguments.overwrite)
    settings = MeasureSettings(
        facing=FACINGS[arguments.facing],
        keypoints=tuple(arguments.keypoint),
        repetitions_of=arguments.repetitions,
        min_range_deg=arguments.min_range_deg,
        min_duration_s=arguments.min_duration_s,
    )
    if is_tracks3d(arguments.tracks):
        measured, record = _in_space(arguments, settings)
    else:
        measured, record = _in_picture(arguments, settings)
    make_folder(folder)
    contents = (
        measures_csv(measured),
        events_csv(measured),
        json.dumps(record, indent=1, allow_nan=False) + "\n",
    )
    remember(outputs)
    for name, content in zip(names, contents, strict=True):
        write_whole(folder / name, content)
        print(folder / name)
    return 0


def _in_picture(
    arguments: argparse.Namespace, settings: MeasureSettings
) -> tuple[list[Measures], dict[str, Any]]:
    table = read_bodies(arguments.tracks)
    people = cleaned_people(table, clean_settings(arguments))
    scale = scale_of(arguments, [person.motion for person in people])
    try:
        measured = [measure(person, settings, scale) for person in people]
    except ValueError as error:
        raise SettingsError(str(error)) from error
    marks = read_corrected(arguments.tracks, table.skeleton)
    record = skeleton_record(table.skeleton) | summary(measured, people, scale, table.skeleton)
    for person, told in zip(people, record["people"], strict=True):
        told["corrected_keypoints"] = int(corrected_in(person.motion, marks).sum())
    return measured, record


def _in_space(
    arguments: argparse.Namespace, settings: MeasureSettings
) -> tuple[list[Measures], dict[str, Any]]:
    """Metres are there already, and `reconstruct` smoothed."""
    if arguments.facing != "auto":
        raise SettingsError("--facing: in space a person's own front is known")
    if has_scale(arguments):
        raise SettingsError(f"{arguments.tracks}: is in metres already; leave out the scale")
    tracks = read_tracks3d(arguments.tracks)
    try:
        measured = measure_in_space(tracks, settings)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    people = [{"track_id": p.motion.track_id} | _person_record(p) for p in measured]
    columns = set().union(*(person.columns for person in measured))
    angles = {name: text for name, text in conventions(COCO_17).items() if name in columns}
    record = {"angles": angles, "angles_note": NOTE, "scale": "metres in space"}
    return measured, record | {"people": people}


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


def summary(
    measured: list[Measures], people: list[Cleaned], scale: Scale | None, skeleton: Skeleton
) -> dict[str, Any]:
    """Conventions, settings and totals of a measurement."""
    return {
        "angles": conventions(skeleton),
        "angles_note": "angles of the picture's plane, in degrees",
        "scale": scale.description if scale else "none: lengths are pixels",
        "scale_matrix": scale.matrix.tolist() if scale else None,
        "cleaning": as_dict(people[0].settings) if people else None,
        "people": [
            {
                "track_id": person.motion.track_id,
                "facing": facing_text(person.facing),
                "cutoffs_hz": {k: round(v, 3) for k, v in cleaned.cutoffs_hz.items()},
            }
            | _person_record(person)
            for person, cleaned in zip(measured, people, strict=True)
        ],
    }


def _person_record(person: Measures) -> dict[str, Any]:
    return {
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


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
