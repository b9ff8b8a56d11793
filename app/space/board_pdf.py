"""A board as a PDF at its true size."""

from pathlib import Path

import numpy as np
from PyQt6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PyQt6.QtGui import QColor, QFont, QGuiApplication, QPageLayout, QPageSize, QPainter, QPdfWriter

from core.part_file import whole_file
from core.space.calibration.board import Board
from core.space.camera import Array

_NO_DISPLAY = ("-platform", "offscreen")
_MARGIN_MM = 12.0
_NOTE_MM = 14.0  # below the board
_RULER_MM = 100.0
_DOTS_PER_INCH = 1200
_PAPERS = {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "A2": (420.0, 594.0), "A1": (594.0, 841.0)}


def write_board_pdf(path: Path, board: Board) -> str:
    """Draw a board; returns the name of its paper. Raises OutputError."""
    # Text needs an application; this one needs no display.
    application = QGuiApplication.instance() or QGuiApplication(["yolopose", *_NO_DISPLAY])
    width, height = (1000 * _squares(board)).tolist()
    edge = 250 * board.square_m if board.inverted else 0.0  # dark, as the finders need it
    room = 2 * (edge + _MARGIN_MM)
    paper, size = _paper(width + room, height + room + _NOTE_MM)
    with whole_file(path) as part:
        writer = QPdfWriter(str(part))
        writer.setResolution(_DOTS_PER_INCH)
        writer.setTitle(str(board))
        page = QPageSize(QSizeF(*size), QPageSize.Unit.Millimeter, paper)
        writer.setPageLayout(
            QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))
        )
        painter = QPainter(writer)
        try:
            scale = _DOTS_PER_INCH / 25.4
            painter.scale(scale, scale)
            painter.translate((size[0] - width) / 2, (size[1] - _NOTE_MM - height) / 2)
            _draw(painter, board, (width, height), edge)
            painter.translate(0, height + edge)
            _note(painter, f"{board}, {paper}", width)
        finally:
            painter.end()
    del application
    return paper


def _squares(board: Board) -> Array:
    """Width and height in m of all squares: a chessboard has one more than inner corners."""
    more = 1 if board.kind == "chessboard" else 0
    return board.square_m * np.array([board.columns + more, board.rows + more], np.float64)


def _paper(width: float, height: float) -> tuple[str, tuple[float, float]]:
    """The smallest paper, upright or lying, or one of its own."""
    for name, (short, long) in _PAPERS.items():
        for size in ((short, long), (long, short)):
            if width <= size[0] and height <= size[1]:
                return name, size
    return f"{width:.0f} x {height:.0f} mm", (width, height)


def _draw(painter: QPainter, board: Board, size: tuple[float, float], edge: float) -> None:
    side, (width, height) = 1000 * board.square_m, size
    dark, light = (QColor("white"), QColor("black"))[:: 1 if board.inverted else -1]
    painter.fillRect(QRectF(-edge, -edge, width + 2 * edge, height + 2 * edge), light)
    columns, rows = round(width / side), round(height / side)
    centres = _marker_squares(board)
    for row in range(rows):
        for column in range(columns):
            is_dark = (column, row) not in centres if centres else (column + row) % 2 == 0
            if is_dark:
                painter.fillRect(QRectF(column * side, row * side, side, side), dark)
    for (column, row), number in centres.items():
        _marker(painter, board, (column * side, row * side), number, dark)


def _marker_squares(board: Board) -> dict[tuple[int, int], int]:
    """The number of the marker in each square that holds one."""
    if board.kind == "chessboard":
        return {}
    drawn = board.charuco()
    found = {}
    for corners, number in zip(drawn.getObjPoints(), np.ravel(drawn.getIds()), strict=True):
        column, row = np.floor(np.mean(corners, axis=0)[:2] / board.square_m).astype(int).tolist()
        found[column, row] = int(number)
    return found


def _marker(
    painter: QPainter, board: Board, corner: tuple[float, float], number: int, dark: QColor
) -> None:
    """A marker's dark bits, its dark frame of one bit included."""
    bits = int(board.dictionary[0]) + 2
    picture = board.markers().generateImageMarker(number, bits)
    side = 1000 * board.marker_m / bits
    start = 500 * (board.square_m - board.marker_m)
    for row, column in np.argwhere(picture == 0).tolist():
        x, y = corner[0] + start + column * side, corner[1] + start + row * side
        painter.fillRect(QRectF(x, y, side, side), dark)


def _note(painter: QPainter, text: str, width: float) -> None:
    """What it is, and a line by which a printer that scales is found out."""
    ruler = min(_RULER_MM, 10 * (width // 10))
    painter.fillRect(QRectF(0, 6.0, ruler, 0.3), Qt.GlobalColor.black)
    for end in (0.0, ruler - 0.3):
        painter.fillRect(QRectF(end, 4.5, 0.3, 3.3), Qt.GlobalColor.black)
    font = QFont("sans-serif")
    font.setPixelSize(3)
    painter.setFont(font)
    line = f"{ruler:.0f} mm, measure it: print at 100 %, glue it to something flat. {text}"
    painter.drawText(QRectF(0, 8.5, max(width, 150), 5), Qt.AlignmentFlag.AlignLeft, line)
