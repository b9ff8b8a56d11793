"""What a soak run measured, and which of its limits were broken."""

from dataclasses import dataclass, field

import numpy as np

from ui.window.watchdog import Block

WARM_UP = 0.25  # share of the run that is not judged
MB_PER_MINUTE = 1.0
BLOCKED_MS = 50.0
TOLD = 10  # blocks


@dataclass(slots=True)
class SoakReport:
    """What a run measured. Latencies in ms, memory in MB."""

    minutes: float  # planned, then how long it was
    restarts: int = 0  # times the stream was killed
    lived: int = 0  # times it was shown again in its new size
    sent: str = ""  # what became of the outputs
    captured: int = 0  # of all sources together
    analysed: int = 0
    dropped: int = 0
    rss_mb: list[float] = field(default_factory=list)  # one a second
    latency_ms: list[float] = field(default_factory=list)  # running medians of the slowest source
    longest_block_ms: float = 0.0
    longest_own_block_ms: float = 0.0  # without that for which this computer stood still
    blocks_over_50_ms: int = 0
    own_blocks_over_50_ms: int = 0
    blocks: list[str] = field(default_factory=list)  # what those over 50 ms were, as they came

    @property
    def memory_mb(self) -> float:
        """The resident memory of now."""
        return self.rss_mb[-1] if self.rss_mb else 0.0

    @property
    def slope_mb_per_minute(self) -> float:
        """Growth of the resident memory after the warm-up, by least squares."""
        kept = np.array(self.rss_mb[int(WARM_UP * len(self.rss_mb)) :])
        if len(kept) < 2:
            return 0.0
        return float(np.polyfit(np.arange(len(kept)) / 60, kept, 1)[0])

    @property
    def latency_growth_ms(self) -> float:
        """Median latency of the last quarter less that of the second quarter."""
        quarter = len(self.latency_ms) // 4
        if quarter == 0:
            return 0.0
        late, early = self.latency_ms[-quarter:], self.latency_ms[quarter : 2 * quarter]
        return float(np.median(late) - np.median(early))

    def problems(self) -> list[str]:
        """Which of the limits were not kept."""
        found = []
        if self.slope_mb_per_minute >= MB_PER_MINUTE:
            found.append(f"memory grows by {self.slope_mb_per_minute:.2f} MB a minute")
        if self.longest_own_block_ms > BLOCKED_MS:
            found.append(f"the window was blocked for {self.longest_own_block_ms:.0f} ms")
        if self.lived < self.restarts:
            found.append(f"{self.lived} of {self.restarts} restarts were lived through")
        if self.latency_growth_ms > 100:
            found.append(f"latency grew by {self.latency_growth_ms:.0f} ms")
        return found

    def add(self, block: Block) -> None:
        """Count a block of the window's thread of which it is known what the computer did."""
        self.longest_block_ms = max(self.longest_block_ms, block.late_ms)
        self.longest_own_block_ms = max(self.longest_own_block_ms, block.own_ms)
        self.own_blocks_over_50_ms += block.own_ms > BLOCKED_MS
        if block.late_ms > BLOCKED_MS:
            self.blocks_over_50_ms += 1
            self.blocks.append(str(block))

    @property
    def blocked(self) -> str:
        """How long the window's thread was blocked, and for how long by the program itself."""
        text = f"window blocked for {self.longest_block_ms:.0f} ms at most"
        if self.longest_own_block_ms < self.longest_block_ms:
            own_ms = self.longest_own_block_ms
            text += f", {own_ms:.0f} without that for which this computer stood still"
        return text

    def __str__(self) -> str:
        sent = f"; {self.sent}" if self.sent else ""
        blocks = "".join(f"\nblocked {text}" for text in self.blocks[:TOLD])
        if len(self.blocks) > TOLD:
            blocks += f"\nand {len(self.blocks) - TOLD} more blocks over {BLOCKED_MS:.0f} ms"
        return (
            f"{self.minutes:g} min, {self.captured} frames captured, {self.analysed} analysed, "
            f"{self.dropped} dropped; {self.lived} of {self.restarts} restarts lived through"
            f"{sent}\n"
            f"memory {self.memory_mb:.0f} MB, slope {self.slope_mb_per_minute:+.2f} MB/min; "
            f"latency {np.median(self.latency_ms or [0]):.0f} ms, "
            f"growth {self.latency_growth_ms:+.0f} ms; {self.blocked}{blocks}"
        )
