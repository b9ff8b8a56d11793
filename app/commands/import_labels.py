"""`python -m app import-labels LABELS`: labels of other tools as corrections of a clip."""

import argparse
from pathlib import Path

from app.results.clip_results import recorded_size
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_free, remember
from core.part_file import make_folder
from core.skeleton import COCO_17
from core.tracks.by_frame import tracks_at
from core.tracks.csv_long import read_track_csv
from core.tracks.edits.file import save_edits
from core.tracks.formats.imported import imported_labels
from core.tracks.improve.from_labels import imported_edits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "labels",
        type=Path,
        help="COCO or Label Studio JSON, CVAT XML, YOLO data.yaml, DeepLabCut CSV or H5, "
        "SLEAP .slp",
    )
    parser.add_argument("--tracks", type=Path, required=True, help="CSV of the clip's tracks")
    parser.add_argument(
        "--output", type=Path, help="the corrections (NAME.edits.json beside the tracks)"
    )
    add_overwrite_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the corrections for `process --edits`; returns the exit code."""
    output = arguments.output or arguments.tracks.with_suffix(".edits.json")
    outputs = Outputs.of_file(output, arguments.labels)
    check_free(outputs, arguments.overwrite)
    make_folder(outputs.folder)
    table = read_track_csv(arguments.tracks, COCO_17)
    frame_count = int(table.frames.max()) + 1
    labels = imported_labels(arguments.labels, frame_count, recorded_size(arguments.tracks))
    next_id = int(table.track_ids.max(initial=0)) + 1
    edits = imported_edits(labels.truths, lambda n: tracks_at(table, n), (), next_id)
    save_edits(output, edits)
    remember(outputs)
    print(f"{output}: {len(edits)} corrections of {len(labels.truths)} frames")
    return 0
