"""Where QPainter paints the picture: a plain widget, or one drawn by the graphics processor."""

from collections.abc import Callable
from typing import Literal

from PyQt6.QtCore import Qt
from PyQt6.QtGui import (
    QGuiApplication,
    QOffscreenSurface,
    QOpenGLContext,
    QPainter,
    QPaintEvent,
    QSurfaceFormat,
)
from PyQt6.QtOpenGLWidgets import QOpenGLWidget
from PyQt6.QtWidgets import QWidget

Paint = Callable[[QPainter], None]
Renderer = Literal["auto", "opengl", "raster"]


class RasterCanvas(QWidget):
    """Painted by the processor."""

    def __init__(self, paint: Paint, parent: QWidget) -> None:
        super().__init__(parent)
        self._paint = paint
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        self._paint(painter)
        painter.end()


class OpenGLCanvas(QOpenGLWidget):
    """Painted by the graphics processor: the picture is a texture."""

    def __init__(self, paint: Paint, parent: QWidget) -> None:
        super().__init__(parent)
        self._paint = paint
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QSurfaceFormat()
        layout.setSamples(4)  # smooth limbs
        self.setFormat(layout)

    def paintGL(self) -> None:
        painter = QPainter(self)
        self._paint(painter)
        painter.end()


def make_canvas(paint: Paint, parent: QWidget, renderer: Renderer) -> QWidget:
    """The canvas for a wish; `auto` takes OpenGL where the platform has it."""
    if renderer == "opengl" or (renderer == "auto" and has_opengl()):
        return OpenGLCanvas(paint, parent)
    return RasterCanvas(paint, parent)


def has_opengl() -> bool:
    """Whether a context can be made and used here. Needs an application."""
    if QGuiApplication.platformName() in ("offscreen", "minimal"):
        return False
    context = QOpenGLContext()
    if not context.create():
        return False
    surface = QOffscreenSurface()
    surface.setFormat(context.format())
    surface.create()
    works = surface.isValid() and context.makeCurrent(surface)
    if works:
        context.doneCurrent()
    return works
