"""Command-line options that every command with cleaned motion shares."""

import argparse
from pathlib import Path

from core.errors import TableError
from core.settings import apply_overrides, build, load_yaml
from core.skeleton import check_body
from core.tracks.clean.recipe import Cleaned, CleanSettings, clean
from core.tracks.csv_long import read_track_csv
from core.tracks.motion import motions_of
from core.tracks.table import TrackTable


def add_clean_arguments(parser: argparse.ArgumentParser) -> None:
    """`--clean FILE.yaml` and `--set NAME=VALUE`."""
    names = ", ".join(CleanSettings.__dataclass_fields__)
    parser.add_argument(
        "--settings", type=Path, metavar="YAML", help="how motion is cleaned, as a YAML file"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"how motion is cleaned, for example cutoff_hz=4 or smoothing=kalman; names: {names}",
    )


def clean_settings(arguments: argparse.Namespace) -> CleanSettings:
    """The settings that the options ask for. Raises SettingsError."""
    values = load_yaml(arguments.settings) if arguments.settings else {}
    return build(CleanSettings, apply_overrides(values, arguments.set))


def cleaned_people(table: TrackTable, settings: CleanSettings) -> list[Cleaned]:
    """Every person of a table, cleaned, by ascending id."""
    return [clean(motion, settings) for motion in motions_of(table, settings.min_score)]


def read_bodies(path: Path) -> TrackTable:
    """A table of people who can be measured. Raises TableError."""
    table = read_track_csv(path)
    try:
        check_body(table.skeleton)
    except ValueError as error:
        raise TableError(f"{path}: {error}") from error
    return table
