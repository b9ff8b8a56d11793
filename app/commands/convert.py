"""`python -m app convert TRACKS.csv --format NAME`: tracks in the formats of other programs."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from app.clean_options import add_clean_arguments, clean_settings, cleaned_people
from app.ownership import Outputs, add_overwrite_argument, check_all_free, remember
from app.results import recorded_source
from app.scale_options import add_scale_arguments, scale_of
from core.tracks.csv_long import read_track_csv
from core.tracks.formats.people import Clip
from core.tracks.formats.registry import FORMATS, Export, export, planned
from core.tracks.formats.text_tables import Signs
from core.tracks.motion import motions_of, table_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    width = max(map(len, FORMATS)) + 2
    lines = (f"  {name:<{width}}{chosen.summary}" for name, chosen in FORMATS.items())
    parser.epilog = "formats:\n" + "\n".join(lines)
    parser.add_argument("tracks", type=Path, nargs="+", help="CSV of tracks")
    parser.add_argument(
        "--format",
        action="append",
        required=True,
        choices=FORMATS,
        metavar="NAME",
        help="see below; may be given more than once",
    )
    parser.add_argument("--output", type=Path, help="folder of the results (beside the tracks)")
    parser.add_argument(
        "--decimal-comma", action="store_true", help="CSV with `;` between cells and `,` in numbers"
    )
    parser.add_argument(
        "--clean", action="store_true", help="repair, fill and smooth first (docs/measurements.md)"
    )
    add_overwrite_argument(parser)
    add_scale_arguments(parser)
    add_clean_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Convert files of tracks; returns the exit code."""
    settings = clean_settings(arguments)
    wants_clean = arguments.clean or bool(arguments.set) or arguments.settings is not None
    formats = tuple(dict.fromkeys(arguments.format))
    check_all_free([_outputs(p, formats, arguments) for p in arguments.tracks], arguments.overwrite)
    for path in arguments.tracks:
        outputs = _outputs(path, formats, arguments)
        raw = read_track_csv(path)
        cleaned = cleaned_people(raw, settings) if wants_clean else None
        motions = (
            motions_of(raw, settings.min_score) if cleaned is None else [c.motion for c in cleaned]
        )
        job = Export(
            table=raw if cleaned is None else table_of(motions, raw),
            folder=outputs.folder,
            clip=Clip(path.stem, recorded_source(path)),
            cleaned=cleaned,
            raw=raw,
            scale=scale_of(arguments, motions),
            signs=Signs(arguments.decimal_comma),
        )
        for name in formats:
            paths, warnings = export(name, job)
            remember(outputs, planned(path.stem, (name,)))
            for written in paths:
                print(written)
            for warning in warnings:
                print(f"warning: {warning}", file=sys.stderr)
    return 0


def _outputs(path: Path, formats: Sequence[str], arguments: argparse.Namespace) -> Outputs:
    folder = arguments.output or path.parent
    return Outputs(folder, path.stem, str(path), planned(path.stem, formats))
