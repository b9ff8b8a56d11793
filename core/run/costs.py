"""The cost of other ways of inference on this machine, measured on a first picture."""

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from core.errors import UserError
from core.run.governor import Rung
from core.run.stages import Estimator
from core.types import Frame

LOOKS = 4  # by which the cost of a kind is told
LEAST_GAIN = 0.95  # of the cost of what is set: a kind that costs more is not worth it


class Costs:
    """What each kind of look costs on this machine: measured once for all runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, float] = {}
        self._started: set[tuple[Rung, tuple[int, int]]] = set()  # with pictures of a size

    def of(
        self, offered: Sequence[Rung], at: Callable[[Rung], Estimator], frame: Frame
    ) -> Mapping[str, float]:
        """By kind, as a share of the first choice's. All choices that pay have been looked with."""
        with self._lock:
            first = offered[0]
            self._known[first.kind] = 1.0
            for rung in offered:
                if rung.kind not in self._known:
                    try:
                        share = _share(at(rung), at(first), frame)
                        self._known[rung.kind] = share * first.work / rung.work
                    except UserError:
                        self._known[rung.kind] = math.inf  # it cannot be opened here
            for rung in offered:
                if pays(rung, self._known) and (rung, frame.size) not in self._started:
                    at(rung)(frame)
                    self._started.add((rung, frame.size))
            return self._known


def pays(rung: Rung, costs: Mapping[str, float]) -> bool:
    """Whether a choice is what is set, or quicker."""
    return costs[rung.kind] == 1.0 or costs[rung.kind] <= LEAST_GAIN


def _share(estimate: Estimator, reference: Estimator, frame: Frame) -> float:
    """The time of a look as a share of another's: the quickest of some looks in turn, so that
    other work on the machine meets both alike.
    """
    times_s: list[list[float]] = [[], []]
    for number in range(1 + LOOKS):
        for look, own in zip((estimate, reference), times_s, strict=True):
            started = time.perf_counter()
            look(frame)
            if number:  # in the first look an engine starts
                own.append(time.perf_counter() - started)
    return min(times_s[0]) / min(times_s[1])
