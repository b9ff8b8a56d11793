"""How a live run went, for the record beside its files."""

from dataclasses import dataclass
from datetime import datetime

from core.run.reconnect import Link


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
