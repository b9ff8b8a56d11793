"""A short sentence in the middle of the view."""

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

from ui.look.theme import Theme

_CENTRED = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)


def paint_note(painter: QPainter, note: str, within: QRectF, theme: Theme) -> None:
    """Draw the sentence on a card."""
    painter.setPen(QColor(theme.text))
    metrics = painter.fontMetrics()
    width = min(metrics.horizontalAdvance(note) + 40, int(within.width()) - 40)
    lines = metrics.boundingRect(0, 0, width - 32, 400, _CENTRED, note)
    rect = QRectF(0, 0, width, lines.height() + 24)
    rect.moveCenter(within.center())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.panel))
    painter.drawRoundedRect(rect, 8, 8)
    painter.setPen(QColor(theme.text))
    painter.drawText(rect.adjusted(16, 0, -16, 0), _CENTRED, note)
