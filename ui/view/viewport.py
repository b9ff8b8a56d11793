"""Where the picture sits in its widget: fit, zoom, pan and mirror as one mapping."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, QSizeF

LARGEST_ZOOM = 16.0


@dataclass(frozen=True, slots=True)
class Viewport:
    """Picture pixels <-> widget points. Immutable; each change gives a new one."""

    picture: QSizeF  # px
    widget: QSizeF  # logical points
    zoom: float = 1.0  # 1 fits the whole picture
    centre_x: float = 0.5  # what is in the middle of the widget, as a share of the picture
    centre_y: float = 0.5
    mirrored: bool = False

    @property
    def scale(self) -> float:
        """Widget points a picture pixel."""
        if self.picture.isEmpty() or self.widget.isEmpty():
            return 1.0
        fit = min(
            self.widget.width() / self.picture.width(),
            self.widget.height() / self.picture.height(),
        )
        return fit * self.zoom

    @property
    def rect(self) -> QRectF:
        """The picture in the widget."""
        width = self.picture.width() * self.scale
        height = self.picture.height() * self.scale
        centre_x = 1 - self.centre_x if self.mirrored else self.centre_x
        left = self.widget.width() / 2 - centre_x * width
        top = self.widget.height() / 2 - self.centre_y * height
        return QRectF(left, top, width, height)

    def to_widget(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 2) picture px -> widget points."""
        rect, scale = self.rect, self.scale
        mapped = np.asarray(points, np.float64) * scale
        if self.mirrored:
            mapped[..., 0] = rect.width() - mapped[..., 0]
        mapped[..., 0] += rect.left()
        mapped[..., 1] += rect.top()
        return mapped

    def to_picture(self, point: QPointF) -> tuple[float, float]:
        """A point of the widget in picture px; it may lie outside the picture."""
        rect = self.rect
        x = (point.x() - rect.left()) / self.scale
        if self.mirrored:
            x = self.picture.width() - x
        return x, (point.y() - rect.top()) / self.scale

    def zoomed(self, factor: float, at: QPointF) -> "Viewport":
        """Closer or further, with the picture under `at` staying there."""
        zoom = min(max(self.zoom * factor, 1.0), LARGEST_ZOOM)
        x, y = self.to_picture(at)
        closer = self._with(zoom, self.centre_x, self.centre_y)
        new_x, new_y = closer.to_picture(at)
        return self._with(
            zoom,
            self.centre_x + (x - new_x) / max(self.picture.width(), 1.0),
            self.centre_y + (y - new_y) / max(self.picture.height(), 1.0),
        )

    def panned(self, by: QPointF) -> "Viewport":
        """Moved with the hand by a way in widget points."""
        side = -1 if self.mirrored else 1
        return self._with(
            self.zoom,
            self.centre_x - side * by.x() / max(self.picture.width() * self.scale, 1.0),
            self.centre_y - by.y() / max(self.picture.height() * self.scale, 1.0),
        )

    def centred_on(self, x: float, y: float) -> "Viewport":
        """With a picture pixel in the middle, as far as the border allows."""
        return self._with(
            self.zoom, x / max(self.picture.width(), 1.0), y / max(self.picture.height(), 1.0)
        )

    def fitted(self) -> "Viewport":
        """The whole picture."""
        return self._with(1.0, 0.5, 0.5)

    def resized(self, picture: QSizeF, widget: QSizeF) -> "Viewport":
        """For another picture or widget; zoom and middle stay."""
        moved = Viewport(picture, widget, self.zoom, self.centre_x, self.centre_y, self.mirrored)
        return moved._with(self.zoom, self.centre_x, self.centre_y)

    def with_mirror(self, mirrored: bool) -> "Viewport":
        """Left and right as in a mirror, or as the camera sees it."""
        return Viewport(
            self.picture, self.widget, self.zoom, self.centre_x, self.centre_y, mirrored
        )

    def _with(self, zoom: float, x: float, y: float) -> "Viewport":
        moved = Viewport(self.picture, self.widget, zoom, 0.5, 0.5, self.mirrored)
        shown = moved.scale
        half_x = self.widget.width() / 2 / max(self.picture.width() * shown, 1e-9)
        half_y = self.widget.height() / 2 / max(self.picture.height() * shown, 1e-9)
        return Viewport(
            self.picture, self.widget, zoom, _inside(x, half_x), _inside(y, half_y), self.mirrored
        )


def _inside(centre: float, half: float) -> float:
    """Keep the shown part inside the picture; in the middle where all of it fits."""
    return 0.5 if half >= 0.5 else min(max(centre, half), 1 - half)
