"""Holds the added latency of a live run under a budget by choosing how much work a look is.

Pure: results come in with the time, a rung of a ladder comes out. Down quickly, and as far as the
measured latency asks for; up only after a calm time that doubles with each attempt that failed, so
that nothing swings.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

SIZES = (640, 512, 448, 384, 320, 256)  # px, that the ladder may go down to
SKIPS = (2, 3, 4)  # of the smallest size allowed: look at every n-th frame
FIXED_COST = 0.2  # share of a look's work at 512 px that does not shrink with the input
AIM = 0.85  # share of the budget that a step is chosen for: room for what varies
RECENT = 5  # looks, of which MANY over the budget are a step down at once
MANY = 3
SUDDEN = 2  # looks in a row whose work alone is over the budget are one, too
SETTLING = 2  # first looks after a change, which are not counted
HISTORY_S = 10.0
ALLOWED = 0.05  # share of looks over the budget: it is the 95th percentile that is held
FEWEST = 60  # looks before that share means something
HASTE = 3  # times that share, before the whole of the history is there
CALM_S = 15.0  # before the first step up: one that fails is tried again after 30 s
LONGEST_CALM_S = 320.0
TRIAL_S = 60.0  # a step up that is taken back sooner has failed


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Limits on latency and accuracy of a live run."""

    # Latency budget: the 95th percentile of added latency is kept below it; 0 sets no limit (ms)
    budget_ms: float = 0.0
    # Under the latency budget, the input size never shrinks below this share of the accuracy (AP)
    # of the one that is set (0 to 1)
    least_accuracy: float = 0.8

    def __post_init__(self) -> None:
        if not (math.isfinite(self.budget_ms) and self.budget_ms >= 0):
            raise ValueError(f"budget_ms must be 0 (off) or a time in ms, got {self.budget_ms}")
        if not 0 <= self.least_accuracy <= 1:
            raise ValueError(f"least_accuracy must be in [0, 1], got {self.least_accuracy}")


@dataclass(frozen=True, slots=True)
class Timing:
    """What a look took. Times in ms."""

    latency_ms: float  # from capture to result
    work_ms: float  # the part of it in which the frame did not wait for its turn
    interval_ms: float  # between two frames of the source


@dataclass(frozen=True, slots=True)
class Rung:
    """How people are looked for."""

    size: int  # px, longest side of the network's input
    every: int = 1  # look at one of so many frames and predict the others
    kind: str = ""  # another precision, or fewer looks at a frame; empty for what is set
    cost: float = field(default=1.0, compare=False)  # of a look, as a share of what is set
    accuracy: float = field(default=0.0, compare=False)  # keypoint AP

    def __str__(self) -> str:
        name = f"{self.size} {self.kind}" if self.kind else f"{self.size}"
        return name if self.every == 1 else f"{name}/{self.every}"

    @property
    def work(self) -> float:
        """Expected work of a look, in any unit; only ratios are used."""
        return self.cost * (FIXED_COST + (1 - FIXED_COST) * (self.size / 512) ** 2)


def choices(
    size: int,
    accuracy: Mapping[int, float],
    least: float,
    others: Mapping[str, Mapping[int, float]] | None = None,
) -> tuple[Rung, ...]:
    """What may be looked with: the set input size first, then all that keep the share `least` of
    its accuracy.

    `accuracy` holds what was measured at each size, `others` the same for other kinds; a size
    without a figure is no choice, and for a set size without one the best of the figures stands
    in.
    """
    full = accuracy.get(size, max(accuracy.values(), default=0.0))
    found = [Rung(size, accuracy=full)]
    for kind, measured in {"": accuracy, **(others or {})}.items():
        found += [
            Rung(other, kind=kind, accuracy=measured[other])
            for other in SIZES
            if other in measured
            and (other < size or (kind and other == size))
            and measured[other] >= least * full
        ]
    return tuple(found)


def ladder_of(offered: Sequence[Rung]) -> tuple[Rung, ...]:
    """The first of the choices, then those that nothing better or as good is cheaper than, from
    the most work to the least; and the last one with frames passed over.
    """
    first = offered[0]

    def worthwhile(rung: Rung) -> bool:
        return rung.work < first.work and not any(
            (other.work, -other.accuracy) < (rung.work, -rung.accuracy)
            and other.work <= rung.work
            and other.accuracy >= rung.accuracy
            for other in offered[1:]
        )

    rungs = [first, *sorted(filter(worthwhile, offered[1:]), key=lambda rung: -rung.work)]
    return (*rungs, *(replace(rungs[-1], every=every) for every in SKIPS))


