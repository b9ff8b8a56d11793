"""Shows the newest picture with its people; zoom, pan, mirror and clicks on people."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from core.machine import undisturbed
from core.types import FrameResult, Tracks
from ui.look.theme import DARK, Theme
from ui.view.canvas import Renderer, make_canvas
from ui.view.dropped import dropped_source
from ui.view.hud import draw_hud
from ui.view.joint_keys import is_key
from ui.view.note import paint_note
from ui.view.overlay import OverlayStyle, Scene, draw_people, scene_of_result
from ui.view.picture import Shown
from ui.view.pose_tools import PoseTools
from ui.view.region_picker import Region, RegionPicker
from ui.view.statistics import Report
from ui.view.viewport import Viewport

ZOOM_STEP = 1.25
PAN_STEP = 0.125  # share of the widget
_MIDDLE: Region = (0.25, 0.25, 0.75, 0.75)  # what keys move first


class VideoView(QWidget):
    """A picture and what is known about it. Gives up nothing: what is shown is one `Shown`."""

    person_clicked = pyqtSignal(object, QPointF)  # id or None, where in the picture
    double_clicked = pyqtSignal()
    dropped = pyqtSignal(str)  # a path or address
    region_drawn = pyqtSignal(object)  # x1, y1, x2, y2 as shares of the picture

    def __init__(self, renderer: Renderer = "raster", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.style_of_overlay = OverlayStyle()
        # The window adds names, trails and selection.
        self.scene_of: Callable[[FrameResult], Scene] = scene_of_result
        self.on_painted: Callable[[Shown, float], None] = lambda shown, paint_ms: None
        self._shown: Shown | None = None
        self._fresh = False
        self._report: Report | None = None
        self._note = ""
        self._theme = DARK
        self._viewport = Viewport(QSizeF(), QSizeF())
        self._follow: int | None = None
        self._grip: QPointF | None = None
        self._regions = RegionPicker()
        self.pose_tools = PoseTools(self)
        self.pose_tools.changed.connect(self.redraw)
        self.pose_tools.drawing.connect(self._show_cursor)
        self._canvas = make_canvas(self._paint, self, renderer)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)
        self.setAcceptDrops(True)
        self.setMinimumSize(320, 180)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Picture")

    @property
    def shown(self) -> Shown | None:
        """What is on the screen now."""
        return self._shown

    @property
    def viewport_now(self) -> Viewport:
        """How the picture is placed."""
        return self._viewport

    def show_result(self, shown: Shown | None) -> None:
        """Replace the picture together with its people; None clears the view."""
        self._shown = shown
        self._fresh = shown is not None
        self.pose_tools.see_result()
        if shown is not None:
            size = QSizeF(shown.picture.size)
            if size != self._viewport.picture:
                self._viewport = self._viewport.resized(size, QSizeF(self.size()))
            self._centre_on_followed(shown.result.tracks)
        self.redraw()

    def show_report(self, report: Report | None) -> None:
        """Show figures over the picture; None hides them."""
        if report != self._report:
            self._report = report
            self.redraw()

    def show_note(self, note: str) -> None:
        """A short sentence in the middle of the view, such as why there is no picture."""
        if note != self._note:
            self._note = note
            self.redraw()

    def set_style(self, style: OverlayStyle) -> None:
        """What is drawn over the picture from now on."""
        self.style_of_overlay = style
        self.redraw()

    def set_theme(self, theme: Theme) -> None:
        """The colour around the picture."""
        self._theme = theme
        self.redraw()

    def set_mirrored(self, mirrored: bool) -> None:
        """Left and right as in a mirror; text stays readable."""
        self._viewport = self._viewport.with_mirror(mirrored)
        self.redraw()

    def set_region(self, region: Region | None) -> None:
        """The part of the picture in which people are looked for; None is all of it."""
        self._regions.region = region
        self.redraw()

    def draw_region(self, on: bool = True) -> None:
        """Let the next drag or keys draw a region, or no longer."""
        self._regions.cancel()
        if on:
            self._regions.begin(self._regions.region or _MIDDLE)
        self._show_cursor(on)
        self.redraw()

    def follow(self, track_id: int | None) -> None:
        """Keep a person in the middle, zoomed in at least twice."""
        self._follow = track_id
        if track_id is not None and self._viewport.zoom < 2:
            self._viewport = replace(self._viewport, zoom=2.0)
        self.redraw()

    def fit(self) -> None:
        """Show the whole picture."""
        self._follow = None
        self._viewport = self._viewport.fitted()
        self.redraw()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Closer (over 1) or further, around a point of the widget or its middle."""
        self._viewport = self._viewport.zoomed(factor, at or QRectF(self.rect()).center())
        self.redraw()

    def pan(self, right: int, down: int) -> None:
        """Look at what is further to a side of the widget, by so many steps."""
        step = QPointF(right * self.width(), down * self.height()) * PAN_STEP
        self._viewport = self._viewport.panned(-step)
        self.redraw()

    def redraw(self) -> None:
        """Paint again when the event loop has time; many calls lead to one painting."""
        self._canvas.update()

    def snapshot(self) -> QImage | None:
        """The picture in its own size with the overlay as it is chosen now."""
        if self._shown is None:
            return None
        picture = self._shown.picture.image.copy()
        painter = QPainter(picture)
        scene = self.scene_of(self._shown.result)
        draw_people(
            painter,
            scene,
            self.style_of_overlay,
            lambda points: np.asarray(points, np.float64),
            picture.height(),
        )
        painter.end()
        return picture

    def person_at(self, x: float, y: float) -> int | None:
        """The id of the smallest box around a point of the picture."""
        if self._shown is None:
            return None
        scene = self.scene_of(self._shown.result)
        best: tuple[float, int] | None = None
        for track_id, box in zip(scene.tracks.ids, scene.tracks.poses.boxes, strict=True):
            x1, y1, x2, y2 = (float(value) for value in box)
            if int(track_id) in scene.hidden or not (x1 <= x <= x2 and y1 <= y <= y2):
                continue
            candidate = ((x2 - x1) * (y2 - y1), int(track_id))
            best = candidate if best is None else min(best, candidate)
        return None if best is None else best[1]

    def _centre_on_followed(self, tracks: Tracks) -> None:
        rows = np.flatnonzero(tracks.ids == self._follow)
        if self._follow is None or len(rows) == 0:
            return
        x1, y1, x2, y2 = (float(value) for value in tracks.poses.boxes[rows[0]])
        self._viewport = self._viewport.centred_on((x1 + x2) / 2, (y1 + y2) / 2)

    @undisturbed()
    def _paint(self, painter: QPainter) -> None:
        started = time.perf_counter()
        painter.fillRect(self.rect(), QColor(self._theme.stage))
        shown = self._shown
        if shown is not None:
            self._paint_picture(painter, shown)
        if self._report is not None:
            draw_hud(painter, self._report, QPointF(12, 12))
        if self._note:
            paint_note(painter, self._note, QRectF(self.rect()), self._theme)
        if shown is not None and self._fresh:
            self._fresh = False
            self.on_painted(shown, 1e3 * (time.perf_counter() - started))

    def _paint_picture(self, painter: QPainter, shown: Shown) -> None:
        viewport = self._viewport
        rect = viewport.rect
        painter.save()
        if viewport.mirrored:
            painter.translate(rect.left() + rect.right(), 0)
            painter.scale(-1, 1)
        smooth = viewport.scale * self.devicePixelRatioF() < 4
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(rect, shown.picture.image)
        painter.restore()
        painter.save()
        painter.setClipRect(rect.intersected(QRectF(self.rect())))
        scene = self.pose_tools.preview(self.scene_of(shown.result))
        draw_people(painter, scene, self.style_of_overlay, viewport.to_widget, rect.height())
        self.pose_tools.paint(painter, viewport, scene)
        self._regions.paint(painter, viewport)
        painter.restore()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._viewport = self._viewport.resized(self._viewport.picture, QSizeF(self.size()))

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None and event.angleDelta().y():
            turns = event.angleDelta().y() / 120
            self.zoom(ZOOM_STEP**turns, event.position())

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        at, left = event.position(), event.button() == Qt.MouseButton.LeftButton
        tracks = None if self._shown is None else self._shown.result.tracks
        if self._regions.active:
            self._regions.press(self._viewport, at)
        elif not self.pose_tools.press(self._viewport, tracks, at, left):
            self._grip = at
            if left:
                x, y = self._viewport.to_picture(at)
                self.person_clicked.emit(self.person_at(x, y), QPointF(x, y))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        at = event.position()
        if self._regions.active:
            self._regions.move(self._viewport, at)
            self.redraw()
        elif not self.pose_tools.move(self._viewport, at) and self._grip is not None:
            self._viewport = self._viewport.panned(at - self._grip)
            self._grip = at
            self.redraw()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self._grip = None
        if not self._regions.active:
            self.pose_tools.release(self._viewport)
            return
        drawn = self._regions.release(self._viewport)
        self.draw_region(False)
        if drawn is not None:
            self.region_drawn.emit(drawn)

    def event(self, event: QEvent | None) -> bool:
        # Other events come before the view has its tools.
        if isinstance(event, QKeyEvent) and self._take_key(event):
            event.accept()
            return True
        return super().event(event)

    def _take_key(self, event: QKeyEvent) -> bool:
        if not (self._regions.active and is_key(event)):
            return self.pose_tools.take_key(event, self._viewport)
        taken = self._regions.take_key(event, self._viewport.mirrored)
        if not isinstance(taken, bool):
            self.draw_region(False)
            self.region_drawn.emit(taken)
        self.redraw()
        return taken is not False

    def _show_cursor(self, cross: bool) -> None:
        if cross:
            self.setFocus()  # for its keys
        self.setCursor(Qt.CursorShape.CrossCursor if cross else Qt.CursorShape.ArrowCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        self.double_clicked.emit()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and dropped_source(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        source = None if event is None else dropped_source(event)
        if event is not None and source is not None:
            event.acceptProposedAction()
            self.dropped.emit(source)
