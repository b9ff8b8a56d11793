"""Plots as inline SVG: small, sharp, and readable without a network."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
WIDTH, HEIGHT = 560, 190
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 8, 30
MOST_POINTS = 1200  # drawn of one line


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A series over time: raw dots under a filtered line."""

    label: str
    colour: str
    values: Series  # (T,)
    raw: Series | None = None  # (T,)


def time_plot(times_s: Series, lines: Sequence[Line], unit: str, reverse: bool = False) -> str:
    """Values over time as an `<svg>`; `reverse` puts low values on top, as in a picture."""
    low, high = _limits(lines)
    start, stop = float(times_s[0]), float(max(times_s[-1], times_s[0] + 1e-3))
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(values: Series) -> Series:
        return LEFT + width * (values - start) / (stop - start)

    def y(values: Series) -> Series:
        share = (values - low) / (high - low)
        return TOP + height * (share if reverse else 1 - share)

    parts = [_open(WIDTH, HEIGHT, f"{', '.join(line.label for line in lines)} in {unit}")]
    for tick in _ticks(low, high, 5):
        at = float(y(np.array(tick)))
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" ')
        parts.append(f'y2="{at:.1f}"/><text x="{LEFT - 6}" y="{at + 4:.1f}" ')
        parts.append(f'text-anchor="end">{tick:g}</text>')
    for tick in _ticks(start, stop, 7):
        at = float(x(np.array(tick)))
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - 15}" text-anchor="middle">{tick:g}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 3}" text-anchor="end">time, s</text>')
    parts.append(f'<text x="4" y="{HEIGHT - 3}">{html.escape(unit)}</text>')
    for line in lines:
        if line.raw is not None:
            parts.append(_dots(x(times_s), y(line.raw), line.colour))
    for line in lines:
        parts.append(_path(x(times_s), y(line.values), line.colour))
    return "".join((*parts, "</svg>"))


def timeline(
    spans: Sequence[tuple[str, Sequence[tuple[float, float]], str]], start_s: float, stop_s: float
) -> str:
    """Who was seen when: a row a person with (label, spans in seconds, colour)."""
    row, width = 22, 1136
    height = row * len(spans) + 26
    scale = (width - LEFT - RIGHT) / max(stop_s - start_s, 1e-3)
    parts = [_open(width, height, "when each person was seen")]
    for tick in _ticks(start_s, stop_s, 12):
        at = LEFT + scale * (tick - start_s)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{height - 20}"/>')
        parts.append(f'<text x="{at:.1f}" y="{height - 6}" text-anchor="middle">{tick:g}</text>')
    parts.append(f'<text x="{width - 2}" y="{height - 6}" text-anchor="end">s</text>')
    for number, (label, seen, colour) in enumerate(spans):
        top = row * number + 3
        parts.append(f'<text x="{LEFT - 8}" y="{top + 13}" text-anchor="end">')
        parts.append(f"{html.escape(label)}</text>")
        for begin, end in seen:
            left, wide = LEFT + scale * (begin - start_s), max(scale * (end - begin), 1.5)
            parts.append(f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{row - 6}" ')
            parts.append(f'rx="2" fill="{colour}"/>')
    return "".join((*parts, "</svg>"))


def _open(width: int, height: int, label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html.escape(label)}">'
    )


def _limits(lines: Sequence[Line]) -> tuple[float, float]:
    """Range of the filtered values, with some of the raw ones' beyond it."""
    values = np.concatenate([line.values for line in lines])
    raw = [line.raw for line in lines if line.raw is not None]
    if raw:
        known = np.concatenate(raw)
        known = known[np.isfinite(known)]
        if len(known):
            values = np.concatenate([values, np.percentile(known, (0.5, 99.5))])
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def _ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers within a range."""
    rough = (high - low) / about
    if rough <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(step * i, 10) for i in range(first, last + 1)]


def _path(x: Series, y: Series, colour: str) -> str:
    every = max(1, len(x) // MOST_POINTS)
    commands, pen_down = [], False
    for at, value in zip(x[::every].tolist(), y[::every].tolist(), strict=True):
        if math.isnan(value):
            pen_down = False
            continue
        commands.append(f"{'L' if pen_down else 'M'}{at:.1f} {value:.1f}")
        pen_down = True
    return f'<path d="{"".join(commands)}" stroke="{colour}" class="line"/>'


def _dots(x: Series, y: Series, colour: str) -> str:
    every = max(1, len(x) // MOST_POINTS)
    inside = (y >= TOP) & (y <= HEIGHT - BOTTOM)
    commands = "".join(
        f"M{at:.1f} {value:.1f}h0"
        for at, value, shown in zip(
            x[::every].tolist(), y[::every].tolist(), inside[::every].tolist(), strict=True
        )
        if shown
    )
    return f'<path d="{commands}" stroke="{colour}" class="raw"/>'
