"""`python -m app report TRACKS.csv`: how far tracks can be trusted, as a page and as JSON."""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.exit_codes import BELOW, GOOD
from app.one_by_one import one_by_one
from app.options.clean import add_clean_arguments, clean_settings, cleaned_people, read_bodies
from app.report.page import page
from app.report.space_page import joint_trust, space_page
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_all_free, remember
from core.part_file import make_folder, write_whole
from core.settings import as_dict
from core.skeleton import COCO_17
from core.space.people.measure3d import measure_in_space
from core.space.people.quality3d import quality
from core.space.skeleton_files.csv_table import is_tracks3d, read_tracks3d
from core.tracks.clean.recipe import CleanSettings
from core.tracks.edits.csv_rows import read_corrected
from core.tracks.measure.quality import ClipQuality, clip_quality, verdict_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("tracks", type=Path, nargs="+", help="CSV of tracks; .3d.csv as well")
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
    folder: Path | None = arguments.output
    planned = {path: _outputs(path, folder or path.parent) for path in arguments.tracks}
    check_all_free(list(planned.values()), arguments.overwrite)

    def report(path: Path) -> int:
        if is_tracks3d(path):
            _report_space(path, planned[path])
            return GOOD
        score = _report_picture(path, planned[path], settings)
        return BELOW if score < arguments.fail_below else GOOD

    return one_by_one(arguments.tracks, report)


def _report_picture(path: Path, outputs: Outputs, settings: CleanSettings) -> float:
    """Of tracks in a picture; their score."""
    table = read_bodies(path)
    people = cleaned_people(table, settings)
    quality = clip_quality(table, people, read_corrected(path, table.skeleton))
    make_folder(outputs.folder)
    remember(outputs)
    page_file, json_file = (outputs.folder / name for name in outputs.files)
    write_whole(page_file, page(path.stem, quality, people))
    content = json.dumps(as_record(path.stem, quality, settings), indent=1, allow_nan=False)
    write_whole(json_file, content + "\n")
    print(f"{page_file}: {quality.verdict}, {quality.score:.0f} of 100")
    return quality.score


def _report_space(path: Path, outputs: Outputs) -> None:
    """Of skeletons in space: millimetres, not a score."""
    tracks = read_tracks3d(path)
    figures = quality(tracks, COCO_17)
    written = space_page(path.stem, tracks, figures, measure_in_space(tracks))
    make_folder(outputs.folder)
    remember(outputs)
    page_file, json_file = (outputs.folder / name for name in outputs.files)
    write_whole(page_file, written)
    del figures["cameras"]  # pixels are in the record of `reconstruct`
    record = {"clip": path.stem, "joints": joint_trust(tracks), **figures}
    write_whole(json_file, json.dumps(record, indent=1, allow_nan=False) + "\n")
    known = [row for row in record["joints"] if row["uncertainty_mm"] is not None]
    worst = max(known, key=lambda row: row["uncertainty_mm"], default=None)
    said = "no joint was measured"
    if worst is not None:
        said = f"joints to {worst['uncertainty_mm']:.0f} mm ({worst['joint']})"
    print(f"{page_file}: {len(tracks.people)} people in space, {said}")


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
