"""Picture pixels and widget points: there and back, zoom, pan, mirror, borders."""

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, QSizeF

from ui.view.viewport import LARGEST_ZOOM, Viewport

WIDE = Viewport(QSizeF(1920, 1080), QSizeF(960, 720))


def corners(viewport: Viewport) -> list[tuple[float, float]]:
    size = viewport.picture
    points = viewport.to_widget(np.array([[0, 0], [size.width(), size.height()]]))
    return [(round(float(x), 6), round(float(y), 6)) for x, y in points]


def test_the_whole_picture_fits_and_is_in_the_middle() -> None:
    assert WIDE.scale == 0.5
    assert corners(WIDE) == [(0, 90), (960, 630)]
    assert corners(Viewport(QSizeF(100, 400), QSizeF(400, 400))) == [(150, 0), (250, 400)]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("zoom", [1.0, 3.7])
def test_there_and_back(mirrored: bool, zoom: float) -> None:
    viewport = WIDE.zoomed(zoom, QPointF(200, 300)).with_mirror(mirrored)
    for point in ((0.0, 0.0), (1919.0, 1079.0), (333.0, 777.0)):
        x, y = viewport.to_widget(np.array(point))
        assert viewport.to_picture(QPointF(x, y)) == pytest.approx(point)


def test_a_mirror_swaps_left_and_right_only() -> None:
    assert corners(WIDE.with_mirror(True)) == [(960, 90), (0, 630)]


@pytest.mark.parametrize("mirrored", [False, True])
def test_zoom_keeps_what_is_under_the_pointer(mirrored: bool) -> None:
    viewport, at = WIDE.with_mirror(mirrored).zoomed(2, QPointF(480, 360)), QPointF(500, 350)
    before = viewport.to_picture(at)
    assert viewport.zoomed(2, at).to_picture(at) == pytest.approx(before)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_pan_moves_the_picture_with_the_hand(mirrored: bool) -> None:
    viewport = WIDE.with_mirror(mirrored).zoomed(4, QPointF(480, 360))
    point = viewport.to_picture(QPointF(480, 360))
    moved = viewport.panned(QPointF(30, -20))
    assert moved.to_picture(QPointF(510, 340)) == pytest.approx(point)


def test_borders_and_limits() -> None:
    assert WIDE.panned(QPointF(5000, 5000)) == WIDE
    assert WIDE.zoomed(0.1, QPointF(0, 0)).zoom == 1
    close = WIDE.zoomed(1e6, QPointF(480, 360))
    assert close.zoom == LARGEST_ZOOM
    corner = close.centred_on(-100, 5000)
    assert corner.to_picture(QPointF(0, 720)) == pytest.approx((0, 1080))
    assert corner.fitted() == WIDE


def test_another_size_keeps_zoom_and_mirror() -> None:
    viewport = WIDE.with_mirror(True).zoomed(2, QPointF(480, 360))
    resized = viewport.resized(QSizeF(640, 480), QSizeF(960, 720))
    assert (resized.zoom, resized.mirrored) == (2, True)
    assert Viewport(QSizeF(), QSizeF()).scale == 1
