"""Versions and licences of the program and of what it stands on."""

from html import escape
from importlib import metadata

from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from core.licences import parts, terms
from ui.look.theme import MARGIN


def version_of(name: str) -> str:
    """An installed package's version, or `not installed`."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def licences_page() -> str:
    """All parts with their licences, then the terms of what encodes videos, as HTML."""
    rows = "".join(
        f"<tr><td>{escape(part.name)}</td><td>{escape(part.version)}</td>"
        f"<td>{escape(part.licence)}</td></tr>"
        for part in parts()
    )
    return (
        "<table cellpadding='4'><tr><th align='left'>Part</th><th align='left'>Version</th>"
        f"<th align='left'>Licence</th></tr>{rows}</table><p>{escape(terms())}</p>"
        "<p>Their texts: <code>python -m app licences --texts</code></p>"
    )


class AboutDialog(QDialog):
    """What is installed, and under which terms."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About yolopose")
        self.resize(560, 420)
        title = QLabel("yolopose")
        title.setProperty("kind", "title")
        version = version_of("yolopose")
        shown = "" if version == "not installed" else f"Version {version}. "
        words = QLabel(f"{shown}Real-time, multi-person 2D pose on a desktop. Licence: Apache-2.0.")
        words.setWordWrap(True)
        table = QTextBrowser()
        table.setAccessibleName("Parts and their licences")
        table.setHtml(licences_page())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, MARGIN)
        layout.setSpacing(MARGIN)
        layout.addWidget(title)
        layout.addWidget(words)
        layout.addWidget(table, 1)
        layout.addWidget(buttons)
