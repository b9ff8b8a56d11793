"""Colours of people and of body sides."""

from typing import Literal

from PyQt6.QtGui import QColor

from core.palette import track_rgb

ColourBy = Literal["track", "side"]

LEFT, RIGHT, MIDDLE = "#ff9f1c", "#37b6ff", "#e9edf2"


def track_colour(track_id: int) -> QColor:
    """The same id has the same colour everywhere: picture, timeline, lists and plots."""
    return QColor(*track_rgb(track_id))


def side_colour(*names: str) -> QColor:
    """The colour of a joint, or of a limb between two joints, by its body side."""
    if all(name.startswith("left") for name in names):
        return QColor(LEFT)
    if all(name.startswith("right") for name in names):
        return QColor(RIGHT)
    return QColor(MIDDLE)


def confidence_colour(score: float) -> QColor:
    """Red at 0 over yellow to green at 1."""
    return QColor.fromHsvF(min(max(score, 0.0), 1.0) / 3.0, 0.85, 1.0)
