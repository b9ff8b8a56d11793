"""The program's own icons: strokes on a 24 px grid, painted in any colour at any size."""

from functools import lru_cache

from PyQt6.QtCore import QByteArray, QRectF, Qt
from PyQt6.QtGui import QIcon, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

_FILLED = {
    "play": "M7 4.5v15l12.5-7.5z",
    "pause": "M6.5 5h4v14h-4zM13.5 5h4v14h-4z",
    "stop": "M6 6h12v12H6z",
    "record": "M12 5a7 7 0 1 0 .01 0z",
    "step_forward": "M5 5v14l10-7zM16.5 5H19v14h-2.500z",
    "step_back": "M19 5v14l-10-7zM7.500 5H5v14h2.500z",
    "dot": "M12 9a3 3 0 1 0 .01 0z",
}
_STROKED = {
    "folder": "M3 7.500a2 2 0 0 1 2-2h4l2 2.500h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z",
    "camera": "M4 8h10a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2v-4a2 2 0 0 1 2-2z"
    "M16 11l5.500-3v8L16 13z",
    "stream": "M12 12h.01M8.500 8.500a5 5 0 0 0 0 7M15.500 8.500a5 5 0 0 1 0 7"
    "M5.500 5.500a9 9 0 0 0 0 13M18.500 5.500a9 9 0 0 1 0 13",
    "screen": "M4 5h16v11H4zM9 20h6M12 16v4",
    "images": "M7 4h13v12H7zM4 8v12h13M8 14l4-4 3 3 2-2 3 3",
    "full_screen": "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
    "mirror": "M12 3v18M8 7L3 17h5zM16 7l5 10h-5z",
    "loop": "M17 3l3.500 3.500L17 10M20 6.500H8a5 5 0 0 0-5 5M7 21l-3.500-3.500L7 14"
    "M4 17.500h12a5 5 0 0 0 5-5",
    "theme": "M12 4a8 8 0 1 0 8 8 6 6 0 0 1-8-8z",
    "settings": "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5",
    "person": "M12 4a3.500 3.500 0 1 0 .01 0zM5 20c0-4 3-6.500 7-6.500s7 2.500 7 6.500",
    "undo": "M8 5L4 9l4 4M4 9h10a5.500 5.500 0 0 1 0 11H9",
    "redo": "M16 5l4 4-4 4M20 9H10a5.500 5.500 0 0 0 0 11h5",
    "export": "M12 15V4M8 8l4-4 4 4M4 15v4h16v-4",
    "close": "M6 6l12 12M18 6L6 18",
    "analyse": "M4 19V9M10 19V5M16 19v-7M21 19H3",
    "fit": "M4 4h16v16H4zM9 9h6v6H9z",
    "eye": "M2 12s4-6.500 10-6.500S22 12 22 12s-4 6.500-10 6.500S2 12 2 12z"
    "M12 9.500a2.500 2.500 0 1 0 .01 0z",
    "check": "M5 12.500l4.500 4.500L19 7.500",
    "mark_in": "M15 5H9v14h6",
    "mark_out": "M9 5h6v14H9",
}
NAMES = (*_FILLED, *_STROKED)


@lru_cache(maxsize=256)
def icon(name: str, colour: str) -> QIcon:
    """A named icon in a #rrggbb colour."""
    result = QIcon()
    for size in (16, 20, 24, 32, 48, 64):
        result.addPixmap(pixmap(name, colour, size))
    return result


def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """A named icon as a transparent square of `size` px."""
    if name in _FILLED:
        body = f'<path d="{_FILLED[name]}" fill="{colour}"/>'
    else:
        body = (
            f'<path d="{_STROKED[name]}" fill="none" stroke="{colour}" stroke-width="1.8" '
            'stroke-linecap="round" stroke-linejoin="round"/>'
        )
    return _render(body, size)


def program_mark(colour: str, size: int) -> QPixmap:
    """The program's mark: a running figure of joints and limbs."""
    limbs = (
        "M14 7.500L10 13l4.500 3-1 5.500M10 13l-4.500 4.500"
        "M14 7.500l-5-.5-2.500 3M14 7.500l2.500 3.500 3.500-.5"
    )
    joints = ((14, 7.5), (10, 13), (14.5, 16), (5.5, 17.5), (9, 7), (16.5, 11))
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="1.3" fill="{colour}"/>' for x, y in joints)
    return _render(
        f'<circle cx="16" cy="3.500" r="2.100" fill="{colour}"/>'
        f'<path d="{limbs}" fill="none" stroke="{colour}" stroke-width="1.700" '
        f'stroke-linecap="round" stroke-linejoin="round"/>{dots}',
        size,
    )


def _render(body: str, size: int) -> QPixmap:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{body}</svg>'
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture
