"""Measures how long the window's thread was kept from its event loop."""

import time

from PyQt6.QtCore import QObject, Qt, QTimer

TICK_MS = 5


class Watchdog(QObject):
    """A fast timer in the window's thread; what it is late by, something blocked the thread.

    That may be other programs on a busy computer: `longest_work_ms` is what the thread itself
    computed between two ticks.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._last_s: float | None = None
        self._worked_s = 0.0
        self.longest_ms = 0.0
        self.longest_work_ms = 0.0
        self.over_50_ms = 0
        self.ticks = 0

    def start(self) -> None:
        """Measure from now on."""
        self.longest_ms, self.longest_work_ms, self.over_50_ms, self.ticks = 0.0, 0.0, 0, 0
        self._last_s = None
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        """Measure no more; the figures stay."""
        self._timer.stop()

    def _tick(self) -> None:
        now_s, worked_s = time.perf_counter(), time.thread_time()
        if self._last_s is not None:
            late_ms = max(0.0, 1e3 * (now_s - self._last_s) - TICK_MS)
            self.longest_ms = max(self.longest_ms, late_ms)
            self.longest_work_ms = max(self.longest_work_ms, 1e3 * (worked_s - self._worked_s))
            self.over_50_ms += late_ms > 50
            self.ticks += 1
        self._last_s, self._worked_s = now_s, worked_s
