"""What is drawn over a picture, judged by the pixels that change."""

from dataclasses import replace

import numpy as np
import pytest
from live_source import numbered, one_person
from PyQt6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from core.types import Tracks
from ui.look.colours import CONFIDENCE, LEFT, RIGHT, confidence_colour, side_colour, track_colour
from ui.view.overlay import OverlayStyle, Scene, draw_people, line_width

NOTHING = OverlayStyle(skeletons=False, boxes=False, ids=False, names=False)
FRAME = numbered(0, (320, 240))
TRACKS = Tracks(np.array([1]), one_person(FRAME), np.array([True]))


def drawn(style: OverlayStyle, scene: Scene | None = None) -> np.ndarray:
    """(240, 320) bool: where the overlay changed a black picture."""
    picture = QImage(320, 240, QImage.Format.Format_RGB32)
    picture.fill(QColor("black"))
    painter = QPainter(picture)
    draw_people(painter, scene or Scene(TRACKS), style, np.asarray, 240)
    painter.end()
    pointer = picture.constBits()
    assert pointer is not None
    pointer.setsize(picture.sizeInBytes())
    return np.frombuffer(pointer, np.uint8).reshape(240, 320, 4)[..., :3].copy()  # type: ignore[call-overload,no-any-return]


def amount(style: OverlayStyle, scene: Scene | None = None) -> int:
    return int((drawn(style, scene) > 0).any(axis=2).sum())


def test_nothing_is_drawn_when_all_is_off(qtbot: QtBot) -> None:
    assert amount(NOTHING) == 0


@pytest.mark.parametrize("switch", ["skeletons", "boxes", "ids"])
def test_each_switch_draws_something_of_its_own(qtbot: QtBot, switch: str) -> None:
    assert amount(replace(NOTHING, **{switch: True})) > 50  # type: ignore[arg-type]


def test_trails_names_and_confidence(qtbot: QtBot) -> None:
    trail = {1: np.array([[10, 200], [60, 220], [160, 180]], np.float32)}
    assert amount(replace(NOTHING, trails=True), Scene(TRACKS, trail)) > 50
    named = Scene(TRACKS, names={1: "Anna"})
    assert amount(replace(NOTHING, names=True)) == 0
    assert amount(replace(NOTHING, names=True), named) > 50
    plain, scored = OverlayStyle(ids=False), OverlayStyle(ids=False, confidence=True)
    assert (drawn(plain) != drawn(scored)).any()


def test_hidden_people_and_weak_joints_are_left_out(qtbot: QtBot) -> None:
    assert amount(OverlayStyle(), Scene(TRACKS, hidden=frozenset({1}))) == 0
    weak = OverlayStyle(ids=False, least_score=0.85)
    assert amount(weak) == 0
    assert amount(replace(weak, least_score=0.8)) > 0


def test_the_selected_person_is_framed_even_without_boxes(qtbot: QtBot) -> None:
    assert amount(NOTHING, Scene(TRACKS, selected=1)) > 50
    assert amount(NOTHING, Scene(TRACKS, selected=2)) == 0


def test_colours() -> None:
    assert side_colour("left_knee", "left_hip") == QColor(LEFT)
    assert side_colour("right_eye") == QColor(RIGHT)
    assert side_colour("left_hip", "right_hip") == side_colour("nose")
    assert track_colour(1) == track_colour(13) != track_colour(2)
    assert confidence_colour(0) == QColor(CONFIDENCE[0])
    assert confidence_colour(0.5) == QColor(CONFIDENCE[1])
    assert confidence_colour(2.0) == confidence_colour(1.0)


def test_lines_grow_with_the_picture() -> None:
    widths = [line_width(height) for height in (100, 720, 1440, 10_000)]
    assert widths == sorted(widths)
    assert widths[0] == 1.6
    assert widths[-1] == 7.0
