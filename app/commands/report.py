"""`python -m app report TRACKS.csv`: how far tracks can be trusted, as a page and as JSON."""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.clean_options import add_clean_arguments, clean_settings, cleaned_people
from app.ownership import Outputs, add_overwrite_argument, check_all_free, remember
from app.report.page import page
from core.part_file import make_folder, write_whole
from core.settings import as_dict
from core.tracks.clean.recipe import CleanSettings
from core.tracks.csv_long import read_track_csv
from core.tracks.quality import ClipQuality, clip_quality, verdict_of

BELOW = 4  # exit code of a clip that scores less than wanted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("tracks", type=Path, nargs="+", help="CSV of tracks")
    parser.add_argument("--output", type=Path, help="folder of the results (beside the tracks)")
    parser.add_argument(
        "--fail-below",
        type=float,
        default=0.0,
        metavar="SCORE",
        help=f"exit code {BELOW} if a clip scores less, 0 to 100",
    )
    add_overwrite_argument(parser)
    add_clean_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Report on files of tracks; returns the exit code."""
    settings = clean_settings(arguments)
    code = 0
    planned = [_outputs(path, arguments.output or path.parent) for path in arguments.tracks]
    check_all_free(planned, arguments.overwrite)
    for path, outputs in zip(arguments.tracks, planned, strict=True):
        table = read_track_csv(path)
        people = cleaned_people(table, settings)
        quality = clip_quality(table, people)
        make_folder(outputs.folder)
        remember(outputs)
        page_file, json_file = (outputs.folder / name for name in outputs.files)
        write_whole(page_file, page(path.stem, quality, people))
        content = json.dumps(as_record(path.stem, quality, settings), indent=1, allow_nan=False)
        write_whole(json_file, content + "\n")
        print(f"{page_file}: {quality.verdict}, {quality.score:.0f} of 100")
        if quality.score < arguments.fail_below:
            code = BELOW
    return code


def _outputs(path: Path, folder: Path) -> Outputs:
    names = (f"{path.stem}.report.html", f"{path.stem}.report.json")
    return Outputs(folder, path.stem, str(path), names)


def as_record(name: str, quality: ClipQuality, settings: CleanSettings) -> dict[str, Any]:
    """What the page says, as plain values."""
    clip = {key: value for key, value in asdict(quality).items() if key != "people"}
    people = []
    for person in quality.people:
        facts = asdict(person) | {
            "score": person.score,
            "verdict": verdict_of(person.score),
            "grades": person.grades(),
        }
        people.append({key: _rounded(value) for key, value in facts.items()})
    return {
        "clip": name,
        "verdict": quality.verdict,
        **{key: _rounded(value) for key, value in clip.items()},
        "people": people,
        "cleaning": as_dict(settings),
    }


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) and math.isfinite(value) else value
