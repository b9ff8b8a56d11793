"""`python -m app replay CLIP.poses`: track and export kept poses again, without the network."""

import argparse
import sys
from pathlib import Path

from app.batch import write_formats
from app.export import FORMATS, planned
from app.ownership import Outputs, add_overwrite_argument, check_all_free, remember
from app.results import ClipResults
from app.settings import add_settings_arguments, settings_of
from core.errors import TableError
from core.part_file import make_folder
from core.tracks.csv_long import write_track_csv
from core.tracks.pose_log import read_poses
from core.tracks.table import concatenate, rows_at
from trackers.pose_tracker import PoseTracker
from trackers.stitch import join_tracklets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "poses", type=Path, nargs="+", help="what `process --keep-poses` left: CLIP.poses"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the folder for the results"
    )
    parser.add_argument(
        "--format",
        action="append",
        default=[],
        choices=FORMATS,
        metavar="NAME",
        help="also in this format of `convert`; may be repeated",
    )
    parser.add_argument(
        "--online", action="store_true", help="without the second pass that joins tracks"
    )
    add_overwrite_argument(parser)
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write tables of tracks; the same poses and settings give the same bytes."""
    settings = settings_of(arguments)
    planned_files = [_outputs(path, arguments) for path in arguments.poses]
    check_all_free(planned_files, arguments.overwrite)
    make_folder(arguments.output)
    for path, outputs in zip(arguments.poses, planned_files, strict=True):
        results = ClipResults(str(path), path.stem, arguments.output)
        tracker = PoseTracker(settings.tracker)
        rows = [
            rows_at(index, time_s, tracker.update(poses, time_s))
            for index, time_s, poses in read_poses(path)
        ]
        if not rows:
            raise TableError(f"{path}: holds no frames")
        table = concatenate(rows)
        if not arguments.online:
            table = join_tracklets(table, settings.tracker.stitch)
        remember(outputs)
        threshold = settings.record.keypoint_threshold
        write_track_csv(results.csv, table, keypoint_threshold=threshold)
        print(f"{results.csv}: {len(rows)} frames")
        paths, losses = write_formats(results, arguments.format)
        for written in paths:
            print(written)
        for loss in losses:
            print(f"warning: {loss}", file=sys.stderr)
    return 0


def _outputs(path: Path, arguments: argparse.Namespace) -> Outputs:
    files = (f"{path.stem}.csv", *planned(path.stem, arguments.format))
    return Outputs(arguments.output, path.stem, str(path), files)
