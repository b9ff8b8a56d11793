"""Versions and licences of the program and of what it stands on."""

from importlib import metadata

from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from ui.look.theme import MARGIN

PARTS = (
    ("torch", "BSD-3-Clause"),
    ("av", "BSD-3-Clause; its FFmpeg libraries LGPL-2.1 or later"),
    ("opencv-python-headless", "Apache-2.0"),
    ("numpy", "BSD-3-Clause"),
    ("scipy", "BSD-3-Clause"),
    ("filterpy", "MIT"),
    ("PyQt6", "GPL-3.0 or commercial"),
    ("pyqtgraph", "MIT"),
    ("PyYAML", "MIT"),
    ("safetensors", "Apache-2.0"),
)


def version_of(name: str) -> str:
    """An installed package's version, or `not installed`."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


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
        rows = "".join(
            f"<tr><td>{name}</td><td>{version_of(name)}</td><td>{licence}</td></tr>"
            for name, licence in PARTS
        )
        table = QTextBrowser()
        table.setHtml(
            "<table cellpadding='4'><tr><th align='left'>Part</th><th align='left'>Version</th>"
            f"<th align='left'>Licence</th></tr>{rows}</table>"
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, MARGIN)
        layout.setSpacing(MARGIN)
        layout.addWidget(title)
        layout.addWidget(words)
        layout.addWidget(table, 1)
        layout.addWidget(buttons)
