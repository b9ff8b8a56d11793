"""The figures over the picture: rates, latency and its parts, drops, device, people."""

import math

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from ui.look.theme import DARK
from ui.view.statistics import (
    LATENCY_STEPS,
    Level,
    Report,
    drop_level,
    latency_level,
    rate_level,
)

_LEVEL_COLOURS: dict[Level, QColor] = {
    "good": QColor(DARK.text),
    "warning": QColor(DARK.warning),
    "bad": QColor(DARK.bad),
}
LONGEST_TITLE = 36  # characters of a source's name in a tile
_LABEL = QColor("#aeb7c4")
_BACK = QColor(12, 14, 18, 190)

Line = tuple[str, str, Level]


def hud_lines(report: Report) -> list[Line]:
    """Label, value and level of each line."""
    latency = report.latency
    parts = " + ".join(
        f"{step} {_number(report.steps[step].median)}"
        for step in LATENCY_STEPS
        if step in report.steps and not math.isnan(report.steps[step].median)
    )
    share = 100 * report.dropped / max(report.captured, 1)
    lines: list[Line] = [
        ("Source", f"{_number(report.source_rate, 1)} fps  {report.picture}", "good"),
        ("Analysis", f"{_number(report.analysis_rate, 1)} fps", rate_level(report)),
        ("Screen", f"{_number(report.screen_rate, 1)} fps", "good"),
    ]
    if report.live:
        text = f"{_number(latency.median)} ms  p95 {_number(latency.p95)} ms"
        drops = f"{report.dropped} of {report.captured} ({share:.0f} %)"
        lines += [
            ("Latency", text, latency_level(report)),
            ("", parts, "good"),
            ("Dropped", drops, drop_level(report)),
        ]
    if report.sent and report.live:
        lines.append(("Sent", report.sent, "good"))
    if report.mode:
        lines.append(("Looks at", report.mode, "warning" if report.over_budget else "good"))
    return [
        *lines,
        ("Device", report.device or "–", "good"),
        ("People", str(report.people), "good"),
    ]


def short_lines(report: Report) -> list[Line]:
    """Label, value and level of the few lines that a tile has room for."""
    latency = report.latency
    share = 100 * report.dropped / max(report.captured, 1)
    rates = f"{_number(report.analysis_rate, 1)} of {_number(report.source_rate, 1)} fps"
    delay = f"{_number(latency.median)} ms  p95 {_number(latency.p95)} ms"
    lines: list[Line] = [
        ("", f"{_shortened(report.title)}  {report.picture}", "good"),
        ("Analysis", f"{rates}  {report.people} people", rate_level(report)),
        ("Latency", delay, latency_level(report)),
        ("Dropped", f"{report.dropped} ({share:.0f} %)", drop_level(report)),
    ]
    if report.mode:
        lines.append(("Looks at", report.mode, "warning" if report.over_budget else "good"))
    if report.sent:
        lines.append(("Sent", report.sent, "good"))
    return lines


def draw_hud(painter: QPainter, report: Report, at: QPointF) -> QRectF:
    """Draw the figures with their upper left corner at a point; returns what they cover."""
    lines = short_lines(report) if report.title else hud_lines(report)
    lines = [line for line in lines if line[0] or line[1]]
    font = QFont(painter.font())
    font.setPixelSize(12)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    row = metrics.height() + 3
    label_width = max(metrics.horizontalAdvance(label) for label, _, _ in lines) + 12
    value_width = max(metrics.horizontalAdvance(value) for _, value, _ in lines)
    rect = QRectF(at.x(), at.y(), label_width + value_width + 24, row * len(lines) + 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_BACK)
    painter.drawRoundedRect(rect, 8, 8)
    for number, (label, value, level) in enumerate(lines):
        baseline = rect.top() + 8 + row * number + metrics.ascent()
        painter.setPen(_LABEL)
        painter.drawText(QPointF(rect.left() + 12, baseline), label)
        painter.setPen(_LEVEL_COLOURS[level])
        painter.drawText(QPointF(rect.left() + 12 + label_width, baseline), value)
    return rect


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[:14]}…{title[15 - LONGEST_TITLE :]}"


def _number(value: float, digits: int = 0) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"
