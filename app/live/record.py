"""What a live run without a window was made of: the record beside its table."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.results.provenance import UNITS, model_record, skeleton_record, versions
from app.settings import AppSettings
from core.part_file import is_there, write_whole
from core.run.reconnect import Link
from core.settings import as_dict
from core.skeleton import Skeleton
from core.tracks.csv_long import GAP, MODE
from core.tracks.seen_ids import frame_times, live_table
from ui.session.source import Source

FORMAT = "yolopose live tracks, long CSV"
LIVE_UNITS = {
    "time_s": "s since the first frame, on the clock of the source; of ours after a gap",
    GAP: "s without pictures before a frame",
    MODE: "input size in px, and another precision or network; /n: one of n frames is looked at; "
    "predicted: not looked at",
}


@dataclass(frozen=True, slots=True)
class LiveOutcome:
    """How a run went."""

    started: datetime  # with its time zone
    captured: int  # frames
    analysed: int
    too_many_for_disk: int
    link: Link
    latency_p50_ms: float  # of the last results
    latency_p95_ms: float


def live_meta(camera: Path) -> Path:
    """Where the record of a live run is kept, beside its table."""
    return live_table(camera).with_suffix(".meta.json")


def write_live_record(
    camera: Path,
    source: Source,
    engine: str,
    licence: str | None,
    settings: AppSettings,
    outcome: LiveOutcome,
    skeleton: Skeleton,
) -> None:
    """Write `NAME.live.meta.json`, if there is a table. Raises OutputError."""
    if not is_there(live_table(camera)):
        return
    files = (camera, frame_times(camera), live_table(camera))
    record: dict[str, Any] = {
        "format": FORMAT,
        "versions": versions(),
        "source": {"kind": source.kind, "address": source.shown_address},
        "results": [path.name for path in files if is_there(path)],
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
        "model": model_record(settings, licence) | {"engine": engine},
        **skeleton_record(skeleton),
        "settings": as_dict(settings),
        "units": UNITS | LIVE_UNITS,
    }
    write_whole(live_meta(camera), json.dumps(record, indent=2, allow_nan=False) + "\n")


def _known(value_ms: float) -> float | None:
    return None if value_ms != value_ms else round(value_ms, 3)
