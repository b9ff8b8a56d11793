"""When a frame of a playing clip is due on the screen."""

LATEST_S = 0.25  # further behind, the clock waits for the pictures


class PlayClock:
    """Ties the clip's time to the wall clock; times in seconds."""

    def __init__(self) -> None:
        self._speed = 1.0
        self._wall_s = 0.0
        self._clip_s = 0.0
        self._last_s: float | None = None

    def start(self, speed: float) -> None:
        """Begin anew with the next frame asked about."""
        self._speed = speed
        self._last_s = None

    def due(self, time_s: float, now_s: float) -> bool:
        """Whether the frame at `time_s` is to be shown now. A step back begins anew."""
        if self._last_s is None or time_s < self._last_s:
            self._anchor(time_s, now_s)
        late_s = now_s - self._wall_s - (time_s - self._clip_s) / self._speed
        if late_s < 0:
            return False
        if late_s > LATEST_S:
            self._anchor(time_s, now_s)
        self._last_s = time_s
        return True

    def _anchor(self, time_s: float, now_s: float) -> None:
        self._wall_s, self._clip_s, self._last_s = now_s, time_s, time_s
