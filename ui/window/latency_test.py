"""The window's latency test: a coded picture to point the camera at, and what came back."""

import time
from collections.abc import Iterator

from PyQt6.QtCore import QRectF, Qt, QTimer
from PyQt6.QtGui import QCloseEvent, QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from core.run.channel import Channel
from core.run.latency import CODES, LatencyMeter, code_picture, codes_in
from core.types import Frame
from ui.look.theme import MARGIN
from ui.session.jobs import Job, Jobs
from ui.session.live_session import LiveSession
from ui.view.picture import Shown

CODE_MS = 120  # how long each code is shown
SIDE = 240  # px of the marker's picture


class Marker(QWidget):
    """Shows one code after another and reports when each was painted."""

    def __init__(self, meter: LatencyMeter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(320, 320)
        self.code = 0
        self._meter = meter
        self._told = -1
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._next)
        self._timer.start(CODE_MS)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        pixels = code_picture(self.code, SIDE)
        image = QImage(pixels.tobytes(), SIDE, SIDE, SIDE, QImage.Format.Format_Grayscale8)
        side = min(self.width(), self.height())
        place = QRectF(0, 0, side, side)
        place.moveCenter(QRectF(self.rect()).center())
        painter.drawImage(place, image)
        painter.end()
        if self.code != self._told:
            self._told = self.code
            self._meter.code_painted(self.code, time.monotonic_ns())

    def _next(self) -> None:
        self.code = (self.code + 1) % CODES
        self.update()


class LatencyDialog(QDialog):
    """Point the camera at it: the delay is shown as soon as codes are recognised."""

    def __init__(self, session: LiveSession, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Latency test")
        self.resize(460, 520)
        self.meter = LatencyMeter()
        self.marker = Marker(self.meter)
        self._session = session
        self._told: int | None = None
        self._frames: Channel[Frame] = Channel(2, newest_wins=True)
        self.text = QLabel("Point the camera at this picture, with the picture sharp and whole.")
        self.text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.addWidget(self.marker, 1)
        layout.addWidget(self.text)
        session.pipeline.add_frame_tap(self._frames)
        self._job: Job = jobs.start("Latency test", _look(self._frames), self._take)

    def painted(self, shown: Shown) -> None:
        """A camera frame reached the screen."""
        index = shown.result.frame.index
        if index != self._told:
            self._told = index
            self.meter.frame_painted(index, time.monotonic_ns())

    def _take(self, seen: list[tuple[int, int]]) -> None:
        for code, index in seen:
            self.meter.code_seen(code, index)
        delay = self.meter.delay()
        if delay is not None:
            self.text.setText(
                f"Screen to screen: {delay.median_ms:.0f} ms, p95 {delay.p95_ms:.0f} ms, "
                f"{delay.count} codes. It includes this screen, the camera and all work between."
            )

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._session.pipeline.remove_tap(self._frames)
        self._frames.close(discard=True)
        self._job.cancel()
        super().closeEvent(event)


def _look(frames: Channel[Frame]) -> Iterator[list[tuple[int, int]]]:
    """All codes seen so far in the last frames, so that none is lost between two looks."""
    seen: list[tuple[int, int]] = []
    for frame in frames:
        seen = [*seen[-50:], *((code, frame.index) for code in codes_in(frame.rgb))]
        yield seen
