"""The clip as a ruler and one lane a track: where people are seen, how surely, and where not."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QWidget

from core.machine import undisturbed
from ui.look.colours import track_colour
from ui.look.theme import DARK, Theme
from ui.session.lanes import Lanes, no_lanes

RULER = 26  # px
LANE = 18  # px
LABEL = 96  # px, at the left
MARK = 4.0  # px, the least width of the mark of a correction
STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


class Timeline(QWidget):
    """Emits what the person asks for; knows nothing of sessions."""

    sought = pyqtSignal(int)  # frame
    selected = pyqtSignal(object)  # id or None
    menu_asked = pyqtSignal(int, int, QPointF)  # id, frame, global position
    resized = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._times_s: NDArray[np.float64] = np.zeros(0)
        self._lanes = no_lanes()
        self._names: Mapping[int, str] = {}
        self._hidden: frozenset[int] = frozenset()
        self._selected: int | None = None
        self._number = 0
        self._marks = (0, 0)
        self._analysed = 0
        self._top = 0  # first lane that is shown
        self._images: list[QImage] = []
        self.setMinimumHeight(RULER + 3 * LANE + 4)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName("Timeline")

    @property
    def cells(self) -> int:
        """How many cells a lane can show."""
        return max(1, self.width() - LABEL - 12)

    @property
    def clip_length(self) -> int:
        """How many frames are shown."""
        return len(self._times_s)

    @property
    def lanes(self) -> Lanes:
        """What is shown."""
        return self._lanes

    def show_clip(self, times_s: NDArray[np.float64]) -> None:
        """Another clip."""
        self._times_s = times_s
        self._top = 0
        self.show_lanes(no_lanes(), {}, frozenset())

    def show_lanes(self, lanes: Lanes, names: Mapping[int, str], hidden: frozenset[int]) -> None:
        """Other tracks."""
        self._lanes, self._names, self._hidden = lanes, names, hidden
        self._images = [self._lane_image(row) for row in range(len(lanes.ids))]
        self._top = min(self._top, max(0, len(lanes.ids) - 1))
        self.update()

    def show_place(
        self, number: int, marks: tuple[int, int], analysed: int, selected: int | None
    ) -> None:
        """Where the screen is, which part is chosen, how far the analysis is, who is selected."""
        now = (number, marks, analysed, selected)
        if now != (self._number, self._marks, self._analysed, self._selected):
            self._number, self._marks, self._analysed, self._selected = now
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.update()

    def frame_at(self, x: float) -> int:
        """The frame under a place in the widget."""
        share = (x - LABEL) / self.cells
        return int(min(max(share, 0.0), 1.0) * max(len(self._times_s) - 1, 0) + 0.5)

    def x_of(self, number: float) -> float:
        """Where a frame is in the widget."""
        return LABEL + self.cells * number / max(len(self._times_s) - 1, 1)

    def lane_at(self, y: float) -> int | None:
        """The id of the lane under a place in the widget."""
        row = int((y - RULER) // LANE) + self._top
        return int(self._lanes.ids[row]) if y >= RULER and row in self._rows() else None

    def _rows(self) -> range:
        """The lanes that are shown; none is cut off."""
        room = max(1, (self.height() - RULER) // LANE)
        return range(self._top, min(self._top + room, len(self._lanes.ids)))

    def sizeHint(self) -> QSize:
        return QSize(600, RULER + 5 * LANE + 4)

    @undisturbed()
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        self._paint_ruler(painter)
        rows = self._rows()
        for row in rows:
            self._paint_lane(painter, row, RULER + LANE * (row - self._top))
        above, below = rows.start, len(self._lanes.ids) - rows.stop
        if above or below > 0:
            painter.setPen(QColor(self._theme.muted))
            counts = [f"{above} ↑"] * (above > 0) + [f"{below} ↓"] * (below > 0)
            painter.drawText(QPointF(10, 14), "  ".join(counts))
        if len(self._lanes.ids) == 0:
            painter.setPen(QColor(self._theme.muted))
            rect = QRectF(LABEL, RULER, self.cells, LANE * 2)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, "No people known yet")
        self._paint_places(painter)
        painter.end()

    def _paint_ruler(self, painter: QPainter) -> None:
        theme = self._theme
        if len(self._times_s) < 2:
            return
        analysed = QRectF(LABEL, RULER - 4, self.x_of(self._analysed) - LABEL, 3)
        painter.fillRect(QRectF(LABEL, RULER - 4, self.cells, 3), QColor(theme.raised))
        painter.fillRect(analysed, QColor(theme.accent))
        length_s = float(self._times_s[-1])
        step_s = next((step for step in STEPS_S if length_s / step <= self.cells / 70), STEPS_S[-1])
        if len(self._lanes.ids):
            corrected = np.flatnonzero(self._lanes.corrected.any(axis=0))
            for cell in corrected.tolist():
                x = LABEL + cell * self.cells / self._lanes.corrected.shape[1]
                painter.fillRect(QRectF(x, RULER - 8, MARK, 8), QColor(theme.warning))
        painter.setPen(QColor(theme.muted))
        for tick in range(int(length_s / step_s) + 1):
            at_s = tick * step_s
            x = self.x_of(float(np.interp(at_s, self._times_s, np.arange(len(self._times_s)))))
            painter.drawLine(QPointF(x, RULER - 9), QPointF(x, RULER - 5))
            painter.drawText(QPointF(x + 3, 14), clock_text(at_s, step_s < 1))

    def _paint_lane(self, painter: QPainter, row: int, top: int) -> None:
        theme, track_id = self._theme, int(self._lanes.ids[row])
        if track_id == self._selected:
            painter.fillRect(QRectF(0, top, self.width(), LANE), QColor(theme.hover))
        painter.setOpacity(0.35 if track_id in self._hidden else 1.0)
        chip = QRectF(10, top + 5, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(track_colour(track_id))
        painter.drawRoundedRect(chip, 2, 2)
        painter.setPen(QColor(theme.text))
        name = self._names.get(track_id, "")
        text = painter.fontMetrics().elidedText(
            f"{track_id}  {name}", Qt.TextElideMode.ElideRight, LABEL - 30
        )
        rect = QRectF(24, top, LABEL - 26, LANE)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, text)
        painter.fillRect(QRectF(LABEL, top + 3, self.cells, LANE - 6), QColor(theme.raised))
        painter.drawImage(QRectF(LABEL, top + 3, self.cells, LANE - 6), self._images[row])
        self._paint_corrections(painter, row, top)
        painter.setOpacity(1.0)

    def _paint_corrections(self, painter: QPainter, row: int, top: int) -> None:
        """A mark below every frame, or run of frames, whose keypoints were corrected."""
        marked = self._lanes.corrected[row]
        edges = np.flatnonzero(np.diff(marked, prepend=False, append=False))
        width = self.cells / max(len(marked), 1)
        for start, end in edges.reshape(-1, 2).tolist():
            x, length = LABEL + start * width, max((end - start) * width, MARK)
            mark = QRectF(x, top + LANE - 7, length, 5)
            painter.fillRect(mark.adjusted(-1, -1, 1, 1), QColor(self._theme.panel))
            painter.fillRect(mark, QColor(self._theme.warning))

    def _paint_places(self, painter: QPainter) -> None:
        if len(self._times_s) == 0:
            return
        first, last = self._marks
        shade = QColor(0, 0, 0, 90)
        painter.fillRect(QRectF(LABEL, 0, self.x_of(first) - LABEL, self.height()), shade)
        end = self.x_of(last)
        painter.fillRect(QRectF(end, 0, LABEL + self.cells - end, self.height()), shade)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = self.x_of(self._number)
        painter.setPen(QPen(QColor(self._theme.text), 1.5))
        painter.drawLine(QPointF(x, 4), QPointF(x, self.height()))
        painter.setBrush(QColor(self._theme.text))
        painter.drawPolygon(QPolygonF([QPointF(x - 5, 2), QPointF(x + 5, 2), QPointF(x, 9)]))

    def _lane_image(self, row: int) -> QImage:
        """One pixel a cell: opaque where seen, paler where less sure, clear in gaps."""
        colour = track_colour(int(self._lanes.ids[row]))
        coverage, confidence = self._lanes.coverage[row], self._lanes.confidence[row]
        alpha = np.where(coverage > 0, 70 + 185 * (confidence * coverage).clip(0, 1), 0)
        pixels = np.zeros((1, len(coverage), 4), np.uint8)
        pixels[0, :, :3] = (colour.blue(), colour.green(), colour.red())
        pixels[0, :, 3] = alpha.astype(np.uint8)
        layout = QImage.Format.Format_ARGB32
        data = pixels.tobytes()
        return QImage(data, len(coverage), 1, 4 * len(coverage), layout).copy()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or len(self._times_s) == 0:
            return
        at = event.position()
        lane = self.lane_at(at.y())
        if event.button() == Qt.MouseButton.LeftButton:
            if lane is not None:
                self.selected.emit(lane)
            if at.x() >= LABEL:
                self.sought.emit(self.frame_at(at.x()))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None or len(self._times_s) == 0:
            return
        at = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.sought.emit(self.frame_at(at.x()))
        number = self.frame_at(at.x())
        self.setToolTip(f"Frame {number}, {clock_text(float(self._times_s[number]), True)}")

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        if event is None:
            return
        lane = self.lane_at(event.pos().y())
        if lane is not None:
            number = self.frame_at(event.pos().x())
            self.menu_asked.emit(lane, number, QPointF(event.globalPos()))

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            turns = -1 if event.angleDelta().y() > 0 else 1
            last = max(0, len(self._lanes.ids) - len(self._rows()))
            self._top = min(max(self._top + turns, 0), last)
            self.update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self.resized.emit()


def clock_text(time_s: float, fine: bool = False) -> str:
    """`1:02:03`, `02:03` or, with tenths or milliseconds, `02:03.250`."""
    total_ms = round(1000 * time_s)
    seconds, ms = divmod(total_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
    return f"{text}.{ms:03}" if fine else text
