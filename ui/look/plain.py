"""Names and addresses from outside are shown as they are, never read as HTML."""

import html

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel


def plain_label(text: str = "") -> QLabel:
    """A label that takes every text literally."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def unbroken(text: str) -> str:
    """A text whose lines do not end between a number and its per cent sign."""
    return text.replace(" %", "\u00a0%")


def plain_tip(text: str) -> str:
    """A tool tip, which Qt would take for HTML where it looks like some."""
    return f"<span>{html.escape(text)}</span>" if "<" in text else text


def wrapped_tip(*paragraphs: str) -> str:
    """A tool tip whose lines are broken where they get long; each text is taken literally."""
    return "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
