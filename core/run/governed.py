"""A live run under a governor: how each frame is looked at, and what the governor hears of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from core.run.costs import Costs, pays
from core.run.governor import Governor, Rung, Timing, ladder_of
from core.run.stages import Estimator, Look
from core.types import Frame, FrameResult, Tracks

PREDICTED = "predicted"  # the mode of a frame that was not looked at
SMOOTHING = 0.1  # of the source's interval


class Governed:
    """`plan` is a pipeline's plan; `note` takes its results in. `at` gives the network of a rung.

    Each is called by one thread. With `offered`, the ladder is made of those choices that work
    here and are quicker.
    """

    def __init__(
        self,
        governor: Governor,
        at: Callable[[Rung], Estimator],
        offered: Sequence[Rung] = (),
        costs: Costs | None = None,
    ) -> None:
        self._governor = governor
        self._at = at
        self._offered = offered
        self._costs = costs or Costs()
        self._unlooked = 0  # frames since the last look
        self._tried = False
        self._last: tuple[int, float] | None = None  # index and time in s of a frame
        self._interval_ms = 0.0

    @property
    def mode(self) -> str:
        """How people are looked for at the moment, for the screen."""
        rung = self._governor.rung
        every = f", 1 of {rung.every} frames" if rung.every > 1 else ""
        kind = f" {rung.kind}" if rung.kind else ""
        return f"{rung.size} px{kind}{every}{', over the budget' if self.helpless else ''}"

    @property
    def helpless(self) -> bool:
        """Whether the budget cannot be kept at the moment."""
        return self._governor.helpless

    def holds(self, offered: Sequence[Rung], budget_ms: float) -> bool:
        """Whether it is a governor with these choices and this budget."""
        return self._governor.budget_ms == budget_ms and self._offered == offered

    def plan(self, frame: Frame) -> Look:
        """How to look at a frame. The first is looked at in all ways: engines start slowly."""
        if not self._tried:
            self._tried = True
            if self._offered:
                self._governor.offer(ladder_of(self._working(frame)))
            else:
                for rung in self._governor.rungs:
                    self._at(rung)(frame)
        rung = self._governor.rung
        self._unlooked += 1
        if self._last is not None and self._unlooked < rung.every:
            return Look(None, PREDICTED)
        self._unlooked = 0
        self._measure(frame)
        return Look(self._at(rung), str(rung))

    def note(self, result: FrameResult, latency_ms: float, now_s: float) -> None:
        """A result is where it was to go, `latency_ms` after its capture."""
        if result.looked and result.mode == str(self._governor.rung):
            work_ms = latency_ms - result.stage_ms.get("wait", 0.0)
            self._governor.add(now_s, Timing(latency_ms, work_ms, self._interval_ms))

    def _working(self, frame: Frame) -> list[Rung]:
        """The choices that work here, with what each kind really costs; none that is no quicker."""
        shares = self._costs.of(self._offered, self._at, frame)
        return [
            replace(rung, cost=shares[rung.kind]) for rung in self._offered if pays(rung, shares)
        ]

    def _measure(self, frame: Frame) -> None:
        """Keep the source's interval, over frames that were passed by."""
        if self._last is not None and frame.index > self._last[0]:
            step_ms = 1e3 * (frame.time_s - self._last[1]) / (frame.index - self._last[0])
            known = self._interval_ms or step_ms
            self._interval_ms = known + SMOOTHING * (step_ms - known)
        self._last = (frame.index, frame.time_s)


def taken_for_seen(result: FrameResult) -> Tracks:
    """The tracks of a result; where nobody looked, with everyone predicted as if observed.

    For screens, on which people would flicker otherwise, and tables that have a column for it.
    """
    if result.looked:
        return result.tracks
    return replace(result.tracks, observed=np.ones(len(result.tracks), np.bool_))
