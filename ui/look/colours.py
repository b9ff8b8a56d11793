"""Colours of people and of body sides."""

from typing import Literal

from PyQt6.QtGui import QColor

from core.palette import track_rgb

ColourBy = Literal["track", "side"]

LEFT, RIGHT, MIDDLE = "#ff9f1c", "#37b6ff", "#e9edf2"
CONFIDENCE = ("#d6280c", "#ffe14d", "#37b6ff")  # at 0, a half and 1


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
    """Vermilion at 0 over yellow to blue at 1: green would look like red to one man in twelve."""
    place = min(max(score, 0.0), 1.0) * (len(CONFIDENCE) - 1)
    first = min(int(place), len(CONFIDENCE) - 2)
    low, high = (QColor(name) for name in CONFIDENCE[first : first + 2])
    share = place - first
    red, green, blue = (
        round((1 - share) * a + share * b)
        for a, b in zip(low.getRgb()[:3], high.getRgb()[:3], strict=True)
    )
    return QColor(red, green, blue)
