"""Which keys move keypoints, and go from one to the next."""

from dataclasses import dataclass

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeyEvent

_FAR = 10.0  # px, with Shift
_TABS: dict[int, int] = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}
WAYS: dict[int, tuple[float, float]] = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class Nudge:
    """So many picture px to the right and down, for a keypoint or the whole person."""

    x: float
    y: float
    whole: bool


def is_key(event: QEvent | None) -> bool:
    """Whether a key is pressed, or somebody asks who takes it."""
    kinds = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
    return isinstance(event, QKeyEvent) and event.type() in kinds


def is_return(event: QKeyEvent) -> bool:
    """Whether it is the key that ends a question."""
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def joint_key(event: QKeyEvent, chosen: bool, mirrored: bool) -> Nudge | int | None:
    """What a key does to keypoints: moves them, or chooses the next (1) or the one before (-1).

    None for a key of somebody else: arrows move the chosen keypoint, with Alt the whole person.
    """
    if event.key() in _TABS:
        return _TABS[event.key()]
    modifiers = event.modifiers()
    whole = bool(modifiers & Qt.KeyboardModifier.AltModifier)
    away = bool(modifiers & Qt.KeyboardModifier.ControlModifier)  # with Control they move the view
    if event.key() not in WAYS or away or not (whole or chosen):
        return None
    far = _FAR if modifiers & Qt.KeyboardModifier.ShiftModifier else 1.0
    x, y = WAYS[event.key()]
    return Nudge((-far if mirrored else far) * x, far * y, whole)
