"""Corrections on the picture: keypoints that are taken, boxes of people who were missed."""

from PyQt6.QtCore import QEvent, QObject, QPointF, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QPainter

from core.types import Tracks
from ui.view.joint_handles import JointHandles
from ui.view.joint_keys import Nudge, is_key, joint_key
from ui.view.overlay import Scene
from ui.view.region_picker import Region, RegionPicker
from ui.view.viewport import Viewport

_MIDDLE: Region = (0.42, 0.25, 0.58, 0.75)


class PoseTools(QObject):
    """What the mouse and the keys do to poses; every event says whether it was for a tool."""

    person_drawn = pyqtSignal(object)  # x1, y1, x2, y2 px
    joint_chosen = pyqtSignal(object)  # number of a keypoint
    joint_dragged = pyqtSignal(int, float, float)  # keypoint, px
    joint_stepped = pyqtSignal(int)  # to the next keypoint, or with -1 the one before
    nudged = pyqtSignal(float, float, bool)  # px, and whether the whole person is meant
    drawing = pyqtSignal(bool)  # whether the next drag draws a box
    changed = pyqtSignal()  # there is something else to paint

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._boxes = RegionPicker()
        self._handles = JointHandles()

    def draw_person(self, on: bool = True) -> None:
        """Let a drag or keys draw a person's box, from one in the middle, or no longer."""
        self._boxes.cancel()
        if on:
            self._boxes.begin(_MIDDLE)
        self.drawing.emit(on)
        self.changed.emit()

    def show_handles(self, track_id: int | None, joint: int | None) -> None:
        """Whose keypoints can be taken, and which is chosen; None: no handles."""
        handles = self._handles
        if (track_id, joint) != (handles.track_id, handles.joint) and not handles.dragging:
            handles.track_id, handles.joint = track_id, joint
            self.forget_drag()

    def forget_drag(self) -> None:
        """Show a dragged keypoint where it really is."""
        self._handles.forget()
        self.changed.emit()

    def see_result(self) -> None:
        """Another picture is shown: what was dragged in the one before is over."""
        if not self._handles.dragging:
            self._handles.forget()

    def preview(self, scene: Scene) -> Scene:
        """The scene with the dragged keypoint at its new place."""
        return self._handles.preview(scene)

    def paint(self, painter: QPainter, viewport: Viewport, scene: Scene) -> None:
        """Handles and the box that is being drawn."""
        self._handles.paint(painter, viewport, scene)
        self._boxes.paint(painter, viewport)

    def press(self, viewport: Viewport, tracks: Tracks | None, at: QPointF, left: bool) -> bool:
        """A button of the mouse goes down at a point of the widget."""
        if self._boxes.active:
            self._boxes.press(viewport, at)
            return True
        if not left or tracks is None or not self._handles.press(viewport, tracks, at):
            return False
        self.joint_chosen.emit(self._handles.joint)
        self.changed.emit()
        return True

    def move(self, viewport: Viewport, at: QPointF) -> bool:
        """The mouse moves to a point of the widget."""
        tool = next((t for t in (self._boxes, self._handles) if _is_busy(t)), None)
        if tool is None:
            return False
        tool.move(viewport, at)
        self.changed.emit()
        return True

    def release(self, viewport: Viewport) -> bool:
        """The button of the mouse goes up."""
        if self._boxes.active:
            self._end_person(self._boxes.release(viewport), viewport)
            return True
        if not self._handles.dragging:
            return False
        place, joint = self._handles.release(), self._handles.joint
        if place is not None and joint is not None:
            self.joint_dragged.emit(joint, *place)
        return True

    def take_key(self, event: QKeyEvent, viewport: Viewport) -> bool:
        """Keys for a drawn person or keypoints never reach the window's commands."""
        if not is_key(event):
            return False
        pressed = event.type() == QEvent.Type.KeyPress
        if self._boxes.active:
            taken = self._boxes.take_key(event, viewport.mirrored)
            if not isinstance(taken, bool):
                self._end_person(taken, viewport)
            self.changed.emit()
            return taken is not False
        handles = self._handles
        if handles.track_id is None:
            return False
        wish = joint_key(event, handles.joint is not None, viewport.mirrored)
        if pressed and isinstance(wish, Nudge):
            self.nudged.emit(wish.x, wish.y, wish.whole)
        elif pressed and wish is not None:
            self.joint_stepped.emit(wish)
        return wish is not None

    def _end_person(self, drawn: Region | None, viewport: Viewport) -> None:
        self.draw_person(False)
        if drawn is not None:
            width, height = viewport.picture.width(), viewport.picture.height()
            x1, y1, x2, y2 = drawn
            self.person_drawn.emit((x1 * width, y1 * height, x2 * width, y2 * height))


def _is_busy(tool: RegionPicker | JointHandles) -> bool:
    return tool.active if isinstance(tool, RegionPicker) else tool.dragging
