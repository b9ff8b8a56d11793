"""`python -m app convert TRACKS.csv --format NAME`: tracks in the formats of other programs."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app.one_by_one import one_by_one
from app.options.clean import add_clean_arguments, clean_settings, cleaned_people, read_bodies
from app.options.scale import add_scale_arguments, has_scale, scale_of
from app.results.clip_results import recorded_clip
from app.results.format_files import Written, write_format, write_space_format
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_all_free
from core.errors import SettingsError, SourceError
from core.space.skeleton_files.conversions import SPACE_FORMATS, space_format
from core.space.skeleton_files.csv_table import is_tracks3d, read_tracks3d
from core.tracks.csv_long import read_track_csv
from core.tracks.edits.csv_rows import read_corrected
from core.tracks.formats.people import Clip
from core.tracks.formats.registry import FORMATS, Export, planned
from core.tracks.formats.text_tables import Signs
from core.tracks.motion import motions_of, table_of

Write = Callable[[str], Written]  # in a named format


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    width = max(map(len, FORMATS)) + 2
    lines = (f"  {name:<{width}}{chosen.summary}" for name, chosen in FORMATS.items())
    space = f"skeletons in space (.3d.csv) go into {', '.join(SPACE_FORMATS)}, with depth"
    parser.epilog = "formats:\n" + "\n".join(lines) + f"\n\n{space}"
    parser.add_argument("tracks", type=Path, nargs="+", help="CSV of tracks, or .3d.csv")
    parser.add_argument(
        "--format",
        action="append",
        required=True,
        choices=tuple(dict.fromkeys((*FORMATS, *SPACE_FORMATS))),
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
    clean_settings(arguments)  # what cannot be is said before anything is read
    formats = tuple(dict.fromkeys(arguments.format))
    check_all_free([_outputs(p, formats, arguments) for p in arguments.tracks], arguments.overwrite)
    return one_by_one(arguments.tracks, lambda path: _convert(path, formats, arguments))


def _convert(path: Path, formats: Sequence[str], arguments: argparse.Namespace) -> int:
    outputs = _outputs(path, formats, arguments)
    write = (
        _from_space(path, outputs.folder, arguments)
        if is_tracks3d(path)
        else _from_picture(path, outputs.folder, formats, arguments)
    )
    for name in formats:
        paths, warnings = write(name)
        for written in paths:
            print(written)
        for warning in warnings:
            print(f"warning: {warning}", file=sys.stderr)
    return 0


def _from_picture(
    path: Path, folder: Path, formats: Sequence[str], arguments: argparse.Namespace
) -> Write:
    """Tracks in pixels, read and cleaned once for all formats."""
    settings = clean_settings(arguments)
    raw = read_bodies(path) if has_scale(arguments) else read_track_csv(path)
    cleaned = cleaned_people(raw, settings) if _wants_clean(arguments) else None
    motions = (
        motions_of(raw, settings.min_score) if cleaned is None else [c.motion for c in cleaned]
    )
    job = Export(
        table=raw if cleaned is None else table_of(motions, raw),
        folder=folder,
        clip=Clip(path.stem, _recording(path, formats)),
        cleaned=cleaned,
        raw=raw,
        scale=scale_of(arguments, motions),
        corrected=bool(read_corrected(path)),
        signs=Signs(arguments.decimal_comma),
    )
    return lambda name: write_format(name, job, path)


def _recording(path: Path, formats: Sequence[str]) -> str:
    """The recording, where a format names it and its content is still the same."""
    if not any(FORMATS[name].names_recording for name in formats):
        return ""
    try:
        return recorded_clip(path, "the files name no recording")
    except SourceError as error:
        print(f"warning: {error}", file=sys.stderr)
        return ""


def _from_space(path: Path, folder: Path, arguments: argparse.Namespace) -> Write:
    """Skeletons in space, which are metres and smooth already."""
    scales = (arguments.height_m, arguments.line, arguments.plane)
    if _wants_clean(arguments) or any(value is not None for value in scales):
        raise SettingsError(
            f"{path}: skeletons in space are in metres, filled and smoothed by `reconstruct`; "
            "leave out --clean, --set, --settings, --height-m, --line and --plane"
        )
    tracks = read_tracks3d(path)
    signs = Signs(arguments.decimal_comma)
    return lambda name: write_space_format(name, folder, tracks, signs, path)


def _wants_clean(arguments: argparse.Namespace) -> bool:
    return bool(arguments.clean or arguments.set or arguments.settings is not None)


def _outputs(path: Path, formats: Sequence[str], arguments: argparse.Namespace) -> Outputs:
    folder = arguments.output or path.parent
    return Outputs(folder, path.stem, str(path), _planned(path, formats))


def _planned(path: Path, formats: Sequence[str]) -> tuple[str, ...]:
    if is_tracks3d(path):
        return tuple(f"{path.stem}{space_format(name).ending}" for name in formats)
    for name in formats:
        if name not in FORMATS:
            raise SettingsError(
                f"--format {name} takes skeletons in space (.3d.csv, which `reconstruct` writes); "
                f"{path} holds tracks in a picture"
            )
    return planned(path.stem, formats)