class Governor:
    """Steps up and down a ladder, whose first rung is the best. For one thread."""

    def __init__(self, rungs: Sequence[Rung], budget_ms: float) -> None:
        self.budget_ms = budget_ms
        self.rungs = rungs
        self.changes = 0
        self._at = 0
        self._looks: deque[tuple[float, Timing]] = deque()
        self._settling = SETTLING
        self._changed_s: float | None = None
        self._rose_s: float | None = None  # while a step up is on trial
        self._calm_s = CALM_S

    def offer(self, rungs: Sequence[Rung]) -> None:
        """Another ladder, before the first look."""
        self.rungs = rungs
        self._at = 0

    @property
    def rung(self) -> Rung:
        """How to look now."""
        return self.rungs[self._at]

    @property
    def helpless(self) -> bool:
        """Whether looks take too long although nothing cheaper is allowed."""
        return self._at == len(self.rungs) - 1 and self._too_many_recent()

    def add(self, now_s: float, timing: Timing) -> None:
        """Take in a look at the present rung. Predicted frames are none.

        That looks alone count is the careful side: a predicted frame is quicker.
        """
        if self._changed_s is None:
            self._changed_s = now_s
        if self._settling:
            self._settling -= 1
            return
        looks = self._looks
        looks.append((now_s, timing))
        while looks[0][0] < now_s - HISTORY_S:
            looks.popleft()
        if self._rose_s is not None and now_s - self._rose_s >= TRIAL_S:
            self._rose_s, self._calm_s = None, CALM_S
        if self._too_many_recent() or self._suddenly_slow():
            works_ms = sorted(timing.work_ms for _, timing in list(looks)[-RECENT:])
            slow_ms = sum(works_ms[-SUDDEN:]) / SUDDEN
            self._go(max(self._at + 1, self._fitting(slow_ms, timing.interval_ms)), now_s)
        elif self._too_many(now_s - self._changed_s):
            self._go(self._at + 1, now_s)
        elif self._at and now_s - self._changed_s >= self._calm_s:
            better = self._fitting(self._p95_ms(), timing.interval_ms)
            if better < self._at:
                self._go(better, now_s)
                self._rose_s = now_s

    def _go(self, at: int, now_s: float) -> None:
        at = min(at, len(self.rungs) - 1)
        if at == self._at:
            return
        if self._rose_s is not None and at > self._at:
            self._rose_s = None
            self._calm_s = min(2 * self._calm_s, LONGEST_CALM_S)
        self._at = at
        self._changed_s = now_s
        self._looks.clear()
        self._settling = SETTLING
        self.changes += 1

    def _fitting(self, work_ms: float, interval_ms: float) -> int:
        """The best rung that is expected to have room, given a look's work at the present one.

        Where a look takes longer than the source's interval, the next frame has waited when its
        turn comes, at most for an interval; unless frames are passed over.
        """
        for at, rung in enumerate(self.rungs):
            expected_ms = work_ms * rung.work / self.rung.work
            if rung.every == 1 and expected_ms > AIM * interval_ms:
                expected_ms += interval_ms
            if expected_ms <= AIM * self.budget_ms:
                return at
        return len(self.rungs) - 1

    def _p95_ms(self) -> float:
        """Of the looks' work."""
        works_ms = sorted(timing.work_ms for _, timing in self._looks)
        return works_ms[math.ceil(0.95 * len(works_ms)) - 1]

    def _suddenly_slow(self) -> bool:
        newest = list(self._looks)[-SUDDEN:]
        return len(newest) == SUDDEN and all(
            timing.work_ms > self.budget_ms for _, timing in newest
        )

    def _too_many_recent(self) -> bool:
        recent = list(self._looks)[-RECENT:]
        return sum(timing.latency_ms > self.budget_ms for _, timing in recent) >= MANY

    def _too_many(self, settled_s: float) -> bool:
        """Whether the 95th percentile is over the budget: surely, or by all that is remembered."""
        count = len(self._looks)
        over = sum(timing.latency_ms > self.budget_ms for _, timing in self._looks)
        allowed = ALLOWED * count * (1 if settled_s >= HISTORY_S else HASTE)
        return count >= FEWEST and over > allowed
