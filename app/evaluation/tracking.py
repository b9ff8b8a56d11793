"""Runs the tracker over labelled sequences."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.errors import DatasetError
from core.run.stages import follow
from core.tracks.by_frame import table_of, tracks_of
from core.tracks.csv_long import read_track_csv
from core.types import NO_PICTURE, Frame, FramePoses, Tracks
from trackers.metrics import Figures, Similarity, evaluate
from trackers.pose_tracker import PoseTracker, TrackerSettings
from trackers.sequences import (
    Input,
    TrackSequence,
    find_sequences,
    keep_frames,
    read_sequence,
    read_truth,
)
from trackers.stitch import join_tracklets


@dataclass(frozen=True, slots=True)
class TrackerRun:
    """What one set of sequences gave."""

    figures: Figures
    frames_per_s: float  # frames a second of CPU time inside the tracker


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
    offline: bool = False,
) -> TrackerRun:
    """Follow everyone in the sequences and compare with the truth. Raises DatasetError."""
    results: list[list[Tracks]] = []
    spent_s = 0.0
    for sequence in tqdm(sequences, "track", leave=False, disable=None):
        tracker = PoseTracker(settings, sequence.skeleton)
        found = list(_found(sequence))
        started = time.process_time()
        followed = [result.tracks for result in follow(found, tracker)]
        if offline:
            joined = join_tracklets(table_of(followed, sequence.times_s), settings.stitch)
            followed = tracks_of(joined, len(sequence))
        spent_s += time.process_time() - started
        results.append(followed)
    frames = sum(map(len, sequences))
    return TrackerRun(evaluate(sequences, results, similarity), frames / max(spent_s, 1e-9))


def _found(sequence: TrackSequence) -> Iterator[FramePoses]:
    """The detections of a sequence, which has no pictures."""
    pairs = zip(sequence.detections, sequence.times_s.tolist(), strict=True)
    for number, (poses, time_s) in enumerate(pairs):
        yield FramePoses(Frame(number, time_s, 0, NO_PICTURE), poses)


def score_tracks(folder: Path, path: Path) -> Figures:
    """Tracks of a long CSV against the truth in `folder`, frame for frame, by box overlap.

    Raises DatasetError, and SourceError for a file that holds no tracks.
    """
    table = read_track_csv(path)
    first = np.unique(table.frames, return_index=True)[1]
    sequence = read_truth(folder, table.times_s[first])
    return evaluate([sequence], [tracks_of(table, len(first))], "iou")
