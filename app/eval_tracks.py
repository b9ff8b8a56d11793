"""`eval-tracks`: the tracker's figures on sequences with the truth."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.errors import DatasetError, UserError
from core.settings import apply_overrides, build
from core.types import Tracks
from trackers.metrics import Figures, Similarity, evaluate
from trackers.pose_tracker import PoseTracker, TrackerSettings
from trackers.sequences import (
    INPUTS,
    Input,
    TrackSequence,
    find_sequences,
    keep_frames,
    read_sequence,
)

COLUMNS = ("HOTA", "AssA", "DetA", "MOTA", "IDF1", "IDSW", "FP", "FN", "frames/s")


@dataclass(frozen=True, slots=True)
class Run:
    """What one set of sequences gave."""

    figures: Figures
    frames_per_s: float  # frames a second inside the tracker


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
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
        help="how result and truth are compared (oks for noisy-poses, else iou)",
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="use every Nth frame")
    parser.add_argument(
        "--drop", type=float, default=0.0, metavar="SHARE", help="drop this share of the frames"
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything random")
    parser.add_argument("--each", action="store_true", help="also print every sequence")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a tracker setting"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the figures. Raises UserError."""
    settings = build(TrackerSettings, apply_overrides({}, arguments.set))
    if arguments.every < 1 or not 0 <= arguments.drop < 1:
        raise UserError("--every must be 1 or more, --drop at least 0 and below 1")
    source: Input = arguments.input
    sequences = load(arguments.folder, source, arguments.every, arguments.drop, arguments.seed)
    similarity: Similarity = arguments.similarity or ("oks" if source == "noisy-poses" else "iou")
    print(f"{'':24s}" + "".join(f"{name:>9s}" for name in COLUMNS))
    if arguments.each:
        for sequence in sequences:
            print_row(sequence.name, measure([sequence], settings, similarity))
    print_row("all", measure(sequences, settings, similarity))
    return 0


def load(
    folder: Path, source: Input, every: int = 1, drop: float = 0.0, seed: int = 0
) -> list[TrackSequence]:
    """Read the sequences of a folder, thinned out as asked. Raises DatasetError."""
    sequences = [
        read_sequence(path, source, seed)
        for path in tqdm(find_sequences(folder), "read", leave=False, disable=None)
    ]
    random = np.random.default_rng(seed)
    thinned = []
    for sequence in sequences:
        frames = np.arange(0, len(sequence), every)
        frames = frames[random.random(len(frames)) >= drop]
        if len(frames) == 0:
            raise DatasetError(f"{folder / sequence.name}: --drop leaves no frame")
        thinned.append(keep_frames(sequence, frames.tolist()))
    return thinned


def measure(
    sequences: Sequence[TrackSequence],
    settings: TrackerSettings,
    similarity: Similarity,
) -> Run:
    """Follow everyone in the sequences and compare with the truth."""
    results: list[list[Tracks]] = []
    spent_s = 0.0
    for sequence in tqdm(sequences, "track", leave=False, disable=None):
        tracker = PoseTracker(settings, sequence.sigmas)
        pairs = list(zip(sequence.detections, sequence.times_s.tolist(), strict=True))
        started = time.process_time()
        followed = [tracker.update(poses, time_s) for poses, time_s in pairs]
        spent_s += time.process_time() - started
        results.append(followed)
    frames = sum(map(len, sequences))
    return Run(evaluate(sequences, results, similarity), frames / max(spent_s, 1e-9))


def print_row(name: str, result: Run) -> None:
    """One line of the list."""
    figures = result.figures
    percentages = (figures.hota, figures.ass_a, figures.det_a, figures.mota, figures.idf1)
    counts = (figures.switches, figures.false_positives, figures.false_negatives)
    print(
        f"{name:24s}"
        + "".join(f"{value:9.2f}" for value in percentages)
        + "".join(f"{value:9d}" for value in counts)
        + f"{result.frames_per_s:9.0f}"
    )
