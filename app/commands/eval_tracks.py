"""`eval-tracks`: the tracker's figures on sequences with the truth."""

import argparse
from pathlib import Path

from app.evaluation.tracking import TrackerRun, load, measure, score_tracks
from app.evaluation.tracking_table import write_table
from core.errors import SettingsError
from core.settings import apply_overrides, build
from trackers.metrics import Figures, Similarity
from trackers.pose_tracker import TrackerSettings
from trackers.sequences import INPUTS, Input

COLUMNS = ("HOTA", "AssA", "DetA", "MOTA", "IDF1", "IDSW", "FP", "FN", "frames/s")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "folder", type=Path, help="a sequence, or a folder of sequences (seqinfo.ini, gt/, det/)"
    )
    parser.add_argument(
        "--input",
        choices=INPUTS,
        default="boxes",
        help="det/det.txt, det_noisy/det.txt, the true poses, or pose/det_noisy.json",
    )
    parser.add_argument(
        "--similarity",
        choices=("iou", "oks"),
        help="how result and truth are compared (default: oks for noisy-poses, else iou)",
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="use every Nth frame")
    parser.add_argument(
        "--drop", type=float, default=0.0, metavar="SHARE", help="drop this share of the frames"
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")
    parser.add_argument("--offline", action="store_true", help="join tracks in a second pass")
    parser.add_argument(
        "--tracks",
        type=Path,
        metavar="CSV",
        help="score these tracks, written by `process`, against gt/gt.txt of the folder",
    )
    parser.add_argument("--each", action="store_true", help="also print every sequence")
    parser.add_argument(
        "--set", action="append", default=[], metavar="A=B", help="a setting of the tracker"
    )
    parser.add_argument(
        "--table",
        type=Path,
        metavar="FILE.md",
        help="run every set known in the folder and write the table into this document, "
        "beside the figures of others in FILE_peers.csv",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the figures, or write the table. Raises SettingsError, DatasetError, OutputError."""
    settings = build(TrackerSettings, apply_overrides({}, arguments.set))
    if arguments.table:
        write_table(arguments.table, arguments.folder, settings)
        return 0
    if arguments.tracks:
        _print_header()
        _print_figures(arguments.tracks.stem, score_tracks(arguments.folder, arguments.tracks))
        print()
        return 0
    if arguments.every < 1 or not 0 <= arguments.drop < 1:
        raise SettingsError("--every must be 1 or more, --drop at least 0 and below 1")
    source: Input = arguments.input
    sequences = load(arguments.folder, source, arguments.every, arguments.drop, arguments.seed)
    similarity: Similarity = arguments.similarity or ("oks" if source == "noisy-poses" else "iou")
    _print_header()
    if arguments.each:
        for sequence in sequences:
            _print(sequence.name, measure([sequence], settings, similarity, arguments.offline))
    _print("all", measure(sequences, settings, similarity, arguments.offline))
    return 0


def _print_header() -> None:
    print(f"{'':24s}" + "".join(f"{name:>9s}" for name in COLUMNS))


def _print_figures(name: str, figures: Figures) -> None:
    percentages = (figures.hota, figures.ass_a, figures.det_a, figures.mota, figures.idf1)
    counts = (figures.switches, figures.false_positives, figures.false_negatives)
    print(
        f"{name:24s}"
        + "".join(f"{value:9.2f}" for value in percentages)
        + "".join(f"{value:9d}" for value in counts),
        end="",
    )


def _print(name: str, result: TrackerRun) -> None:
    _print_figures(name, result.figures)
    print(f"{result.frames_per_s:9.0f}")
