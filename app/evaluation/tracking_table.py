"""The table of docs/tracking.md: our tracker beside others on the same detections."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.evaluation.tracking import TrackerRun, load, measure
from core.errors import DatasetError, OutputError
from core.part_file import write_whole
from trackers.metrics import Similarity
from trackers.pose_tracker import TrackerSettings
from trackers.sequences import Input

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
_HEADER = ("HOTA", "AssA", "DetA", "MOTA", "IDF1", "IDSW", "FP", "FN", "frames/s")
_KNOWN_AS = "**this tracker, {}**"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A set of sequences below the folder of the data."""

    name: str
    folder: str
    source: Input
    similarity: Similarity


BENCHMARKS = (
    Benchmark("MOT17 half-val", "MOT17-half-val", "boxes", "iou"),
    Benchmark("MOT15", "MOT15", "boxes", "iou"),
    *(
        Benchmark(f"Bonn {rate} rate, oracle", f"bonn/{rate}_rate", "poses", "iou")
        for rate in ("full", "half", "quarter")
    ),
    *(
        Benchmark(f"Bonn {rate} rate, noisy", f"bonn/{rate}_rate", "noisy-poses", "oks")
        for rate in ("full", "half", "quarter")
    ),
)


def write_table(document: Path, data: Path, settings: TrackerSettings) -> None:
    """Measure every set and put the table between the two marks of a Markdown document.

    The figures of others are read from the file beside it that ends in `_peers.csv`: a column
    `set`, a column `peer`, then the columns of the table. Raises DatasetError and OutputError.
    """
    try:
        text = document.read_text(encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{document}: cannot be read ({error.strerror})") from error
    if BEGIN not in text or END not in text:
        raise OutputError(f"{document}: must hold the marks {BEGIN} and {END}")
    peers = _read_peers(document.with_name(f"{document.stem}_peers.csv"))
    parts = [_section(benchmark, data, settings, peers) for benchmark in BENCHMARKS]
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    write_whole(document, f"{before}{BEGIN}\n\n" + "\n".join(parts) + f"\n{END}{after}")


def _read_peers(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from error
    if not rows or not {"set", "peer", *_HEADER} <= set(rows[0]):
        raise DatasetError(f"{path}: must have the columns set, peer, {', '.join(_HEADER)}")
    return rows


def _section(
    benchmark: Benchmark, data: Path, settings: TrackerSettings, peers: list[dict[str, str]]
) -> str:
    sequences = load(data / benchmark.folder, benchmark.source)
    rows = [
        [
            _KNOWN_AS.format(way),
            *_cells(measure(sequences, settings, benchmark.similarity, offline)),
        ]
        for way, offline in (("online", False), ("offline", True))
    ]
    others = [row for row in peers if row["set"] == benchmark.name]
    others.sort(key=lambda row: -float(row["HOTA"]))
    rows += [[row["peer"], *(row[name] for name in _HEADER)] for row in others]
    return "\n".join([f"### {benchmark.name}", "", *_markdown(rows)]) + "\n"


def _cells(result: TrackerRun) -> list[str]:
    figures = result.figures
    percentages = (figures.hota, figures.ass_a, figures.det_a, figures.mota, figures.idf1)
    counts = (figures.switches, figures.false_positives, figures.false_negatives)
    return [f"{value:.2f}" for value in percentages] + [
        *map(str, counts),
        f"{result.frames_per_s:.0f}",
    ]


def _markdown(rows: list[list[str]]) -> Iterator[str]:
    yield f"| tracker | {' | '.join(_HEADER)} |"
    yield "|---|" + "--:|" * len(_HEADER)
    for row in rows:
        yield f"| {' | '.join(row)} |"
