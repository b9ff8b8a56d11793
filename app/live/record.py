"""What a live run was made of: the record beside its table, or beside its annotated video."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.results.ownership import Outputs, check_record
from app.results.provenance import UNITS, versions
from app.results.record_file import META
from core.part_file import is_there, write_whole
from core.run.outcome import LiveOutcome
from core.tracks.csv_long import GAP, MODE
from ui.session.source import Source

FORMAT = "yolopose live tracks, long CSV"
LIVE_UNITS = {
    "time_s": "s since the first frame, on the clock of the source; of ours after a gap",
    GAP: "s without pictures before a frame",
    MODE: "input size in px, and another precision or network; /n: one of n frames is looked at; "
    "predicted: not looked at",
}


def write_live_record(
    source: Source, files: Sequence[Path], outcome: LiveOutcome, made_by: Mapping[str, Any]
) -> None:
    """Write `NAME.meta.json` beside the first of a run's files, if that one is there.

    `made_by` is as `provenance.made_by` has it. Raises OutputError, also where a file of that name
    is of something else.
    """
    if not is_there(files[0]):
        return
    meta = files[0].with_suffix(META)
    names = tuple(path.name for path in files if is_there(path))
    check_record(Outputs(meta.parent, files[0].stem, source.shown_address, names))
    record: dict[str, Any] = {
        "format": FORMAT,
        "versions": versions(),
        "source": {"kind": source.kind, "address": source.shown_address},
        "results": list(names),
        "started": outcome.started.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        "frames": {
            "captured": outcome.captured,
            "analysed": outcome.analysed,
            "too many for the disk": outcome.too_many_for_disk,
        },
        "gaps_s": [[round(gap.start_s, 6), round(gap.end_s, 6)] for gap in outcome.link.gaps],
        "latency_ms": {
            "median": _known(outcome.latency_p50_ms),
            "p95": _known(outcome.latency_p95_ms),
        },
        **made_by,
        "units": UNITS | LIVE_UNITS,
    }
    write_whole(meta, json.dumps(record, indent=2, allow_nan=False) + "\n")


def _known(value_ms: float) -> float | None:
    return None if value_ms != value_ms else round(value_ms, 3)
